/** What the workloads measured so far, and how it becomes the metrics of a report. */
import type { Recorder } from '../workload/workload.ts';
import { Distribution, EXACT_MAX, HISTOGRAM_ERROR } from './distribution.ts';
import type { EarlyAbort } from './early-abort.ts';
import { type Arrivals, type GoodputLine, goodputLine } from './goodput-line.ts';
import { METRICS, type MetricKind, type MetricName } from './metrics.ts';
import type { Metric, Sample, Tags } from './report.ts';
import { tagsMatch, tagText } from './tags.ts';

/** Rows of samples.csv; past this the summaries go on and the rows do not, which is said. */
const SAMPLES_MAX = 1_000_000;

/** A scenario has some dozens of transfers; a report of hundreds of lines is read by nobody. */
const LINES_MAX = 400;

interface Series {
  readonly name: MetricName;
  readonly tags: Tags;
  readonly key: string;
  value: number | null;
  readonly samples: Distribution;
}

export interface RecorderOptions {
  /** Told of every value and sample; see EarlyAbort. */
  readonly recorded?: EarlyAbort['recorded'];
  /** Hears of each sample as it is taken. */
  readonly told?: ((sample: Sample) => void) | undefined;
}

export class RunRecorder implements Recorder {
  readonly #now: () => number;
  readonly #told: (sample: Sample) => void;
  #startMs: number;
  readonly #exact: boolean;
  readonly #series = new Map<string, Series>();
  readonly #samples: Sample[] = [];
  readonly #warnings = new Set<string>();
  readonly #notes = new Set<string>();
  readonly #recorded: RecorderOptions['recorded'];
  readonly #goodput: GoodputLine[] = [];

  #leftOut = 0;

  /** @param now ms of the network's clock; @param exact everything is virtual time, so every metric is exact. */
  constructor(now: () => number, exact: boolean, { recorded, told = () => {} }: RecorderOptions = {}) {
    this.#recorded = recorded;
    this.#told = told;
    this.#now = now;
    this.#startMs = now();
    this.#exact = exact;
  }

  /** The workloads begin: times are counted from now. */
  begin(): void {
    this.#startMs = this.#now();
  }

  value(name: MetricName, tags: Tags, value: number): void {
    const series = this.#of(name, tags, 'value', value);
    if (series.value !== null) this.warn(`${name}{${tagText(tags)}} was measured twice in this run: the later figure stands.`);
    series.value = value;
    this.#recorded?.(name, tags, series.key, 1, () => this.#metric(series, false));
  }

  sample(name: MetricName, tags: Tags, value: number): void {
    const series = this.#of(name, tags, 'samples', value);
    const kept = METRICS[name].unit === 'ms' ? wholeUs(value) : value;
    series.samples.add(kept);
    const taken = { metric: name, tags: series.tags, atMs: wholeUs(this.#now() - this.#startMs), value: kept };
    if (this.#samples.length >= SAMPLES_MAX) this.#leftOut += 1;
    else this.#samples.push(taken);
    this.#told(taken);
    this.#recorded?.(name, tags, series.key, series.samples.count, () => this.#metric(series, false));
  }

  goodput(of: Tags & { readonly workload: string }, arrivals: Arrivals): void {
    const line = goodputLine(of, arrivals, this.#startMs);
    if (line !== null && this.#goodput.length < LINES_MAX) this.#goodput.push(line);
  }

  warn(text: string): void {
    this.#warnings.add(text);
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  best(name: MetricName, tags: Tags): number | null {
    const values = [...this.#series.values()]
      .filter((series) => series.name === name && tagsMatch(series.tags, tags))
      .flatMap(({ value }) => value ?? []);
    if (values.length === 0) return null;
    return METRICS[name].better === 'lower' ? Math.min(...values) : Math.max(...values);
  }

  /** In the order of METRICS, then as they came. Of each headline name the one over the most hops opens the report. */
  metrics(): Metric[] {
    const measured = [...this.#series.values()].filter(({ value, samples }) => value !== null || samples.count > 0);
    return Object.keys(METRICS).flatMap((name) => {
      const named = measured.filter((series) => series.name === name);
      const farthest = Math.max(...named.map((series) => Number(series.tags.hops ?? 0)));
      return named.map((series) => this.#metric(series, Number(series.tags.hops ?? 0) === farthest));
    });
  }

  /** In the order in which they were measured. */
  goodputLines(): readonly GoodputLine[] {
    return this.#goodput;
  }

  samples(): readonly Sample[] {
    return this.#samples;
  }

  warnings(): string[] {
    const leftOut =
      this.#leftOut === 0
        ? []
        : [`${this.#leftOut} samples past the first ${SAMPLES_MAX} are not in samples.csv; the summaries count them.`];
    return [...this.#warnings, ...leftOut];
  }

  /** How it was measured. */
  notes(): string[] {
    const counted = [...this.#series.values()]
      .filter(({ samples }) => !samples.exact)
      .map(
        ({ key }) => `${key}: more than ${EXACT_MAX} samples; its percentiles are those of a histogram, within ${100 * HISTOGRAM_ERROR} %.`,
      );
    return [...this.#notes, ...counted];
  }

  #metric({ name, tags, value, samples }: Series, farthest: boolean): Metric {
    const kind: MetricKind = METRICS[name];
    return {
      name,
      unit: kind.unit,
      class: this.#exact ? 'exact' : kind.class,
      better: kind.better,
      ...(kind.headline === true && farthest ? { headline: true } : {}),
      tags,
      ...(kind.shape === 'value' ? { value: value! } : { summary: samples.summary() }),
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
    const series = this.#series.get(key) ?? { name, tags: { ...tags }, key, value: null, samples: new Distribution() };
    this.#series.set(key, series);
    return series;
  }
}

/** Clocks have microseconds; what a difference of two times has beyond is the noise of binary fractions. */
function wholeUs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
