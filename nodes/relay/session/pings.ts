/** Pings that wait for their answer. */
import { SessionError } from '../../errors.ts';

export const PINGS_MAX = 256;

export class Pings {
  readonly #waiting = new Map<number, { resolve(atMs: number): void; reject(error: Error): void }>();
  #next = 0;

  /** For a ping whose answer tells enough by coming at all. */
  takeId(): number {
    return this.#next++;
  }

  waits(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** Resolves with when the answer came. @throws SessionError past the limit, and whatever ends it. */
  async answer(id: number, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted();
    if (this.#waiting.size >= PINGS_MAX) throw new SessionError(`${PINGS_MAX} pings wait for their answer: that is the limit`);
    let abort = () => {};
    try {
      return await new Promise<number>((resolve, reject) => {
        abort = () => reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#waiting.set(id, { resolve, reject });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(id);
    }
  }

  answered(id: number, atMs: number): void {
    this.#waiting.get(id)?.resolve(atMs);
  }

  end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
