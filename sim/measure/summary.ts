/** From many samples to the few numbers that a report shows. */
import type { Summary } from './report.ts';

/** Fewer samples than this say nothing about the percentile: with 99 the p99 would be the maximum under another name. */
export const SAMPLES_NEEDED = { p50: 1, p90: 10, p95: 20, p99: 100, 'p99.9': 10_000 } as const;

/** Of at least one sample, in the samples' unit. A percentile is null below the samples it needs. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = Float64Array.from(samples).sort();
  const at = (name: keyof typeof SAMPLES_NEEDED, p: number) => (sorted.length < SAMPLES_NEEDED[name] ? null : percentile(sorted, p));
  return {
    count: sorted.length,
    min: sorted[0]!,
    p50: at('p50', 50),
    p90: at('p90', 90),
    p95: at('p95', 95),
    p99: at('p99', 99),
    'p99.9': at('p99.9', 99.9),
    max: sorted[sorted.length - 1]!,
    mean: sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length,
  };
}

/**
 * Linear between closest ranks: type 7 of Hyndman and Fan (1996), what R and NumPy do when not told otherwise.
 * `sorted` ascending and not empty, `p` from 0 to 100.
 */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const rank = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(rank)]!;
  const above = sorted[Math.ceil(rank)]!;
  return below + (above - below) * (rank - Math.floor(rank));
}
