/** How sure a ratio of two medians is, from the samples behind it: percentile bootstrap (Efron 1979), seeded, so that it is the same each time. */
import { percentile } from '../measure/summary.ts';

const RESAMPLES = 2_000;
const SAMPLES_MIN = 2;
/** More say no more about a median than this, and cost. Evenly spread ranks stand for the rest. */
const SAMPLES_MAX = 500;
const LOW = 2.5;
const HIGH = 97.5;
const SEED = 0x1e7de;

/** 95 % interval of median(simulated) ÷ median(real); null with fewer than two samples on either side, or where the real median is not above 0. */
export function ratioInterval(simulated: readonly number[], real: readonly number[]): readonly [number, number] | null {
  if (simulated.length < SAMPLES_MIN || real.length < SAMPLES_MIN) return null;
  const random = mulberry32(SEED);
  const [ours, theirs] = [reduced(simulated), reduced(real)];
  const ratios: number[] = [];
  for (let count = 0; count < RESAMPLES; count++) ratios.push(resampledMedian(ours, random) / resampledMedian(theirs, random));
  ratios.sort((a, b) => a - b);
  const interval = [percentile(ratios, LOW), percentile(ratios, HIGH)] as const;
  return interval.every(Number.isFinite) ? interval : null;
}

function reduced(samples: readonly number[]): Float64Array {
  const sorted = Float64Array.from(samples).sort();
  if (sorted.length <= SAMPLES_MAX) return sorted;
  return Float64Array.from({ length: SAMPLES_MAX }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / SAMPLES_MAX)]!);
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
