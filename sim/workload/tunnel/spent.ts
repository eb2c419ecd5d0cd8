/** What the two ends of a tunnel have paid so far. */
import type { TunnelPlan } from '../../scenario/plan.ts';
import { relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';

/** Delivered and fees of both relays in msat, over their lives. Where payments carry, once nothing is under way, so that the last acknowledgement counts. */
export async function spentMsat(plan: Pick<TunnelPlan, 'from' | 'to' | 'carrier'>, { network, signal }: WorkloadContext): Promise<number> {
  if (plan.carrier === 'keysend' || plan.carrier === 'htlc-record') await network.quiet({ signal });
  const ends = [relayOf(network, plan.from), relayOf(network, plan.to)];
  const ledgers = await Promise.all(ends.map((relay) => relay.ledger({ signal })));
  return ledgers.reduce((sum, { deliveredMsat, feesMsat }) => sum + deliveredMsat + feesMsat, 0);
}
