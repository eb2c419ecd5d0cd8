/** Pings that wait for their answer. */
import { SessionError } from '../../errors.ts';

const PINGS_MAX = 256;

export class Pings {
  readonly #waiting = new Map<number, { resolve(atMs: number): void; reject(error: Error): void }>();
  #next = 0;
  /** The newest ping that asks whether anybody is there. */
  #asking: number | null = null;

  /** For a ping whose answer tells enough by coming at all. */
  takeId(): number {
    return this.#next++;
  }

  /** For one that asks whether anybody is there, until it is answered or the next one asks. */
  askId(): number {
    this.#asking = this.takeId();
    return this.#asking;
  }

  /** Whether it is sent anew when it is lost. */
  waits(id: number): boolean {
    return id === this.#asking || this.#waiting.has(id);
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
    if (id === this.#asking) this.#asking = null;
    this.#waiting.get(id)?.resolve(atMs);
  }

  end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
