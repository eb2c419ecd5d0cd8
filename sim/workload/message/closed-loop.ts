/** So many units in flight for about as long as the plan says: how many that makes is found by runs that grow, which also warm the way. */
import type { RelayClient } from '../../../nodes/node.ts';
import type { CarrierKind } from '../../../nodes/plan.ts';
import type { MessagePlan } from '../../scenario/plan.ts';
import { relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';
import { steadyGoodput } from './goodput.ts';
import { runUnits, unitArrivals } from './units.ts';

/**
 * A warm-up run that lasted this share of the real one tells its rate well enough; a shorter one is repeated with more units. All of them
 * together last at least so long: until then the relays on the way interpret code that they later have compiled.
 */
const WARM_UP = { share: 1 / 8, unitsMin: 2, unitsMax: 64, growth: 4, runs: 8, leastMs: 2_000 };
/** Windows that a run lasts at least: the first fills the way and the last runs dry, where nodes have less to do; neither is counted. */
const WINDOWS_MIN = 3;
const UNITS_MIN = 8;
/** Every unit's latency is kept and read back over the relay's API. */
const UNITS_MAX = 20_000;
/** Of the units that arrived, at most this share is left out as the first window, and as the last. */
const SKIPPED_MAX = 1 / 3;

export async function closedLoop(plan: MessagePlan, carrier: CarrierKind, inFlight: number, context: WorkloadContext): Promise<void> {
  const { network, record, progress } = context;
  const [from, to] = [relayOf(network, plan.from), relayOf(network, plan.to)];
  const tags = { carrier, hops: plan.hops, in_flight: inFlight };
  record.note(
    `Messages over ${carrier}: closed loop, so many in flight, so latency is that of a sender who waits; warm-up runs, and the first and last window of each run, are left out of goodput.`,
  );
  progress(`message, ${carrier}, ${inFlight} in flight: warming up`);
  const unitsPerMs = await warmUp(plan, { carrier, inFlight }, from, to, context);
  const count = Math.ceil(Math.min(UNITS_MAX, Math.max(UNITS_MIN, inFlight * WINDOWS_MIN, unitsPerMs * plan.durationMs)));
  progress(`message, ${carrier}, ${inFlight} in flight: ${count} units`);
  const { sent, received } = await runUnits(context, from, to, { carrier, inFlight, count }, { lastsMs: plan.durationMs });
  const skipped = Math.min(inFlight, Math.floor(received.count * SKIPPED_MAX));
  const goodput = steadyGoodput(received.arrivedMs.slice(0, received.count - skipped), sent.unitBytes, skipped);
  record.goodput({ workload: 'message', ...tags }, unitArrivals(sent, received));
  for (const ms of received.latencyMs) record.sample('message_latency_ms', tags, ms);
  record.value('message_loss_ratio', tags, 1 - received.count / count);
  if (goodput === null)
    record.warn(`${carrier} with ${inFlight} in flight: ${received.count} of ${count} units arrived, too few for a rate.`);
  else record.value('message_goodput_bytes_per_s', tags, goodput);
}

/** Units per ms, by when they arrived: a carrier may take units faster than it delivers them. */
async function warmUp(
  plan: MessagePlan,
  units: { readonly carrier: CarrierKind; readonly inFlight: number },
  from: RelayClient,
  to: RelayClient,
  context: WorkloadContext,
): Promise<number> {
  const { clock } = context.network;
  const beganMs = clock.now();
  let count = Math.min(Math.max(units.inFlight, WARM_UP.unitsMin), WARM_UP.unitsMax);
  for (let run = 1; ; run++) {
    const { sent, received } = await runUnits(context, from, to, { ...units, count });
    const tookMs = Math.max(1, received.lastMs - sent.startMs);
    const tells = tookMs >= plan.durationMs * WARM_UP.share;
    if ((tells && clock.now() >= beganMs + WARM_UP.leastMs) || run === WARM_UP.runs) return received.count / tookMs;
    if (!tells) count *= WARM_UP.growth;
  }
}
