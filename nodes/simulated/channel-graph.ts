/**
 * The network as columns: what every node announces (BOLT 7), by numbers instead of objects, so that 100,000 nodes and a million
 * channels fit where path-finding and the event core walk over them. Node and channel are numbered in the plan's order; an *end* is
 * 2 · channel + side (side 0 = who opened it): the direction that sends from that node. The other end is `end ^ 1`.
 */
import type { ChannelPolicy } from '../node.ts';
import type { ChannelPlan, NetworkPlan } from '../plan.ts';
import { RESERVE_SHARE } from './reserve.ts';

const NONE = -1;

export interface ChannelGraph {
  readonly nodes: number;
  readonly channels: number;
  /** [ends] the node at that end. */
  readonly endNode: Int32Array;
  /** [channels] */
  readonly capacityMsat: Float64Array;
  /** [ends] what this node asks for sending out over the end. */
  readonly feeBaseMsat: Float64Array;
  readonly feePpm: Float64Array;
  readonly cltvDelta: Uint16Array;
  readonly htlcMinMsat: Float64Array;
  readonly htlcMaxMsat: Float64Array;
  /** [ends] 1: announced as disabled, or never announced. */
  readonly disabled: Uint8Array;
  /** [nodes + 1] a node's own ends are endsOf[firstEnd[n] … firstEnd[n + 1] − 1], in channel order. */
  readonly firstEnd: Int32Array;
  /** [ends] */
  readonly endsOf: Int32Array;
  /** [ends] the next end of the same node that leads to the same peer, in a ring: itself where they have one channel. */
  readonly beside: Int32Array;
}

export function channelGraphOf({ nodes, channels }: Pick<NetworkPlan, 'nodes' | 'channels'>): ChannelGraph {
  const numbers = new Map(nodes.map(({ name }, index) => [name, index]));
  const graph = emptyGraph(nodes.length, channels.length);
  channels.forEach((channel, index) => {
    graph.endNode[2 * index] = numbers.get(channel.from)!;
    graph.endNode[2 * index + 1] = numbers.get(channel.to)!;
    describe(graph, index, channel);
  });
  return linked(graph);
}

/** Columns of zeros, to be filled and then `linked`. About 100 B a channel and 4 B a node. */
export function emptyGraph(nodes: number, channels: number): ChannelGraph {
  const ends = 2 * channels;
  return {
    nodes,
    channels,
    endNode: new Int32Array(ends),
    capacityMsat: new Float64Array(channels),
    feeBaseMsat: new Float64Array(ends),
    feePpm: new Float64Array(ends),
    cltvDelta: new Uint16Array(ends),
    htlcMinMsat: new Float64Array(ends),
    htlcMaxMsat: new Float64Array(ends),
    disabled: new Uint8Array(ends),
    firstEnd: new Int32Array(nodes + 1),
    endsOf: new Int32Array(ends),
    beside: new Int32Array(ends),
  };
}

/** Fills firstEnd, endsOf and beside from endNode. */
export function linked(graph: ChannelGraph): ChannelGraph {
  const { firstEnd, endsOf, endNode } = graph;
  for (const node of endNode) firstEnd[node + 1]! += 1;
  for (let node = 0; node < graph.nodes; node++) firstEnd[node + 1]! += firstEnd[node]!;
  const next = firstEnd.slice(0, graph.nodes);
  for (let end = 0; end < endNode.length; end++) endsOf[next[endNode[end]!]!++] = end;
  ring(graph);
  return graph;
}

function ring({ nodes, firstEnd, endsOf, endNode, beside }: ChannelGraph): void {
  /** By peer, its first end of the node that is looked at. */
  const firstOf = new Int32Array(nodes).fill(NONE);
  for (let node = 0; node < nodes; node++) {
    for (let at = firstEnd[node]!; at < firstEnd[node + 1]!; at++) {
      const end = endsOf[at]!;
      const peer = endNode[end ^ 1]!;
      const first = firstOf[peer]!;
      if (first === NONE) firstOf[peer] = end;
      beside[end] = first === NONE ? end : beside[first]!;
      if (first !== NONE) beside[first] = end;
    }
    for (let at = firstEnd[node]!; at < firstEnd[node + 1]!; at++) firstOf[endNode[endsOf[at]! ^ 1]!] = NONE;
  }
}

export function setPolicy(graph: ChannelGraph, end: number, policy: ChannelPolicy): void {
  graph.feeBaseMsat[end] = policy.feeBaseMsat;
  graph.feePpm[end] = policy.feeProportionalMillionths;
  graph.cltvDelta[end] = policy.cltvExpiryDelta;
  graph.htlcMinMsat[end] = policy.htlcMinimumMsat;
  graph.htlcMaxMsat[end] = policy.htlcMaximumMsat ?? announcedMaxMsat(graph.capacityMsat[end >> 1]!);
}

function describe(graph: ChannelGraph, index: number, { capacitySat, policies, disabled }: ChannelPlan): void {
  graph.capacityMsat[index] = capacitySat * 1000;
  for (const side of [0, 1] as const) {
    setPolicy(graph, 2 * index + side, policies[side]);
    graph.disabled[2 * index + side] = disabled?.[side] ? 1 : 0;
  }
}

/** What LND announces where nobody told it: all but the reserve (its MaxPendingAmount). */
function announcedMaxMsat(capacityMsat: number): number {
  return capacityMsat - Math.floor((capacityMsat / 1000) * RESERVE_SHARE) * 1000;
}
