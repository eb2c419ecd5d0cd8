import type { Carried } from './ledger.ts';
import type { ChannelRecord } from './report.ts';

/** The records, in the plan's order, with what traffic within the network carried beside what workloads and relays paid for. */
export function withTraffic(records: readonly ChannelRecord[], carried: ReadonlyMap<number, Carried>): readonly ChannelRecord[] {
  if (carried.size === 0) return records;
  return records.map((record, channel) => {
    const more = carried.get(channel);
    if (more === undefined) return record;
    return { ...record, htlcs: record.htlcs + more.htlcs, forwardedMsat: record.forwardedMsat + more.msat };
  });
}
