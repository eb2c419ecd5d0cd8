/** Whether something grows, told from noise: its slope once warmed up, and how much of that chance does not explain. */
import { percentile } from '../../measure/summary.ts';
import { type Point, theilSen } from './theil-sen.ts';

/** As a share of the series' median an hour; `low` to `high` holds the true slope 99 times in 100. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer say nothing of how much a figure resembles the one before. */
const POINTS_MIN = 8;
/** Every pair of them is looked at. More are thinned evenly: a day of short rounds has tens of thousands. */
const POINTS_MAX = 1_000;
const HOUR_MS = 3_600_000;
/** The normal deviate that 99 of 100 lie within. */
const Z_99 = 2.5758293035489;

/**
 * Of points in the order of their times, without their first third, which is warming up; null where fewer than eight are left, or where
 * their median is 0. A process that starts anew holds less than it did: such steps are noise of the series, and widen its interval.
 */
export function slopePerHour(series: readonly Point[]): Slope | null {
  const points = thinned(series.slice(Math.ceil(series.length / 3)));
  if (points.length < POINTS_MIN) return null;
  const median = percentile(Float64Array.from(points, ({ value }) => value).sort(), 50);
  if (median === 0) return null;
  const { perMs, low, high } = theilSen(points, Z_99);
  const share = (slope: number) => (slope * HOUR_MS) / median;
  return { perHour: share(perMs), low: share(low), high: share(high) };
}

/** The end of the interval nearer to 0, its sign kept; 0 where the interval holds 0. */
export function beyondNoise({ low, high }: Slope): number {
  if (low > 0) return low;
  return high < 0 ? high : 0;
}

function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= POINTS_MAX) return points;
  return Array.from({ length: POINTS_MAX }, (_, index) => points[Math.floor(((index + 0.5) * points.length) / POINTS_MAX)]!);
}
