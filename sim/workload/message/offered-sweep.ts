/**
 * Onion messages have no verdict, so they are offered at a rate whatever becomes of them, and the rate at which they arrive is the
 * figure. With a limiter on the way the sweep goes around what it admits, its burst drained first; without one it rises until more than
 * one message in a hundred is lost or no more arrives than before.
 */
import type { OnionBytes, RelayClient } from '../../../nodes/node.ts';
import type { MessagePlan } from '../../scenario/plan.ts';
import { type Admission, admissionAlong, ONION_WIRE_OVERHEAD_BYTES, pathBetween, relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';
import { steadyGoodput } from './goodput.ts';
import { runUnits, unitArrivals } from './units.ts';

const CARRIER = 'onion-message';
/**
 * Of the limiter's rate. Not above it: a few seconds are a dozen packets, and the two that a bucket may still hold would pass for a rate
 * that nobody sustains.
 */
const SHARES_OF_LIMITER = [0.8, 0.9, 1];
/** Bytes of payload per second, when nothing limits: start, factor, and how often at most. */
const CLIMB = { startBytesPerS: 250_000, factor: 1.4, steps: 12 };
const LOSS_MAX = 0.01;
/** A step that brings less than this much more is a ceiling, wherever it stands. */
const GAIN_MIN = 1.03;
const UNITS = { min: 4, max: 20_000 };
const WARM_UP = { count: 4, ratePerS: 4 };
/** Fast enough that the limiter regains next to nothing meanwhile. */
const DRAIN_PER_S = 200;

export async function offeredSweep(plan: MessagePlan, onion: OnionBytes, context: WorkloadContext): Promise<void> {
  context.record.note(
    'Messages over onion-message: open loop, offered at a rate whatever becomes of them; latency counts from when each was due, not from when it went. Warm-up units, and those that drain a limiter’s burst, are left out.',
  );
  const sweep = new Sweep(plan, onion, context);
  await sweep.warmUp();
  if (plan.offeredBytesPerS.length > 0) for (const offered of plan.offeredBytesPerS) await sweep.run(offered);
  else if (sweep.admission.bytesPerS === null) await climb(sweep);
  else for (const share of SHARES_OF_LIMITER) await sweep.run((share * sweep.admission.bytesPerS * sweep.unitBytes) / wireBytes(onion));
}

function wireBytes(onion: OnionBytes): number {
  return onion + ONION_WIRE_OVERHEAD_BYTES;
}

async function climb(sweep: Sweep): Promise<void> {
  let best = 0;
  let offered = CLIMB.startBytesPerS;
  for (let step = 0; step < CLIMB.steps; step++, offered *= CLIMB.factor) {
    const { goodput, loss } = await sweep.run(offered);
    if (loss > LOSS_MAX || goodput < best * GAIN_MIN) break;
    best = goodput;
  }
}

class Sweep {
  readonly admission: Admission;
  unitBytes = 0;
  readonly #plan: MessagePlan;
  readonly #onion: OnionBytes;
  readonly #context: WorkloadContext;
  readonly #from: RelayClient;
  readonly #to: RelayClient;

  constructor(plan: MessagePlan, onion: OnionBytes, context: WorkloadContext) {
    this.#plan = plan;
    this.#onion = onion;
    this.#context = context;
    this.#from = relayOf(context.network, plan.from);
    this.#to = relayOf(context.network, plan.to);
    this.admission = admissionAlong(context.network.plan, pathBetween(context.network.plan, plan.from, plan.to));
  }

  /** A few units, for their size; what the limiter does to them does not matter. */
  async warmUp(): Promise<void> {
    this.#context.progress(`message, ${CARRIER} in ${this.#onion} B: warming up`);
    const { sent } = await this.#units(WARM_UP);
    this.unitBytes = sent.unitBytes;
  }

  async run(offeredBytesPerS: number): Promise<{ goodput: number; loss: number }> {
    const { record, progress } = this.#context;
    const offered = Math.round(offeredBytesPerS);
    const tags = { carrier: CARRIER, hops: this.#plan.hops, onion: this.#onion, offered };
    const ratePerS = offeredBytesPerS / this.unitBytes;
    const count = Math.ceil(Math.min(UNITS.max, Math.max(UNITS.min, (ratePerS * this.#plan.durationMs) / 1_000)));
    progress(`message, ${CARRIER} in ${this.#onion} B: ${count} units offered at ${offered} B/s`);
    await this.#drainBurst();
    const { sent, received } = await this.#units({ count, ratePerS }, { lastsMs: this.#plan.durationMs });
    const goodput = steadyGoodput(received.arrivedMs, this.unitBytes, 0) ?? 0;
    const loss = 1 - received.count / count;
    record.goodput({ workload: 'message', ...tags }, unitArrivals(sent, received));
    for (const ms of received.latencyMs) record.sample('message_latency_ms', tags, ms);
    record.value('message_loss_ratio', tags, loss);
    record.value('message_goodput_bytes_per_s', tags, goodput);
    return { goodput, loss };
  }

  /** After it the limiters on the way hold less than one packet; then time for one is let pass, so that the first unit is not the last straw. */
  async #drainBurst(): Promise<void> {
    const { network, signal } = this.#context;
    const { bytesPerS, burstBytes } = this.admission;
    if (bytesPerS === null) return;
    await this.#units({ count: Math.ceil(burstBytes / this.#onion) + 1, ratePerS: DRAIN_PER_S }, { awaited: false });
    await network.clock.sleep((wireBytes(this.#onion) / bytesPerS) * 1_000, { signal });
  }

  #units(units: { readonly count: number; readonly ratePerS: number }, options?: Parameters<typeof runUnits>[4]) {
    return runUnits(this.#context, this.#from, this.#to, { carrier: CARRIER, onionBytesMax: this.#onion, ...units }, options);
  }
}
