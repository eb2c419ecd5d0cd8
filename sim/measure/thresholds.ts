/** Whether a run held what its scenario asks of it. */
import type { Comparison, Stat, ThresholdPlan } from '../scenario/plan.ts';
import type { Metric, ThresholdResult } from './report.ts';
import { tagsMatch } from './tags.ts';

const HOLDS: Record<Comparison, (measured: number, bound: number) => boolean> = {
  '<': (measured, bound) => measured < bound,
  '<=': (measured, bound) => measured <= bound,
  '==': (measured, bound) => measured === bound,
  '>=': (measured, bound) => measured >= bound,
  '>': (measured, bound) => measured > bound,
  '!=': (measured, bound) => measured !== bound,
};

/**
 * Every metric whose tags include the threshold's must hold; `measured` is the worst of them, in the metric's unit. Nothing measured,
 * or too few samples for the percentile asked for, is null and fails: a threshold that was not tried did not pass.
 */
export function judge(threshold: ThresholdPlan, metrics: readonly Metric[]): ThresholdResult {
  const found = metrics.filter((metric) => metric.name === threshold.metric && tagsMatch(metric.tags, threshold.tags));
  const measured = found.map((metric) => statOf(metric, threshold.stat));
  const numbers = measured.filter((value) => value !== null);
  const whole = numbers.length > 0 && numbers.length === measured.length;
  return {
    text: threshold.text,
    at: threshold.at,
    stat: threshold.stat,
    measured: whole ? worst(numbers, threshold) : null,
    passed: whole && numbers.every((value) => HOLDS[threshold.comparison](value, threshold.bound)),
  };
}

/** A stat of a metric in its unit; null where the metric has no such stat or too few samples for it. */
export function statOf(metric: Metric, stat: Stat): number | null {
  if (stat === 'value') return metric.value ?? null;
  return metric.summary?.[stat] ?? null;
}

/** The one furthest on the wrong side; of at least one. */
export function worst(values: readonly number[], { comparison, bound }: ThresholdPlan): number {
  if (comparison.startsWith('>')) return Math.min(...values);
  if (comparison.startsWith('<')) return Math.max(...values);
  return values.find((value) => !HOLDS[comparison](value, bound)) ?? values[0]!;
}
