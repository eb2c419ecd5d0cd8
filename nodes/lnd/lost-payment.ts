/**
 * Payments that LND waits for in vain. It writes down that it will send an HTLC (a circuit) before the channel has signed it; when it is
 * killed in between, the HTLC lay in memory alone. The next process finds the circuit, takes it for an HTLC on its way and waits for its
 * end for ever (htlcswitch/circuit_map.go restoreMemState, switch.go GetAttemptResult; lnd#9340, open). Nothing will ever send it.
 */
import type { RawAttempt, RawPayment } from './payments.ts';

export interface RawChannel {
  readonly chan_id: string;
  readonly active: boolean;
  /** Seconds, rounded down, for which this process of LND has watched it: since its start, for one that was there before. 0: nobody knows. */
  readonly lifetime: string;
  readonly pending_htlcs: readonly { readonly incoming: boolean; readonly hash_lock: Uint8Array }[];
}

/** LND's clock is the machine's, which we stand on too; a second for its rounding, and some for starting. */
const MARGIN_MS = 3_000;

/**
 * Every attempt that is not over began before this process of LND did, and the channel of its first hop is at work and holds no such
 * HTLC. One that was signed comes back with the channel within a round trip, so the caller asks for some seconds before it believes this.
 */
export const isLost = (
  payment: Pick<RawPayment, 'creation_time_ns' | 'htlcs'>,
  hash: Uint8Array,
  channels: readonly RawChannel[],
  nowMs: number,
): boolean => {
  const open = payment.htlcs.filter(({ status }) => status === 'IN_FLIGHT');
  if (open.length > 0) return open.every((attempt) => attemptIsLost(attempt, hash, channels, nowMs));
  // Written down, and killed before the first attempt.
  return channels.length > 0 && channels.every((channel) => channel.active && isOlder(payment.creation_time_ns, channel, nowMs));
};

const attemptIsLost = (attempt: RawAttempt, hash: Uint8Array, channels: readonly RawChannel[], nowMs: number): boolean => {
  const first = channels.find(({ chan_id }) => chan_id === attempt.route?.hops[0]?.chan_id);
  if (!first?.active || !isOlder(attempt.attempt_time_ns, first, nowMs)) return false;
  return !first.pending_htlcs.some(({ incoming, hash_lock }) => !incoming && Buffer.from(hash_lock).equals(hash));
};

const isOlder = (timeNs: string, { lifetime }: RawChannel, nowMs: number): boolean =>
  Number(lifetime) > 0 && Number(BigInt(timeNs) / 1_000_000n) < nowMs - Number(lifetime) * 1_000 - MARGIN_MS;
