/**
 * Carrier C: one unit in one BOLT 4 onion message, forwarded by stock LND from 0.21 on. Nobody is paid and nobody says when one is
 * lost; OnionRate keeps below what LND lets through. A small unit travels in a small packet, whatever the largest allowed.
 */
import { NoRouteError, PeerError } from '../../errors.ts';
import type { BlindedPath, Clock, Graph, Node, OnionBytes, OnionMessage } from '../../node.ts';
import { onionBytesFor, onionMessagePayloadBytesMax } from '../../onion.ts';
import { listen } from '../listen.ts';
import { shortestPath } from '../path.ts';
import { CARRIER_TRAITS, type Carrier, type Circuit, type Pace, type UnitSink } from './carrier.ts';
import { ONION_WIRE_OVERHEAD_BYTES, OnionRate, type RateMark } from './onion-rate.ts';

/** "Ley" in ASCII: odd, five bytes as a BigSize. */
export const ONION_MESSAGE_TYPE = 0x4c6579;
const ONION_BYTES_DEFAULT: OnionBytes = 32834;
/** Peers whose rate is remembered. */
const RATES_MAX = 1_024;

export interface OnionMessageOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly sink: UnitSink;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export const onionMessageCarrier = async (options: OnionMessageOptions): Promise<Carrier> => {
  const { node, sink } = options;
  // LND's limiter counts per peer, whoever sends: one bucket for all circuits that begin with the same one.
  const rates = new Map<string, OnionRate>();
  const rateTo = (peer: string): OnionRate => {
    const known = rates.get(peer);
    if (known !== undefined) return known;
    if (rates.size >= RATES_MAX) rates.delete(rates.keys().next().value as string);
    const rate = new OnionRate();
    rates.set(peer, rate);
    return rate;
  };
  await listen<OnionMessage>({
    ...options,
    what: 'onion messages',
    subscribe: (waiting) => node.onionMessages(waiting),
    take: ({ type, value, encrypted }) => {
      if (type === ONION_MESSAGE_TYPE) sink(value, null, 'onion-message', { encrypted });
    },
  });
  return {
    kind: 'onion-message',
    ...CARRIER_TRAITS['onion-message'],
    async open(to, { onionBytesMax = ONION_BYTES_DEFAULT, indirect = false, beyond, round, signal } = {}) {
      const path = wayRound(await node.graph({ signal }), node.publicKey, to, { indirect, avoid: round?.avoid });
      return onionCircuit({ path, beyond, onionBytesMax, rate: rateTo(path[0] as string) }, options);
    },
  };
};

/** Round those, where there is such a way. */
const wayRound = (
  graph: Graph,
  from: string,
  to: string,
  { indirect, avoid = new Set() }: { indirect: boolean; avoid: ReadonlySet<string> | undefined },
): string[] => {
  try {
    return shortestPath(graph, from, to, { indirect, through: (key) => key === to || !avoid.has(key) });
  } catch (error) {
    if (avoid.size === 0 || !(error instanceof NoRouteError)) throw error;
    return shortestPath(graph, from, to, { indirect });
  }
};

interface OnionWay {
  readonly path: readonly string[];
  readonly beyond: BlindedPath | undefined;
  readonly onionBytesMax: OnionBytes;
  readonly rate: OnionRate;
}

const onionCircuit = ({ path, beyond, onionBytesMax, rate }: OnionWay, { node, signal }: OnionMessageOptions): Circuit => {
  const wireBytes = (unitBytes: number): number =>
    (onionBytesFor(path.length, unitBytes, onionBytesMax, beyond) ?? onionBytesMax) + ONION_WIRE_OVERHEAD_BYTES;
  const pace: Pace = {
    readyAt: (unitBytes, nowMs) => rate.readyAt(wireBytes(unitBytes), nowMs),
    sent: (unitBytes, nowMs) => rate.sent(wireBytes(unitBytes), nowMs),
    spend: (unitBytes, nowMs) => rate.spend(wireBytes(unitBytes), nowMs),
    arrived: (mark, nowMs) => rate.arrived(mark as RateMark, nowMs),
    lost: (mark, nowMs) => rate.lost(mark as RateMark, nowMs),
  };
  let closed = false;
  return {
    carrier: 'onion-message',
    to: path.at(-1) as string,
    hops: path.length + (beyond === undefined ? 0 : beyond.hops.length - 1),
    path,
    mtu: onionMessagePayloadBytesMax(path.length, onionBytesMax, beyond),
    pace,
    async send(unit) {
      if (closed) throw new PeerError('the circuit is closed');
      await node.sendOnionMessage({ path, to: beyond, type: ONION_MESSAGE_TYPE, value: unit, onionBytesMax, signal });
      return 'sent';
    },
    onClosed: () => {},
    close: () => {
      closed = true;
    },
  };
};
