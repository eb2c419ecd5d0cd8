/** What each channel carried, for the drawing. */
import type { NetworkPlan } from '../../nodes/plan.ts';
import { feesMsat, type LedgerEntry } from './ledger.ts';
import type { ChannelRecord } from './report.ts';

/**
 * One record per channel of the plan, in its order. Routes name nodes, not channels: where two nodes share several channels, what
 * passed between them stands at the first.
 * @param keys public key → node name
 */
export function channelRecords(plan: NetworkPlan, keys: ReadonlyMap<string, string>, entries: readonly LedgerEntry[]): ChannelRecord[] {
  const carried = new Map<string, { htlcs: number; forwardedMsat: number; earnedMsat: number }>();
  const nothing = { htlcs: 0, forwardedMsat: 0, earnedMsat: 0 };
  for (const { payer, route } of entries) {
    let amountMsat = route.deliveredMsat + feesMsat(route);
    let from = keys.get(payer) ?? payer;
    route.hops.forEach((key, index) => {
      const to = keys.get(key) ?? key;
      // What crosses a channel is what arrives at its far end, before that node keeps its fee.
      const before = carried.get(pair(from, to)) ?? nothing;
      carried.set(pair(from, to), {
        htlcs: before.htlcs + route.htlcs,
        forwardedMsat: before.forwardedMsat + amountMsat,
        // The node before this channel keeps its fee for forwarding out over it; who pays keeps none.
        earnedMsat: before.earnedMsat + (route.earnedMsat[index - 1] ?? 0),
      });
      amountMsat -= route.earnedMsat[index] ?? 0;
      from = to;
    });
  }
  return plan.channels.map(({ name, from, to, capacitySat }) => {
    const here = carried.get(pair(from, to)) ?? nothing;
    carried.delete(pair(from, to));
    return { name, from, to, capacitySat, ...here };
  });
}

/** The same for both directions. */
function pair(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
