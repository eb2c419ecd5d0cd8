/** Everything that one end of a channel can spend, paid to the other end: afterwards nothing goes that way any more. */
import { LeydenError, WorkloadError } from '../../nodes/errors.ts';
import type { Network } from '../../nodes/node.ts';
import { nodeOf } from '../workload/path.ts';
import { payOnce } from '../workload/payment.ts';
import type { WorkloadContext } from '../workload/workload.ts';

/** BOLT 2: one percent of the capacity stays as reserve; the commitment transaction's fee is the opener's. */
const KEPT_SHARE = 0.01;
/** Each time what was refused is halved: the balance moves while others pay, and fees for further HTLCs are set aside. */
const TRIES_MAX = 24;
const PAYMENTS_MAX = 64;
const AMOUNT_MIN_MSAT = 1_000;
/** What the opener must keep for the fees of further HTLCs looks as if it could be spent. */
const LEFT_MAX_MSAT = 20_000_000;

/** Resolves when even the smallest amount is refused, or hardly anything is left. @throws WorkloadError when it never ends */
export async function drain(from: string, to: string, context: WorkloadContext): Promise<void> {
  const payer = nodeOf(context.network, from);
  const destination = nodeOf(context.network, to).publicKey;
  let amountMsat = await spendableMsat(context.network, from, destination);
  for (let [paid, refused] = [0, 0]; paid < PAYMENTS_MAX && refused < TRIES_MAX; ) {
    amountMsat = Math.floor(amountMsat);
    if (amountMsat < AMOUNT_MIN_MSAT) return;
    try {
      const route = await payer.route({ destination, amountMsat, maxFeeMsat: 0, via: [destination], signal: context.signal });
      await payOnce(context, payer, route, context.random.bytes(8));
      paid += 1;
      amountMsat = Math.min(2 * amountMsat, await spendableMsat(context.network, from, destination));
      if (amountMsat < AMOUNT_MIN_MSAT) return;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof LeydenError)) throw error;
      refused += 1;
      amountMsat /= 2;
    }
  }
  if ((await spendableMsat(context.network, from, destination)) < LEFT_MAX_MSAT) return;
  throw new WorkloadError(`the channel of ${from} with ${to} could not be drained in ${PAYMENTS_MAX} payments`);
}

async function spendableMsat(network: Network, from: string, partner: string): Promise<number> {
  const channels = (await nodeOf(network, from).channels()).filter((channel) => channel.partner === partner && channel.active);
  return Math.max(0, ...channels.map(({ localBalanceSat, capacitySat }) => (localBalanceSat - KEPT_SHARE * capacitySat) * 1_000));
}
