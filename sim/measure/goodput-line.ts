/** Goodput as it went: from the moments at which bytes arrived to a line that a chart can draw. */
import type { Tags } from './report.ts';

/** One transfer, or one run of raw units. */
export interface GoodputLine {
  /** What moved: `workload` and the tags of its metric. */
  readonly of: Tags;
  /** Milliseconds of the network's clock since the workloads began, as in samples.csv. */
  readonly fromMs: number;
  readonly stepMs: number;
  /** What arrived in each step, as a rate. */
  readonly bytesPerS: readonly number[];
}

export interface Arrivals {
  /** ms of the network's clock, when the first byte was asked for. */
  readonly startMs: number;
  /** In any order. */
  readonly arrived: readonly { readonly ms: number; readonly bytes: number }[];
}

/** Finer steps than arrivals would draw the size of a chunk, not a rate. */
const ARRIVALS_PER_STEP = 8;
const STEPS = { min: 2, max: 120 };

/** `beganMs`: when the workloads began. null where all came at once, or nothing did: then nobody knows how it went. */
export function goodputLine(of: Tags, { startMs, arrived }: Arrivals, beganMs: number): GoodputLine | null {
  const lastMs = arrived.reduce((last, { ms }) => Math.max(last, ms), startMs);
  const steps = Math.min(STEPS.max, Math.floor(arrived.length / ARRIVALS_PER_STEP));
  if (steps < STEPS.min || lastMs <= startMs) return null;
  const stepMs = (lastMs - startMs) / steps;
  const bytes = new Array<number>(steps).fill(0);
  for (const { ms, bytes: more } of arrived) bytes[Math.min(steps - 1, Math.max(0, Math.floor((ms - startMs) / stepMs)))]! += more;
  return {
    of,
    fromMs: wholeUs(startMs - beganMs),
    stepMs: wholeUs(stepMs),
    bytesPerS: bytes.map((sum) => Math.round((sum * 1_000) / stepMs)),
  };
}

const wholeUs = (ms: number): number => Math.round(ms * 1_000) / 1_000;
