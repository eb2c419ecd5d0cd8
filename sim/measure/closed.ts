/** What left a node's balance with channels that were closed: it lies on the chain now, where nobody looks for it. */
import type { Channel } from '../../nodes/node.ts';
import { feesMsat, type LedgerEntry } from './ledger.ts';

/** A node's channels by its public key, at one moment. */
export type ChannelsByNode = ReadonlyMap<string, readonly Channel[]>;

export interface Left {
  /** Of its own, as its balance had it before and as payments moved it until it was closed. */
  readonly localMsat: number;
  /** Both sides of it: what its totals lost, whatever payments did. */
  readonly totalMsat: number;
}

/**
 * Per public key. A channel's balance at its closing is what it was before and what our payments moved over it since: what they moved
 * after that went another way. Whole satoshi are all that LND tells of one channel, so that is exact where it began the run with such,
 * as channels of a fresh network do.
 */
export function leftWithClosed(before: ChannelsByNode, after: ChannelsByNode, entries: readonly LedgerEntry[]): Map<string, Left> {
  const left = new Map<string, Left>();
  for (const [key, channels] of before) {
    const open = new Set(after.get(key)?.map(({ id }) => id));
    for (const channel of channels.filter(({ id }) => !open.has(id))) {
      const { localMsat, totalMsat } = left.get(key) ?? { localMsat: 0, totalMsat: 0 };
      const gainedMsat = carriedMsat(entries, channel.partner, key) - carriedMsat(entries, key, channel.partner);
      left.set(key, {
        localMsat: localMsat + channel.localBalanceSat * 1_000 + gainedMsat,
        totalMsat: totalMsat + (channel.localBalanceSat + channel.remoteBalanceSat) * 1_000,
      });
    }
  }
  return left;
}

/** Delivered and fees still to be paid, over all payments that went from one to the other directly. */
function carriedMsat(entries: readonly LedgerEntry[], from: string, to: string): number {
  let sum = 0;
  for (const { payer, route } of entries) {
    let aheadMsat = route.deliveredMsat + feesMsat(route);
    route.hops.forEach((hop, index) => {
      if (hop === to && (route.hops[index - 1] ?? payer) === from) sum += aheadMsat;
      aheadMsat -= route.earnedMsat[index] ?? 0;
    });
  }
  return sum;
}
