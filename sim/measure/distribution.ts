/** Many samples of one metric: each of them up to a million, an HDR histogram of them beyond (Tene's HdrHistogram, 3 significant digits). */
import { build, type Histogram } from 'hdr-histogram-js';
import type { Summary } from './report.ts';
import { SAMPLES_NEEDED, summarize } from './summary.ts';

export const EXACT_MAX = 1_000_000;
/** A histogram counts whole numbers: of milliseconds the microseconds. */
const STEPS_PER_UNIT = 1_000;
/** How far a percentile of the histogram may be from the sample it stands for. */
export const HISTOGRAM_ERROR = 0.001;

export class Distribution {
  #values: number[] = [];
  #histogram: Histogram | null = null;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  readonly #exactMax: number;

  constructor(exactMax = EXACT_MAX) {
    this.#exactMax = exactMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether every sample is still there. */
  get exact(): boolean {
    return this.#histogram === null;
  }

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    if (this.#histogram === null && this.#values.length < this.#exactMax) return void this.#values.push(value);
    if (this.#histogram === null) this.#toHistogram();
    this.#histogram?.recordValue(steps(value));
  }

  /** Of at least one sample. */
  summary(): Summary {
    const histogram = this.#histogram;
    if (histogram === null) return summarize(this.#values);
    const at = (stat: keyof typeof SAMPLES_NEEDED, percentile: number) =>
      this.#count < SAMPLES_NEEDED[stat] ? null : histogram.getValueAtPercentile(percentile) / STEPS_PER_UNIT;
    return {
      count: this.#count,
      min: this.#min,
      p50: at('p50', 50),
      p90: at('p90', 90),
      p95: at('p95', 95),
      p99: at('p99', 99),
      'p99.9': at('p99.9', 99.9),
      max: this.#max,
      mean: this.#sum / this.#count,
    };
  }

  #toHistogram(): void {
    this.#histogram = build({ bitBucketSize: 'packed', autoResize: true, numberOfSignificantValueDigits: 3 });
    for (const value of this.#values) this.#histogram.recordValue(steps(value));
    this.#values = [];
  }
}

/** A difference of two clocks may come out below nothing; a histogram has no place for it. */
function steps(value: number): number {
  return Math.max(0, Math.round(value * STEPS_PER_UNIT));
}
