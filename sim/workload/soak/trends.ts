/** Whether what a soak looked at round after round stood still: ratios of thirds and slopes, or a warning of what is too short for them. */
import type { Tags } from '../../measure/report.ts';
import type { Recorder } from '../workload.ts';
import { driftRatio } from './drift.ts';
import { beyondNoise, slopePerHour } from './slope.ts';
import type { Point } from './theil-sen.ts';

/** One figure a round at most, in the order of their times. */
export interface Series {
  readonly what: 'goodput' | 'memory' | 'descriptor';
  readonly tags: Tags;
  readonly points: readonly Point[];
}

export function recordTrends(all: readonly Series[], record: Pick<Recorder, 'value' | 'warn'>): void {
  const short: string[] = [];
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
  }
  if (short.length > 0) record.warn(`No slopes, since rounds are too few to tell them from noise: ${short.join(', ')}.`);
}
