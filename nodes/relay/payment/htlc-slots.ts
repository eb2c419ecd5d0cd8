/**
 * How many HTLCs of ours are on their way toward one peer, over all sessions: a direction of a channel takes 483 (BOLT 2,
 * max_accepted_htlcs), and what forwards others' payments must leave them room. Whoever comes when all are taken waits his turn. An HTLC
 * that hangs past its deadline gives its place back: should too many hang, LND refuses the next, and a session goes another way.
 */
import { PaymentFailedError } from '../../errors.ts';

export const HTLC_SLOTS_MAX = 380;
/** Payments that wait for a slot toward one peer. */
const WAITING_MAX = 4_096;

interface Peer {
  taken: number;
  readonly waiting: (() => void)[];
}

export class HtlcSlots {
  readonly #peers = new Map<string, Peer>();

  /** Resolves with what gives the slot back, to be called once. @throws PaymentFailedError when too many wait */
  async take(peer: string): Promise<() => void> {
    const known = this.#peers.get(peer) ?? { taken: 0, waiting: [] };
    this.#peers.set(peer, known);
    if (known.taken < HTLC_SLOTS_MAX) known.taken += 1;
    else if (known.waiting.length >= WAITING_MAX) throw new PaymentFailedError(`${WAITING_MAX} payments wait for an HTLC slot already`);
    else await new Promise<void>((resolve) => known.waiting.push(resolve));
    return () => {
      const next = known.waiting.shift();
      if (next !== undefined) next();
      else {
        known.taken -= 1;
        if (known.taken === 0) this.#peers.delete(peer);
      }
    };
  }
}
