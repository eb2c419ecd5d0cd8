/**
 * Carrier D: units in BOLT 1 custom messages, passed on link by link by the relays beside the nodes on the way. Each relay knows its
 * two neighbours on a circuit and nothing more: openings are onions (circuit-opening.ts), units are layered (circuit-layers.ts).
 */
import type { Clock, Node, PeerMessage, Random } from '../../node.ts';
import { listen } from '../listen.ts';
import type { Passages } from '../payment/passages.ts';
import { relayPath } from '../relay-path.ts';
import { CARRIER_TRAITS, type Carrier, type UnitSink } from './carrier.ts';
import { FailedWays } from './failed-ways.ts';
import { PeerCircuits } from './peer-circuits.ts';
import { PEER_MESSAGE_TYPE } from './peer-frame.ts';
import type { RecordPlaces } from './record-places.ts';

export interface PeerMessageOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: UnitSink;
  readonly signal: AbortSignal;
  /** Who pays for passage, and is paid; without it all is free. */
  readonly passages?: Passages;
  /** Taken for as long as a circuit stands along which records come; without it such circuits are as all others. */
  readonly places?: RecordPlaces;
  log(line: string): void;
}

export const peerMessageCarrier = async (options: PeerMessageOptions): Promise<Carrier> => {
  const circuits = new PeerCircuits(options);
  const failed = new FailedWays();
  await listen<PeerMessage>({
    ...options,
    what: 'peer messages',
    subscribe: (waiting) => options.node.peerMessages(waiting),
    take: ({ from, type, data }) => {
      if (type === PEER_MESSAGE_TYPE) circuits.receive(from, data);
    },
  });
  return {
    kind: 'peer-message',
    ...CARRIER_TRAITS['peer-message'],
    async open(to, request = {}) {
      const avoid = failed.of(to).union(request.round?.avoid ?? new Set<string>());
      const path = await relayPath(options.node, options.clock, to, { signal: request.signal, ...request.round, avoid });
      try {
        const circuit = await circuits.open(path, request);
        failed.forget(to);
        return circuit;
      } catch (error) {
        if (!request.signal?.aborted) failed.note(to, path);
        throw error;
      }
    },
  };
};
