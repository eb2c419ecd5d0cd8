/** Whether what a soak looked at round after round stood still: ratios of thirds and slopes, or a warning of what is too short for them. */
import type { Tags } from '../../measure/report.ts';
import type { Recorder } from '../workload.ts';
import { driftRatio } from './drift.ts';
import { beyondNoise, type Sample, type Slope, slopePerHour } from './slope.ts';

/** One figure a round at most, in the order of their times. */
export interface Series {
  readonly what: 'goodput' | 'memory' | 'descriptor';
  readonly tags: Tags;
  readonly points: readonly Sample[];
}

/** Wider, an interval hides a leak of a quarter an hour: that nothing is beyond noise says little then. */
const WIDTH_PER_HOUR_MAX = 0.5;

export function recordTrends(all: readonly Series[], record: Pick<Recorder, 'value' | 'warn'>): void {
  const short: string[] = [];
  const wide: string[] = [];
  for (const { what, tags, points } of all) {
    const of = Object.values(tags).join();
    const ratio = driftRatio(points.map(({ value }) => value));
    if (ratio !== null) record.value(`${what}_drift_ratio`, tags, ratio);
    else record.warn(`No ${what}_drift_ratio of ${of}: ${points.length} rounds are too few to tell a drift.`);
    const slope = slopePerHour(points);
    if (slope === null) {
      short.push(`${what} of ${of} (${points.length})`);
      continue;
    }
    record.value(`${what}_slope_per_h`, tags, slope.perHour);
    record.value(`${what}_slope_beyond_noise_per_h`, tags, beyondNoise(slope));
    if (widthOf(slope) > WIDTH_PER_HOUR_MAX) wide.push(`${what} of ${of} (±${Math.round(50 * widthOf(slope))} %)`);
  }
  if (short.length > 0) record.warn(`No slopes, since rounds of one life are too few to tell them from noise: ${short.join(', ')}.`);
  if (wide.length > 0) record.warn(`Slopes that are known to so much an hour only: ${wide.join(', ')}.`);
}

function widthOf({ low, high }: Slope): number {
  return high - low;
}
