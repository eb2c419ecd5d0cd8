/** What the workloads measured so far, and how it becomes the metrics of a report. */
import type { Recorder } from '../workload/workload.ts';
import { METRICS, type MetricKind, type MetricName } from './metrics.ts';
import type { Metric, Sample, Tags } from './report.ts';
import { summarize } from './summary.ts';
import { tagsMatch, tagText } from './tags.ts';

/** A run is minutes of thousands of units a second at most; past this each further sample is counted as left out and said. */
const SAMPLES_MAX = 2_000_000;

interface Series {
  readonly name: MetricName;
  readonly tags: Tags;
  readonly values: number[];
}

export class RunRecorder implements Recorder {
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #exact: boolean;
  readonly #series = new Map<string, Series>();
  readonly #samples: Sample[] = [];
  readonly #warnings = new Set<string>();
  #leftOut = 0;

  /** @param now ms of the network's clock; @param exact everything is virtual time, so every metric is exact. */
  constructor(now: () => number, exact: boolean) {
    this.#now = now;
    this.#startMs = now();
    this.#exact = exact;
  }

  value(name: MetricName, tags: Tags, value: number): void {
    const series = this.#of(name, tags, 'value', value);
    if (series.values.length > 0) this.warn(`${name}{${tagText(tags)}} was measured twice in this run: the later figure stands.`);
    series.values[0] = value;
  }

  sample(name: MetricName, tags: Tags, value: number): void {
    const series = this.#of(name, tags, 'samples', value);
    if (this.#samples.length >= SAMPLES_MAX) {
      this.#leftOut += 1;
      return;
    }
    const kept = METRICS[name].unit === 'ms' ? wholeUs(value) : value;
    series.values.push(kept);
    this.#samples.push({ metric: name, tags: series.tags, atMs: wholeUs(this.#now() - this.#startMs), value: kept });
  }

  warn(text: string): void {
    this.#warnings.add(text);
  }

  best(name: MetricName, tags: Tags): number | null {
    const values = [...this.#series.values()]
      .filter((series) => series.name === name && tagsMatch(series.tags, tags))
      .flatMap((s) => s.values);
    if (values.length === 0) return null;
    return METRICS[name].better === 'lower' ? Math.min(...values) : Math.max(...values);
  }

  /** In the order of METRICS, then as they came. Of each headline name the one over the most hops opens the report. */
  metrics(): Metric[] {
    const measured = [...this.#series.values()].filter((series) => series.values.length > 0);
    return Object.keys(METRICS).flatMap((name) => {
      const named = measured.filter((series) => series.name === name);
      const farthest = Math.max(...named.map((series) => Number(series.tags.hops ?? 0)));
      return named.map((series) => this.#metric(series, Number(series.tags.hops ?? 0) === farthest));
    });
  }

  samples(): readonly Sample[] {
    return this.#samples;
  }

  warnings(): string[] {
    const leftOut = this.#leftOut === 0 ? [] : [`${this.#leftOut} samples past the first ${SAMPLES_MAX} were left out.`];
    return [...this.#warnings, ...leftOut];
  }

  #metric({ name, tags, values }: Series, farthest: boolean): Metric {
    const kind: MetricKind = METRICS[name];
    return {
      name,
      unit: kind.unit,
      class: this.#exact ? 'exact' : kind.class,
      better: kind.better,
      ...(kind.headline === true && farthest ? { headline: true } : {}),
      tags,
      ...(kind.shape === 'value' ? { value: values[0]! } : { summary: summarize(values) }),
    };
  }

  /** A metric that METRICS does not list so, or a number that is none, is a bug of the workload. */
  #of(name: MetricName, tags: Tags, shape: MetricKind['shape'], value: number): Series {
    const kind: MetricKind = METRICS[name];
    const unknown = Object.keys(tags).find((tag) => !kind.tags.includes(tag));
    if (kind.shape !== shape) throw new TypeError(`${name} takes ${kind.shape === 'value' ? 'one value' : 'samples'}`);
    if (unknown !== undefined) throw new TypeError(`${name} has no tag ${unknown}: METRICS lists ${kind.tags.join(', ')}`);
    if (!Number.isFinite(value)) throw new TypeError(`${name}{${tagText(tags)}} cannot be ${value}`);
    const key = `${name}{${tagText(tags)}}`;
    const series = this.#series.get(key) ?? { name, tags: { ...tags }, values: [] };
    this.#series.set(key, series);
    return series;
  }
}

/** Clocks have microseconds; what a difference of two times has beyond is the noise of binary fractions. */
function wholeUs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
