/**
 * What commitment transactions cost more, or less, than before. LND takes their fee from the opener's balance and sets it anew when fee
 * rates move (update_fee, BOLT 2); it tells each node's balances to the msat but each channel's only in whole satoshi, so the change per
 * channel is worked out from what both of its ends' totals lost.
 */
import type { ChannelPlan } from '../../nodes/plan.ts';

/**
 * msat per opener. `lostMsat`: per node, by how much the sum of both sides of its channels shrank. null when the channels form a circle,
 * where the totals do not tell which of them it was.
 */
export function commitFeeChanges(channels: readonly ChannelPlan[], lostMsat: ReadonlyMap<string, number>): Map<string, number> | null {
  if ([...lostMsat.values()].every((msat) => msat === 0)) return new Map();
  const left = new Map(lostMsat);
  const open = new Set(channels);
  const changes = new Map<string, number>();
  for (;;) {
    const leaf = [...left.keys()].find((name) => touching(open, name).length === 1);
    if (leaf === undefined) break;
    const [channel] = touching(open, leaf) as [ChannelPlan];
    const change = left.get(leaf)!;
    for (const end of [channel.from, channel.to]) left.set(end, left.get(end)! - change);
    if (change !== 0) changes.set(channel.from, (changes.get(channel.from) ?? 0) + change);
    open.delete(channel);
  }
  return [...left.values()].every((msat) => msat === 0) ? changes : null;
}

function touching(channels: ReadonlySet<ChannelPlan>, name: string): ChannelPlan[] {
  return [...channels].filter(({ from, to }) => from === name || to === name);
}
