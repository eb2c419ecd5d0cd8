/** One reader at one relay: asks over a stream of its own, and goes on over another when that is lost, as long as bytes come. */
import { DeadlineError, NotFoundError, PaymentFailedError, PeerError, RefusedError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import type { Answer, Request } from './messages.ts';
import type { Asker } from './page-stream.ts';

/** In a row, with nothing that arrived between them. */
const ATTEMPTS_MAX = 5;
const RETRY_MS = 500;

export interface ReadingOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  stream(waiting: { readonly signal: AbortSignal }): Promise<Asker>;
  giveBack(asker: Asker): void;
  heardBytes(): number;
}

export class Reading implements Disposable {
  readonly #options: ReadingOptions;
  readonly #givenUp: Promise<never>;
  #asker: Promise<Asker> | undefined;

  constructor(options: ReadingOptions) {
    const { signal } = options;
    this.#options = options;
    this.#givenUp = new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.#givenUp.catch(() => {}); // whoever waits hears it
  }

  /** The answers' bytes, asked for at once. @throws NotFoundError, RefusedError, IntegrityError, and what a session throws, past ATTEMPTS_MAX. */
  ask(request: Request): Promise<Uint8Array>[] {
    const first = this.#stream().then((asker) => asker.ask(request));
    const count = request.kind === 'chunks' ? request.hashes.length : 1;
    return Array.from({ length: count }, (_, index) => {
      const one: Request = request.kind === 'chunks' ? { kind: 'chunks', hashes: request.hashes.slice(index, index + 1) } : request;
      const answer = this.#again(one, async () => (await first)[index] as Promise<Answer>);
      answer.catch(() => {}); // asked ahead: nobody may wait for it yet
      return answer;
    });
  }

  [Symbol.dispose](): void {
    this.#asker?.then((asker) => this.#options.giveBack(asker)).catch(() => {});
  }

  async #again(request: Request, begin: () => Promise<Answer>): Promise<Uint8Array> {
    const { clock, signal } = this.#options;
    let attempt = begin;
    for (let failed = 0; ; ) {
      const before = this.#options.heardBytes();
      try {
        return bytesOf(await Promise.race([attempt(), this.#givenUp]));
      } catch (error) {
        signal.throwIfAborted();
        if (!passes(error)) throw error;
        failed = this.#options.heardBytes() > before ? 1 : failed + 1;
        if (failed >= ATTEMPTS_MAX) throw error;
      }
      await clock.sleep(RETRY_MS * 2 ** (failed - 1), { signal });
      attempt = async () => (await this.#stream()).ask(request)[0] as Promise<Answer>;
    }
  }

  async #stream(): Promise<Asker> {
    this.#asker ??= this.#options.stream(this.#options);
    const asking = this.#asker;
    try {
      const asker = await asking;
      if (asker.dead === undefined) return asker;
    } catch (error) {
      if (this.#asker === asking) this.#asker = undefined;
      throw error;
    }
    if (this.#asker === asking) this.#asker = undefined;
    return this.#stream();
  }
}

/** The next attempt may fare better. */
const passes = (error: unknown): boolean =>
  error instanceof SessionError || error instanceof PeerError || error instanceof DeadlineError || error instanceof PaymentFailedError;

const bytesOf = (answer: Answer): Uint8Array => {
  if (answer.kind === 'found') return answer.bytes;
  throw answer.kind === 'missing' ? new NotFoundError(answer.reason) : new RefusedError(answer.reason);
};
