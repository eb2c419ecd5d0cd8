/** Which connection a channel's messages take: one a pair of nodes, however many channels they have (BOLT 1). */
import type { ChannelGraph } from '../channel-graph.ts';

export class Connections {
  /** How many there are between nodes with channels. */
  readonly count: number;
  /** [channels] the connection's number twice, plus one where the channel's opener is the connection's second node. */
  readonly #ofChannel: Int32Array;
  readonly #endNode: Int32Array;
  /** By connection: a channel over it, whose opener is its first node. */
  readonly #first: Int32Array;

  constructor({ channels, nodes, endNode }: ChannelGraph) {
    this.#ofChannel = new Int32Array(channels);
    this.#endNode = endNode;
    const first: number[] = [];
    const known = new Map<number, number>();
    for (let channel = 0; channel < channels; channel++) {
      const [a, b] = [endNode[2 * channel]!, endNode[2 * channel + 1]!];
      const pair = Math.min(a, b) * nodes + Math.max(a, b);
      let connection = known.get(pair);
      if (connection === undefined) {
        connection = first.push(channel) - 1;
        known.set(pair, connection);
      }
      this.#ofChannel[channel] = 2 * connection + (endNode[2 * first[connection]!] === a ? 0 : 1);
    }
    this.#first = Int32Array.from(first);
    this.count = first.length;
  }

  /** The wire that what this end sends takes. */
  wireOf(end: number): number {
    return this.#ofChannel[end >> 1]! ^ (end & 1);
  }

  ofChannel(channel: number): number {
    return this.#ofChannel[channel]! >> 1;
  }

  /** The node that sends over a wire. */
  senderOf(wire: number): number {
    return this.#endNode[2 * this.#first[wire >> 1]! + (wire & 1)]!;
  }
}
