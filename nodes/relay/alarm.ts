/** One wake-up that can be moved: sleeps on the clock handed in, and never while nothing is due. */
import type { Clock } from '../node.ts';

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #sleep: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  get armed(): boolean {
    return this.#sleep !== undefined;
  }

  /** Infinity: not at all. */
  set(atMs: number): void {
    if (atMs === this.#atMs) return;
    this.clear();
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#atMs = atMs;
    const sleep = new AbortController();
    this.#sleep = sleep;
    this.#clock.sleep(Math.max(0, atMs - this.#clock.now()), { signal: sleep.signal }).then(
      () => {
        if (this.#sleep !== sleep) return;
        this.clear();
        this.#ring();
      },
      () => {}, // moved or cleared
    );
  }

  clear(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
    const sleep = this.#sleep;
    this.#sleep = undefined;
    sleep?.abort();
  }
}
