/** How far the proxy's deliveries were from their time: absolute, in steps of 10 µs up to a second; what is beyond counts as a second, its maximum exact. */
import type { ErrorSummary } from './configuration.ts';

const STEP_US = 10;
const STEPS = 100_000;
const US_PER_MS = 1_000;

export class ErrorHistogram {
  readonly #counts = new Uint32Array(STEPS + 1);
  #count = 0;
  #maxUs = 0;

  add(errorUs: number): void {
    const us = Math.abs(errorUs);
    this.#counts[Math.min(STEPS, Math.floor(us / STEP_US))]! += 1;
    this.#count += 1;
    this.#maxUs = Math.max(this.#maxUs, us);
  }

  /** Percentiles are the upper edge of their step. */
  summary(): ErrorSummary | null {
    if (this.#count === 0) return null;
    return { count: this.#count, p50: this.#percentile(0.5), p99: this.#percentile(0.99), max: this.#maxUs / US_PER_MS };
  }

  #percentile(share: number): number {
    const rank = Math.ceil(share * this.#count);
    let seen = 0;
    const step = this.#counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return Math.min(((step + 1) * STEP_US) / US_PER_MS, this.#maxUs / US_PER_MS);
  }
}
