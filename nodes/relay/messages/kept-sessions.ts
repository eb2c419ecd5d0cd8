/** Sessions that messages travel through: opened for the first, kept for the next ones and for answers, closed after a while unused. */
import { SessionError } from '../../errors.ts';
import type { Clock, RelaySession, SessionRequest } from '../../node.ts';
import { Alarm } from '../alarm.ts';

const KEPT_MAX = 32;
/** Answers to an anonymous message come through its session: for so long after the last one. */
const KEPT_IDLE_MS = 300_000;

interface Kept {
  readonly opening: Promise<RelaySession>;
  readonly idle: Alarm;
  users: number;
  usedMs: number;
}

export interface KeptSessionsOptions {
  readonly clock: Clock;
  open(request: SessionRequest): Promise<RelaySession>;
  /** Called once for each session before its first use. */
  opened(session: RelaySession, request: SessionRequest): Promise<void>;
}

export class KeptSessions {
  readonly #options: KeptSessionsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: KeptSessionsOptions) {
    this.#options = options;
  }

  /** One that broke is replaced. @throws what `open` throws, SessionError past KEPT_MAX. */
  async use<T>(request: SessionRequest, work: (session: RelaySession) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const { signal: _, ...asked } = request;
    const key = JSON.stringify(asked);
    const kept = this.#kept.get(key) ?? this.#open(key, asked);
    kept.users += 1;
    kept.idle.clear();
    try {
      const session = await kept.opening;
      try {
        return await work(session);
      } catch (error) {
        if (error instanceof SessionError && session.ended !== undefined) this.#forget(key, kept);
        throw error;
      }
    } finally {
      kept.users -= 1;
      kept.usedMs = clock.now();
      if (kept.users === 0 && this.#kept.get(key) === kept) kept.idle.set(kept.usedMs + KEPT_IDLE_MS);
    }
  }

  #open(key: string, request: SessionRequest): Kept {
    if (this.#kept.size >= KEPT_MAX) this.#makeRoom();
    const { clock, open, opened } = this.#options;
    const opening = open(request).then(async (session) => {
      await opened(session, request);
      return session;
    });
    const kept: Kept = { opening, users: 0, usedMs: clock.now(), idle: new Alarm(clock, () => this.#forget(key, kept)) };
    this.#kept.set(key, kept);
    opening.catch(() => this.#forget(key, kept));
    return kept;
  }

  #makeRoom(): void {
    const [oldest] = [...this.#kept].filter(([, { users }]) => users === 0).sort(([, one], [, other]) => one.usedMs - other.usedMs);
    if (oldest === undefined) throw new SessionError(`messages are on their way to ${KEPT_MAX} relays: that is the limit`);
    this.#forget(...oldest);
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    kept.idle.clear();
    kept.opening.then((session) => session[Symbol.asyncDispose]()).catch(() => {});
  }
}
