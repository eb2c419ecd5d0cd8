/**
 * A line through points of which some lie far off: the median of the slopes of all pairs (Theil 1950; Sen, Journal of the American
 * Statistical Association 63, 1968), with Sen's interval. Points of several lives make pairs within a life alone, as months of many years
 * make pairs with their like (Hirsch, Slack and Smith, Water Resources Research 18, 1982).
 */
import { percentile } from '../../measure/summary.ts';

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Points in the order of their times, around a level of their own. */
export type Life = readonly Point[];

/** In the points' unit a millisecond. */
export interface Line {
  readonly perMs: number;
  /** Of so many standard deviations of Kendall's S to either side: 1.96 for 95 %, where no point resembles the one before. */
  readonly interval: (deviations: number) => Interval;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of lives of which one has two points at least. Ranks are rounded as SciPy's theilslopes rounds them; past the ends: the last slope. */
export function theilSen(lives: readonly Life[]): Line {
  const slopes = Float64Array.from(lives.flatMap(pairwise)).sort();
  const deviation = Math.sqrt(lives.reduce((sum, life) => sum + kendallVariance(life), 0));
  const interval = (deviations: number): Interval => {
    const low = Math.round((slopes.length - deviations * deviation) / 2) - 1;
    const high = Math.round((slopes.length + deviations * deviation) / 2);
    return { low: slopes[Math.max(low, 0)]!, high: slopes[Math.min(high, slopes.length - 1)]! };
  };
  return { perMs: percentile(slopes, 50), interval };
}

/** Two at the same time have none. */
function pairwise(life: Life): number[] {
  const slopes: number[] = [];
  for (const [index, later] of life.entries()) {
    for (let before = 0; before < index; before++) {
      const earlier = life[before]!;
      if (later.atMs > earlier.atMs) slopes.push((later.value - earlier.value) / (later.atMs - earlier.atMs));
    }
  }
  return slopes;
}

/** Of Kendall's S without a trend, corrected for ties (Kendall, Rank Correlation Methods, 1970, 4.9; Sen's equation 2.3). */
function kendallVariance(life: Life): number {
  const times = ties(life.map(({ atMs }) => atMs));
  const values = ties(life.map(({ value }) => value));
  const tied = [...times, ...values].reduce((sum, size) => sum + term(size), 0);
  return (term(life.length) - tied) / 18;
}

function term(n: number): number {
  return n * (n - 1) * (2 * n + 5);
}

/** How many there are of each value; a lone one counts for nothing in `term`. */
function ties(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
