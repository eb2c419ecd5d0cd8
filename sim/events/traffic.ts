/** What workloads moved, and when: in bins of the network's clock, so that an hour of it stays small. */

/** Fine enough for a pause of a second to be seen, coarse enough for a unit of the slowest carrier to fall into most of them. */
export const BIN_MS = 250;
/** A day of bins; what moves later counts into the last. */
const BINS_MAX = 345_600;

/** A time in which something was to move all the while: one transfer, one row of payments. */
export interface Span {
  readonly fromMs: number;
  /** null: it has not ended. */
  toMs: number | null;
  /** Whether all of it arrived. */
  whole: boolean;
  readonly unit: TrafficUnit;
  /** Of the workload whose it is. */
  readonly workload: number;
}

export type TrafficUnit = 'B' | 'payments';

/** What a workload tells. */
export interface TrafficMeter {
  /** So much arrived, and was right as far as one can tell by now. */
  moved(units: number): void;
  /** Something is to move as long as the work lasts. */
  during<T>(unit: TrafficUnit, work: () => Promise<T>): Promise<T>;
}

export class Traffic implements TrafficMeter {
  readonly #now: () => number;
  readonly #startMs: number;
  /** Units per bin, from the start on. */
  readonly bins: number[] = [];
  readonly spans: Span[] = [];
  /** Index of the one that runs. */
  workload = 0;
  #begun: (() => void)[] = [];

  /** @param now ms of the network's clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
  }

  /** Since the traffic's own beginning. */
  get ms(): number {
    return this.#now() - this.#startMs;
  }

  moved(units: number): void {
    const bin = Math.min(Math.floor(this.ms / BIN_MS), BINS_MAX - 1);
    while (this.bins.length <= bin) this.bins.push(0);
    this.bins[bin]! += units;
    for (const begins of this.#begun.splice(0)) begins();
  }

  /** Resolves when the next unit arrives. */
  next(): Promise<void> {
    return new Promise((begins) => this.#begun.push(begins));
  }

  async during<T>(unit: TrafficUnit, work: () => Promise<T>): Promise<T> {
    const span: Span = { fromMs: this.ms, toMs: null, whole: false, unit, workload: this.workload };
    this.spans.push(span);
    try {
      const done = await work();
      span.whole = true;
      return done;
    } finally {
      span.toMs = this.ms;
    }
  }
}
