/** Nodes in a line that know peer messages alone: each link delays every message by chance, so that several in flight overtake one another. */
import { PeerError } from '../../nodes/errors.ts';
import { Inbox } from '../../nodes/inbox.ts';
import type { GraphEdge, Node, PeerMessage, Random } from '../../nodes/node.ts';
import type { Carrier, UnitSink } from '../../nodes/relay/carrier/carrier.ts';
import { peerMessageCarrier } from '../../nodes/relay/carrier/peer-message.ts';
import type { RecordPlaces } from '../../nodes/relay/carrier/record-places.ts';
import { RELAY_FEATURE } from '../../nodes/relay/relay-path.ts';
import { nodeKey } from '../node-key.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface PeerStation {
  readonly key: string;
  readonly node: Node;
  readonly carrier: Carrier;
  /** Messages that this node has taken and not delivered yet. */
  underWay: number;
  /** Set: every send to this neighbour fails. */
  cut: string | null;
  /** Set: the messages that this node sends vanish when it says so. */
  loses: (data: Uint8Array) => boolean;
  /** Set: this node sends what comes out of it. */
  alters: (data: Uint8Array, to: string) => Uint8Array;
  /** Set: what this node sends arrives so much later, and what it sends then may overtake it. */
  delaysMs: (data: Uint8Array) => number;
  /** Questions to the node's key. */
  ecdhs: number;
  received: { unit: Uint8Array; back: Parameters<UnitSink>[1] }[];
}

const keyOf = (index: number) => nodeKey(index + 1);
export const stationKey = (index: number): string => keyOf(index).publicKey.toString('hex');

/** @param hears what arrives at the end of a circuit, beside `received`. @param placesOf where LND asks each relay about records. */
export const peerLine = async (
  count: number,
  clock: VirtualClock,
  random: Random,
  sendMs = 4,
  hears: (index: number, unit: Uint8Array) => void = () => {},
  placesOf?: (index: number) => RecordPlaces,
): Promise<PeerStation[]> => {
  const stations: PeerStation[] = [];
  const inboxes = Array.from({ length: count }, () => new Inbox<PeerMessage>(10_000));
  const edges: GraphEdge[] = Array.from({ length: count - 1 }, (_, index) => ({
    id: `${index}x0x0`,
    capacitySat: 1,
    ends: [
      { publicKey: stationKey(index), policy: null, disabled: false },
      { publicKey: stationKey(index + 1), policy: null, disabled: false },
    ],
  }));
  for (let index = 0; index < count; index++) {
    const node = {
      publicKey: stationKey(index),
      graph: async () => ({
        nodes: inboxes.map((_, at) => ({ publicKey: stationKey(at), alias: `${at}`, features: [RELAY_FEATURE] })),
        edges,
      }),
      peerMessages: async () => inboxes[index]!,
      async sendPeerMessage({ to, type, data }: { to: string; type: number; data: Uint8Array }) {
        const station = stations[index]!;
        const target = stations.findIndex(({ key }) => key === to);
        if (Math.abs(target - index) !== 1 || target < 0 || station.cut === to) throw new PeerError(`${to} is not connected`);
        station.underWay += 1;
        await clock.sleep(sendMs * (0.5 + random.float()));
        station.underWay -= 1;
        if (station.loses(data)) return;
        const message = { from: stationKey(index), type, data: station.alters(data, to) };
        const delayMs = station.delaysMs(data);
        if (delayMs === 0) inboxes[target]!.push(message);
        else void clock.sleep(delayMs).then(() => inboxes[target]!.push(message));
      },
      async ecdh(publicKey: string) {
        stations[index]!.ecdhs += 1;
        await clock.sleep(1);
        return keyOf(index).ecdh(publicKey);
      },
    } as unknown as Node;
    const received: PeerStation['received'] = [];
    const carrier = await peerMessageCarrier({
      node,
      clock,
      random,
      sink: (unit, back) => {
        received.push({ unit, back });
        hears(index, unit);
      },
      signal: new AbortController().signal,
      ...(placesOf && { places: placesOf(index) }),
      log: () => {},
    });
    stations.push({
      key: stationKey(index),
      node,
      carrier,
      underWay: 0,
      cut: null,
      loses: () => false,
      alters: (data) => data,
      delaysMs: () => 0,
      ecdhs: 0,
      received,
    });
  }
  return stations;
};
