/** Two ends of a circuit in memory that do to units whatever they are told, by chance from a seed: the worst carrier imaginable. */

import { PaymentFailedError, PeerError } from '../../nodes/errors.ts';
import type { Clock, Random } from '../../nodes/node.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import type { Circuit } from '../../nodes/relay/carrier/carrier.ts';

export interface Mischief {
  /** Chances in [0, 1]. */
  readonly drop: number;
  readonly double: number;
  readonly alter: number;
  readonly truncate: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

export const NO_MISCHIEF: Mischief = { drop: 0, double: 0, alter: 0, truncate: 0, delayMs: 20, jitterMs: 0 };

export interface CircuitPair {
  readonly near: Circuit;
  readonly far: Circuit;
  /** Where units go that arrive at the near and the far end. */
  readonly sinks: { near(unit: Uint8Array): void; far(unit: Uint8Array): void };
  mischief: Mischief;
  /** Units handed to a sink, either way. */
  delivered: number;
  /** The way is gone: both ends hear of it, and what is under way is lost. */
  kill(): void;
}

/** mulberry32. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { float, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(float() * 256)) };
};

export const circuitPair = (
  carrier: CarrierKind,
  mtu: number,
  clock: Clock,
  random: Random,
  mischief: Mischief = NO_MISCHIEF,
): CircuitPair => {
  let dead: Error | undefined;
  const listeners: ((reason: Error) => void)[] = [];
  const end = (deliver: (unit: Uint8Array) => void): Circuit => ({
    carrier,
    to: '02'.padEnd(66, '0'),
    hops: 5,
    mtu,
    pace: null,
    async send(unit) {
      if (dead !== undefined) throw dead;
      if (unit.length > mtu) throw new Error(`a unit of ${unit.length} B where ${mtu} B fit`);
      const { drop, double, alter, truncate, delayMs, jitterMs } = pair.mischief;
      const copies = random.float() < drop ? 0 : random.float() < double ? 2 : 1;
      const delay = () => delayMs + random.float() * jitterMs;
      for (let copy = 0; copy < copies; copy++) {
        let bytes = Buffer.from(unit);
        if (random.float() < alter) bytes[Math.floor(random.float() * bytes.length)]! ^= 1 << Math.floor(random.float() * 8);
        if (random.float() < truncate) bytes = bytes.subarray(0, Math.floor(random.float() * bytes.length));
        void clock.sleep(delay()).then(() => {
          if (dead !== undefined) return;
          pair.delivered += 1;
          deliver(bytes);
        });
      }
      if (carrier !== 'keysend' && carrier !== 'htlc-record') return 'sent';
      await clock.sleep(delayMs + jitterMs);
      if (copies === 0) throw new PaymentFailedError('TEMPORARY_CHANNEL_FAILURE');
      return 'arrived';
    },
    onClosed: (listener) => {
      if (dead === undefined) listeners.push(listener);
      else listener(dead);
    },
    close: () => {},
  });
  const pair: CircuitPair = {
    near: end((unit) => pair.sinks.far(unit)),
    far: end((unit) => pair.sinks.near(unit)),
    sinks: { near: () => {}, far: () => {} },
    mischief,
    delivered: 0,
    kill() {
      dead ??= new PeerError('the circuit was cut');
      for (const listener of listeners.splice(0)) listener(dead);
    },
  };
  return pair;
};
