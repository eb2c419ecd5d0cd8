/** What the two ends of a tunnel have paid so far. */
import { DeadlineError, InfrastructureError } from '../../../nodes/errors.ts';
import type { TunnelPlan } from '../../scenario/plan.ts';
import { relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';

/**
 * Delivered and fees of both relays in msat, over their lives. Where payments carry, once nothing is under way, so that the last
 * acknowledgement counts; null where that does not come, since an event holds payments up or keeps a relay down.
 */
export async function spentMsat(
  plan: Pick<TunnelPlan, 'from' | 'to' | 'carrier'>,
  { network, signal, record }: WorkloadContext,
): Promise<number | null> {
  try {
    if (plan.carrier === 'keysend' || plan.carrier === 'htlc-record') await network.quiet({ signal });
    const ends = [relayOf(network, plan.from), relayOf(network, plan.to)];
    const ledgers = await Promise.all(ends.map((relay) => relay.ledger({ signal })));
    return ledgers.reduce((sum, { deliveredMsat, feesMsat }) => sum + deliveredMsat + feesMsat, 0);
  } catch (error) {
    if (!(error instanceof DeadlineError || error instanceof InfrastructureError)) throw error;
    record.warn(`What was paid over ${plan.carrier} from ${plan.from} to ${plan.to} is not known: ${error.message}`);
    return null;
  }
}
