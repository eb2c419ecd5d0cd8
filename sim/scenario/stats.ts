/** The stats that a scenario may name, and how many samples a percentile needs before it says anything. */
import { SAMPLES_NEEDED } from '../measure/summary.ts';
import type { Stat } from './plan.ts';

export const STATS = ['value', 'count', 'min', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean'] as const satisfies readonly Stat[];

export function samplesNeeded(stat: Stat): number {
  return stat in SAMPLES_NEEDED ? SAMPLES_NEEDED[stat as keyof typeof SAMPLES_NEEDED] : 0;
}
