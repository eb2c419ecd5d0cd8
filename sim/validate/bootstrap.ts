/** How sure a ratio of two medians is, from the samples behind it: percentile bootstrap (Efron 1979), seeded, so that it is the same each time. */
import { percentile } from '../measure/summary.ts';

const RESAMPLES = 2_000;
const SAMPLES_MIN = 2;
/** More say no more about a median than this, and cost. Evenly spread ranks stand for the rest. */
const SAMPLES_MAX = 500;
const LOW = 2.5;
const HIGH = 97.5;
const SEED = 0x1e7de;

/**
 * 95 % interval of median(simulated) ÷ the median of the real runs' medians; null with a single real run and fewer than two samples on either
 * side, or where the real median is not above 0. A run that came to one figure is a list of that one. Of several real runs it is hierarchical
 * (Davison and Hinkley 1997, 3.8): runs are drawn, then samples within each; samples of one run are more alike than those of two.
 */
export function ratioInterval(simulated: readonly number[], real: readonly (readonly number[])[]): readonly [number, number] | null {
  const [first] = real;
  if (first === undefined || simulated.length === 0 || real.some((run) => run.length === 0)) return null;
  if (real.length === 1 && (simulated.length < SAMPLES_MIN || first.length < SAMPLES_MIN)) return null;
  const random = mulberry32(SEED);
  const [ours, theirs] = [reduced(simulated), real.map(reduced)];
  const ratios: number[] = [];
  for (let count = 0; count < RESAMPLES; count++) ratios.push(resampledMedian(ours, random) / resampledMedianOfRuns(theirs, random));
  ratios.sort((a, b) => a - b);
  const interval = [percentile(ratios, LOW), percentile(ratios, HIGH)] as const;
  return interval.every(Number.isFinite) ? interval : null;
}

function reduced(samples: readonly number[]): Float64Array {
  const sorted = Float64Array.from(samples).sort();
  if (sorted.length <= SAMPLES_MAX) return sorted;
  return Float64Array.from({ length: SAMPLES_MAX }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / SAMPLES_MAX)]!);
}

/** Of a single run there is none to draw: all chance is in its samples. */
function resampledMedianOfRuns(runs: readonly Float64Array[], random: () => number): number {
  if (runs.length === 1) return resampledMedian(runs[0]!, random);
  const drawn = runs.map(() => resampledMedian(runs[Math.floor(random() * runs.length)]!, random));
  return percentile(
    drawn.sort((a, b) => a - b),
    50,
  );
}

function resampledMedian(samples: Float64Array, random: () => number): number {
  const drawn = samples.map(() => samples[Math.floor(random() * samples.length)]!).sort();
  return percentile(drawn, 50);
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for two thousand resamples. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
