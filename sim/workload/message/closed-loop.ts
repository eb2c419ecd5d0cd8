/** So many units in flight for about as long as the plan says: the count comes from a first window, which also warms the way. */
import type { CarrierKind } from '../../../nodes/plan.ts';
import type { MessagePlan } from '../../scenario/plan.ts';
import { relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';
import { steadyGoodput } from './goodput.ts';
import { runUnits } from './units.ts';

const CALIBRATION_UNITS = { min: 2, max: 64 };
/** Windows that a run lasts at least, so that filling and draining it are the lesser part. */
const WINDOWS_MIN = 1.5;
const UNITS_MIN = 8;
/** Every unit's latency is kept and read back over the relay's API. */
const UNITS_MAX = 20_000;

export async function closedLoop(plan: MessagePlan, carrier: CarrierKind, inFlight: number, context: WorkloadContext): Promise<void> {
  const { network, record, progress } = context;
  const [from, to] = [relayOf(network, plan.from), relayOf(network, plan.to)];
  const tags = { carrier, hops: plan.hops, in_flight: inFlight };
  const calibration = Math.min(Math.max(inFlight, CALIBRATION_UNITS.min), CALIBRATION_UNITS.max);
  progress(`message, ${carrier}, ${inFlight} in flight: warming up`);
  const { sent: warm } = await runUnits(context, from, to, { carrier, inFlight, count: calibration });
  const unitsPerMs = warm.sent / Math.max(1, warm.endMs - warm.startMs);
  const count = Math.ceil(Math.min(UNITS_MAX, Math.max(UNITS_MIN, inFlight * WINDOWS_MIN, unitsPerMs * plan.durationMs)));
  progress(`message, ${carrier}, ${inFlight} in flight: ${count} units of ${warm.unitBytes} B`);
  const { sent, received } = await runUnits(context, from, to, { carrier, inFlight, count }, { lastsMs: plan.durationMs });
  const skipped = Math.min(inFlight, Math.floor(received.count / 4));
  const goodput = steadyGoodput(received.arrivedMs, sent.unitBytes, skipped);
  for (const ms of received.latencyMs) record.sample('message_latency_ms', tags, ms);
  record.value('message_loss_ratio', tags, 1 - received.count / count);
  if (goodput === null)
    record.warn(`${carrier} with ${inFlight} in flight: ${received.count} of ${count} units arrived, too few for a rate.`);
  else record.value('message_goodput_bytes_per_s', tags, goodput);
}
