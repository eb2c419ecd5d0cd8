/** Thresholds that end a run as soon as they are missed, rather than after an hour of more of the same. */
import { WorkloadError } from '../../nodes/errors.ts';
import type { ThresholdPlan } from '../scenario/plan.ts';
import { samplesNeeded } from '../scenario/stats.ts';
import type { MetricName } from './metrics.ts';
import type { Metric, Tags } from './report.ts';
import { tagsMatch } from './tags.ts';
import { judge } from './thresholds.ts';

/** A stat is looked at again when there are so many times as many samples: sorting them at each would cost more than taking them. */
const GROWTH = 1.25;
/** Below this a median is an accident. */
const SAMPLES_MIN = 10;

export class EarlyAbort {
  readonly #thresholds: readonly ThresholdPlan[];
  readonly #next = new Map<string, number>();
  readonly #controller = new AbortController();

  constructor(thresholds: readonly ThresholdPlan[]) {
    this.#thresholds = thresholds.filter(({ abortEarly }) => abortEarly === true);
  }

  /** Aborts with a WorkloadError that names the threshold. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Told of every value and sample; `metric` is asked for only where a threshold is about it. `key` tells its series apart. */
  recorded(name: MetricName, tags: Tags, key: string, count: number, metric: () => Metric): void {
    for (const threshold of this.#thresholds) {
      if (threshold.metric !== name || !tagsMatch(tags, threshold.tags) || !this.#isDue(threshold, key, count)) continue;
      const { passed, measured } = judge(threshold, [metric()]);
      if (passed) continue;
      this.#controller.abort(
        new WorkloadError(`${threshold.at}: ${threshold.text} (measured ${measured}): missed, and the scenario asks to end there`),
      );
    }
  }

  #isDue({ stat, at }: ThresholdPlan, key: string, count: number): boolean {
    if (stat === 'value' || stat === 'min' || stat === 'max') return true;
    const series = `${at} ${key}`;
    if (count < (this.#next.get(series) ?? Math.max(SAMPLES_MIN, samplesNeeded(stat)))) return false;
    this.#next.set(series, Math.ceil(count * GROWTH));
    return true;
  }
}
