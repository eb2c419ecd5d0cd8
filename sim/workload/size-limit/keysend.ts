/** What one HTLC's onion carries: N settles, and N + 1 does not. */
import { NoRouteError, PayloadTooLargeError, PaymentFailedError, WorkloadError } from '../../../nodes/errors.ts';
import { ROUTING_INFO_BYTES } from '../../../nodes/onion.ts';
import type { HopTarget } from '../../scenario/plan.ts';
import { nodeOf } from '../path.ts';
import { PAYMENT_FEE_MAX_MSAT, payOnce } from '../payment.ts';
import type { WorkloadContext } from '../workload.ts';
import { findEdge } from './edge.ts';

/** Two bytes in every hop's onion, as most payments': the figure depends on it. */
const AMOUNT_MSAT = 1_000;

/** In bytes of one custom record, over the route that the payer's LND finds. */
export async function keysendEdge(from: string, { to, hops }: HopTarget, context: WorkloadContext): Promise<number> {
  const { network, random, signal } = context;
  const payer = nodeOf(network, from);
  const destination = nodeOf(network, to).publicKey;
  const amountMsat = Math.max(AMOUNT_MSAT, ...network.plan.channels.flatMap(({ policies }) => policies.map((p) => p.htlcMinimumMsat)));
  const route = await payer.route({ destination, amountMsat, maxFeeMsat: PAYMENT_FEE_MAX_MSAT, signal });
  const bytes = await findEdge({ expected: route.payloadBytesMax, floor: 1, ceiling: ROUTING_INFO_BYTES }, async (n) => {
    try {
      await payOnce(context, payer, route, random.bytes(n), true);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  });
  if (bytes === null) throw new WorkloadError(`no keysend with a payload settled from ${from} to ${to}, ${hops} hops away`);
  return bytes;
}

/** LND has no word for "too large": it says that there is no route, or fails the payment before it is sent. */
function isRefusal(error: unknown): boolean {
  return error instanceof PaymentFailedError || error instanceof NoRouteError || error instanceof PayloadTooLargeError;
}
