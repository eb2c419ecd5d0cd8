/** A relay whose pages are read: one session, opened when it is first needed and again when it was lost, and streams that are free. */
import type { Duplex } from 'node:stream';
import { SessionError } from '../../errors.ts';
import type { Clock, RelaySession, Waiting } from '../../node.ts';
import { SERVICE_PORT } from '../services.ts';
import { type Asker, PageStream } from './page-stream.ts';
import { PAGES_SERVICE } from './service.ts';

/** Kept open after the last reader left: the next page of the same site is a click away. */
const LINGER_MS = 60_000;
const FREE_STREAMS_MAX = 8;

export interface VisitOptions {
  readonly clock: Clock;
  /** The relay is this one: nothing is opened. */
  readonly local: Asker | undefined;
  open(waiting: Waiting): Promise<RelaySession>;
}

export class Visit {
  readonly #options: VisitOptions;
  readonly #free: PageStream[] = [];
  #session: Promise<RelaySession> | undefined;
  #opening = new AbortController();
  #lingering: AbortController | undefined;
  #readers = 0;
  /** Bytes of answers so far. */
  heardBytes = 0;

  constructor(options: VisitOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return this.#readers === 0;
  }

  /** Counts a reader in until it leaves. */
  enter(): void {
    this.#readers += 1;
    this.#lingering?.abort();
  }

  leave(): void {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    // A session that is still being opened is wanted by nobody any more.
    this.#opening.abort(new SessionError('nobody waits for this session'));
    this.#opening = new AbortController();
    void this.#linger();
  }

  /** @throws what opening a session throws. */
  async stream({ signal }: Waiting): Promise<Asker> {
    if (this.#options.local !== undefined) return this.#options.local;
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) if (free.dead === undefined) return free;
    const known = this.#session !== undefined;
    try {
      return this.#streamOver(await this.#connect(signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (!known || !(error instanceof SessionError)) throw error;
      // The session had ended without anybody knowing.
      return this.#streamOver(await this.#connect(signal));
    }
  }

  /** Of a reader that is done: kept for the next one where nothing is owed on it. */
  giveBack(asker: Asker): void {
    if (asker instanceof PageStream && asker.idle && asker.dead === undefined && this.#free.length < FREE_STREAMS_MAX)
      this.#free.push(asker);
    else asker.close();
  }

  async close(): Promise<void> {
    this.#lingering?.abort();
    this.#opening.abort(new SessionError('the visit is over'));
    for (const stream of this.#free.splice(0)) stream.close();
    const session = this.#session;
    this.#session = undefined;
    await session?.then((open) => open[Symbol.asyncDispose]()).catch(() => {});
  }

  async #connect(signal: AbortSignal | undefined): Promise<Duplex> {
    this.#session ??= this.#options.open({ signal: this.#opening.signal });
    const opening = this.#session;
    opening.catch(() => {});
    try {
      const session = await settled(opening, signal);
      return await session.connect(PAGES_SERVICE, SERVICE_PORT, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#session === opening) {
        this.#session = undefined;
        opening.then((session) => session[Symbol.asyncDispose]()).catch(() => {});
      }
      throw error;
    }
  }

  #streamOver(duplex: Duplex): Asker {
    return new PageStream(duplex, this.#options.clock, (bytes) => {
      this.heardBytes += bytes;
    });
  }

  async #linger(): Promise<void> {
    const lingering = new AbortController();
    this.#lingering = lingering;
    try {
      await this.#options.clock.sleep(LINGER_MS, { signal: lingering.signal, passive: true });
      if (this.idle) await this.close();
    } catch {
      // somebody came
    }
  }
}

const settled = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    aborted.promise.catch(() => {});
  }
};
