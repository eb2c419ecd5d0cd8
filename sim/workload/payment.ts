/** How long one keysend takes when nothing else moves: paid one after the other, from before it is sent until it is settled. */
import type { Node, Route } from '../../nodes/node.ts';
import type { PaymentPlan } from '../scenario/plan.ts';
import { nodeOf } from './path.ts';
import { PROBE_RECORD_TYPE } from './probe.ts';
import type { Workload, WorkloadContext } from './workload.ts';

/** What one payment of the bench may cost. */
export const PAYMENT_FEE_MAX_MSAT = 1_000_000;
const PAYLOAD_BYTES = 8;

export const payment: Workload<PaymentPlan> = async (plan, context) => {
  const { network, signal, record } = context;
  const payer = nodeOf(network, plan.from);
  for (const { hops, to } of plan.targets) {
    const destination = nodeOf(network, to).publicKey;
    const route = await payer.route({ destination, amountMsat: plan.amountMsat, maxFeeMsat: PAYMENT_FEE_MAX_MSAT, signal });
    record.value('payment_fee_msat', { hops }, route.feeMsat);
    record.note('Payments: the first over each number of hops is warm-up and left out.');
    const paying = async (): Promise<void> => {
      // The first pays for what is cold (connections, pages, mission control) and is left out.
      for (let index = 0; index <= plan.count; index++) {
        context.progress(`payment, ${hops} ${hops === 1 ? 'hop' : 'hops'}: ${index} of ${plan.count}`);
        const startMs = network.clock.now();
        await payOnce(context, payer, route, context.random.bytes(PAYLOAD_BYTES));
        context.traffic?.moved(1);
        if (index > 0) record.sample('payment_latency_ms', { hops }, network.clock.now() - startMs);
      }
    };
    await (context.traffic?.during('payments', paying) ?? paying());
  }
};

/**
 * One keysend over this route, told to the ledger however it ends; a probe that LND refuses is no HTLC and is not counted.
 * Throws what the node throws.
 */
export async function payOnce(context: WorkloadContext, payer: Node, route: Route, payload: Uint8Array, probe = false): Promise<void> {
  const { ledger, random, signal } = context;
  try {
    const paid = await payer.pay({
      to: route,
      amountMsat: route.amountMsat,
      preimage: random.bytes(32),
      records: [{ type: PROBE_RECORD_TYPE, value: payload }],
      maxFeeMsat: PAYMENT_FEE_MAX_MSAT,
      probe,
      signal,
    });
    ledger.settled(payer.publicKey, route, paid);
  } catch (error) {
    if (!probe) ledger.failed();
    throw error;
  }
}
