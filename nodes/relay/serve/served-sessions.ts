/** Sessions that a served relay holds for its callers: opened over the API, used over SOCKS5 by their id. */
import { SessionError } from '../../errors.ts';
import type { RelayClient, RelaySession, SessionRequest } from '../../node.ts';

/** Failures remembered per session. */
const FAILURES_MAX = 64;

export interface Failure {
  readonly host: string;
  readonly port: number;
  readonly error: string;
  readonly message: string;
}

export interface ServedSession {
  readonly session: RelaySession;
  /** The newest last. */
  readonly failures: readonly Failure[];
  failed(failure: Failure): void;
}

export class ServedSessions {
  readonly #relay: RelayClient;
  readonly #sessions = new Map<string, ServedSession>();

  constructor(relay: RelayClient) {
    this.#relay = relay;
  }

  async open(request: SessionRequest): Promise<RelaySession> {
    const session = await this.#relay.openSession(request);
    const failures: Failure[] = [];
    const failed = (failure: Failure): void => {
      failures.push(failure);
      if (failures.length > FAILURES_MAX) failures.shift();
    };
    this.#sessions.set(session.id, { session, failures, failed });
    return session;
  }

  find(id: string): ServedSession | undefined {
    return this.#sessions.get(id);
  }

  /** @throws SessionError when there is none of this id. */
  get(id: string): ServedSession {
    const known = this.find(id);
    if (known === undefined) throw new SessionError(`no session ${id.slice(0, 16)} at this relay`);
    return known;
  }

  async close(id: string): Promise<void> {
    const known = this.#sessions.get(id);
    this.#sessions.delete(id);
    await known?.session[Symbol.asyncDispose]();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((id) => this.close(id)));
  }
}
