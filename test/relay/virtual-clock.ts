/** A clock for tests: time stands still while anything runs, then jumps to the next sleeper. Ties go to who slept first. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../nodes/node.ts';

interface Sleeper {
  readonly atMs: number;
  readonly sequence: number;
  wake(): void;
}

export class VirtualClock implements Clock {
  readonly kind = 'virtual';
  #nowMs = 0;
  #sequence = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        atMs: this.#nowMs + ms,
        sequence: this.#sequence++,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Runs the clock until the work is done. @throws when nothing is left to wait for, or after `limitMs` of virtual time. */
  async run<T>(work: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    done.catch(() => {});
    for (;;) {
      // Streams of node hop over ticks and turns before they are quiet.
      for (let turns = 0; turns < 4 && !over; turns++) await turn();
      if (over) return done;
      const next = this.#next();
      if (next === undefined) throw new Error(`virtual time stalled at ${this.#nowMs} ms: somebody waits and nobody sleeps`);
      if (next.atMs > limitMs) throw new Error(`not done after ${limitMs} ms of virtual time`);
      this.#sleepers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      const earlier = next === undefined || sleeper.atMs < next.atMs || (sleeper.atMs === next.atMs && sleeper.sequence < next.sequence);
      if (earlier) next = sleeper;
    }
    return next;
  }
}
