/**
 * Where LND loses a channel over the custom records of one HTLC. Nothing tells before it is too late, and there is no second try: sizes
 * climb from one that is known to be safe, a byte at a time near where the edge should be, until one wedges the only channel.
 */
import { LeydenError, WorkloadError } from '../../nodes/errors.ts';
import type { Node, Route } from '../../nodes/node.ts';
import type { RecordCliffPlan } from '../scenario/plan.ts';
import { nodeOf } from './path.ts';
import { PAYMENT_FEE_MAX_MSAT } from './payment.ts';
import { PROBE_RECORD_TYPE } from './probe.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const AMOUNT_MSAT = 1_000;
/** The value of one record: LND 0.21.3 takes it. */
const SAFE_BYTES = 64_000;
/** BOLT 1 and 2: a message's 65,533 B less update_add_htlc's own 1,450 and the record's type and length. Only steps shorten near it. */
const EXPECTED_BYTES = 64_075;
const STEP = { far: 8, near: 1, nearBytes: 16 };
/** Beyond any message. */
const CEILING_BYTES = 65_533;
/** A payment over one idle channel takes a fifth of a second; one that the channel will never carry, for ever. */
const PAYMENT_MS = 15_000;
/** A channel is lost when nothing goes through it any more, this often, with a pause in which LND could have mended it. */
const CHECKS = { times: 3, pauseMs: 4_000 };

export const recordCliff: Workload<RecordCliffPlan> = async (plan, context) => {
  const { network, record, signal } = context;
  const [payer, payee] = [nodeOf(network, plan.from), nodeOf(network, plan.to)];
  const route = await payer.route({
    destination: payee.publicKey,
    amountMsat: AMOUNT_MSAT,
    maxFeeMsat: PAYMENT_FEE_MAX_MSAT,
    signal,
  });
  const asked = new AbortController();
  const either = { signal: AbortSignal.any([signal, asked.signal]) };
  let arrivedBytes = -1;
  await payee.modifyExitHtlcs(({ wireRecords }) => {
    arrivedBytes = wireRecords.find(({ type }) => type === PROBE_RECORD_TYPE)?.value.length ?? -1;
    return 'accept';
  }, either);
  const carries = async (bytes: number): Promise<boolean> => {
    context.progress(`record-cliff: ${bytes} B`);
    arrivedBytes = -1;
    return (await paid(context, payer, route, bytes)) && arrivedBytes === bytes;
  };
  try {
    let largest: number | null = null;
    let bytes = SAFE_BYTES;
    while (bytes <= CEILING_BYTES && (await carries(bytes))) {
      largest = bytes;
      bytes += bytes + STEP.nearBytes < EXPECTED_BYTES ? STEP.far : STEP.near;
    }
    if (largest === null) throw new WorkloadError(`not even ${SAFE_BYTES} B of records arrived at ${plan.to} from ${plan.from}`);
    const tags = { carrier: 'htlc-record', hops: 1 };
    record.value('payload_limit_bytes', { ...tags, by: 'lnd' }, largest);
    const wedged = await stays(context, payer, route);
    record.value('channels_wedged', tags, wedged ? 1 : 0);
    record.warn(
      wedged
        ? `An HTLC with ${bytes} B in one record wedged the channel: no payment went through it afterwards, of ${CHECKS.times} tried. Balances were not compared.`
        : `LND refused ${bytes} B in one record and the channel still works. Balances were not compared.`,
    );
  } finally {
    asked.abort();
  }
};

/** Whether it settled. What LND says of one that did not differs by when it notices. */
async function paid({ random, signal }: WorkloadContext, payer: Node, route: Route, recordBytes: number | null): Promise<boolean> {
  try {
    await payer.pay({
      to: route,
      amountMsat: route.amountMsat,
      preimage: random.bytes(32),
      wireRecords: recordBytes === null ? [] : [{ type: PROBE_RECORD_TYPE, value: random.bytes(recordBytes) }],
      maxFeeMsat: PAYMENT_FEE_MAX_MSAT,
      timeoutMs: PAYMENT_MS,
      probe: true,
      signal,
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LeydenError)) throw error;
    return false;
  }
}

async function stays(context: WorkloadContext, payer: Node, route: Route): Promise<boolean> {
  for (let check = 1; check <= CHECKS.times; check++) {
    context.progress(`record-cliff: does the channel still carry a payment? ${check} of ${CHECKS.times}`);
    if (await paid(context, payer, route, null)) return false;
    await context.network.clock.sleep(CHECKS.pauseMs, { signal: context.signal });
  }
  return true;
}
