/**
 * Sessions that SOCKS5 clients get by naming an exit as their user: `n5.peer-message`, or a public key and a carrier. Each is opened
 * when the first client asks for it, shared by all who name it, and closed once nobody has used it for a while.
 */
import { RefusedError, SessionError } from '../../errors.ts';
import type { Clock, Identity, RelaySession, SessionRequest, Waiting } from '../../node.ts';
import { CARRIERS, type CarrierKind } from '../../plan.ts';
import { Alarm } from '../alarm.ts';
import type { ServedSession, ServedSessions } from './served-sessions.ts';

const ON_DEMAND_MAX = 16;
const ON_DEMAND_IDLE_MS = 300_000;
/** Another exit than the first that was named: one handshake. */
const OPEN_DEADLINE_MS = 60_000;

/** The public key of a node by its alias. @throws RefusedError when none or several have it. */
export type NodeKey = (alias: string, waiting?: Waiting) => Promise<string>;

export interface OnDemandOptions {
  readonly sessions: ServedSessions;
  readonly clock: Clock;
  readonly nodeKey: NodeKey;
}

/** A session in use; `release` once. */
export interface Use {
  readonly served: ServedSession;
  release(): void;
}

interface Shared {
  readonly opening: Promise<ServedSession>;
  served: ServedSession | undefined;
  users: number;
  usedMs: number;
  readonly idle: Alarm;
}

export interface ExitName {
  readonly exit: string;
  readonly carrier: CarrierKind;
  readonly identity: Identity;
}

/** `exit.carrier`, and `.named` behind it for a client that lets the exit know its node; null for what is neither. */
export const readExitName = (name: string): ExitName | null => {
  const parts = name.split('.');
  const identity = parts.at(-1) === 'named' ? 'named' : 'anonymous';
  if (identity === 'named') parts.pop();
  const carrier = parts.pop() as CarrierKind;
  const exit = parts.join('.');
  return exit === '' || !CARRIERS.includes(carrier) ? null : { exit, carrier, identity };
};

export class OnDemandSessions {
  readonly #options: OnDemandOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** Each with its name, for whoever wants to know what SOCKS clients use. */
  list(): readonly { readonly name: string; readonly served: ServedSession; readonly users: number }[] {
    return [...this.#shared].flatMap(([name, { served, users }]) => (served === undefined ? [] : [{ name, served, users }]));
  }

  /** @throws RefusedError for a name that says nothing, SessionError past ON_DEMAND_MAX, and what opening a session throws. */
  async use(name: string): Promise<Use> {
    const known = this.#shared.get(name);
    if (known?.served?.session.ended !== undefined) this.#close(name, known);
    const shared = this.#shared.get(name) ?? this.#open(name);
    shared.users += 1;
    shared.idle.clear();
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      shared.users -= 1;
      shared.usedMs = this.#options.clock.now();
      if (shared.users === 0) shared.idle.set(shared.usedMs + ON_DEMAND_IDLE_MS);
    };
    try {
      return { served: await shared.opening, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  closeAll(): void {
    for (const [name, shared] of [...this.#shared]) this.#close(name, shared);
  }

  #open(name: string): Shared {
    const asked = readExitName(name);
    if (asked === null)
      throw new RefusedError(`${name.slice(0, 80)} is no session here: expected a session's id, or an exit and a carrier`, {
        hint: `e.g. n5.peer-message; carriers: ${CARRIERS.join(', ')}`,
      });
    if (this.#shared.size >= ON_DEMAND_MAX) this.#makeRoom();
    const { clock } = this.#options;
    const opening = this.#openSession(asked);
    const shared: Shared = {
      opening,
      served: undefined,
      users: 0,
      usedMs: clock.now(),
      idle: new Alarm(clock, () => this.#close(name, shared)),
    };
    this.#shared.set(name, shared);
    opening.then(
      (served) => {
        if (this.#shared.get(name) === shared) shared.served = served;
        else void this.#options.sessions.close(served.session.id).catch(() => {});
      },
      () => this.#close(name, shared),
    );
    return shared;
  }

  async #openSession({ exit, carrier, identity }: ExitName): Promise<ServedSession> {
    const { sessions, nodeKey, clock } = this.#options;
    const over = new AbortController();
    const late = () => over.abort(new SessionError(`no session to ${exit.slice(0, 80)} within ${OPEN_DEADLINE_MS / 1000} s`));
    const alarm = new Alarm(clock, late);
    alarm.set(clock.now() + OPEN_DEADLINE_MS);
    try {
      const key = /^0[23][0-9a-f]{64}$/.test(exit) ? exit : await nodeKey(exit, { signal: over.signal });
      const request: SessionRequest = { exit: key, carrier, identity, signal: over.signal };
      const session: RelaySession = await sessions.open(request);
      return sessions.get(session.id);
    } finally {
      alarm.clear();
    }
  }

  #makeRoom(): void {
    const [oldest] = [...this.#shared].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedMs - b.usedMs);
    if (oldest === undefined) throw new SessionError(`${ON_DEMAND_MAX} sessions that clients named are in use: that is the limit`);
    this.#close(...oldest);
  }

  #close(name: string, shared: Shared): void {
    if (this.#shared.get(name) !== shared) return;
    this.#shared.delete(name);
    shared.idle.clear();
    if (shared.served !== undefined) void this.#options.sessions.close(shared.served.session.id).catch(() => {});
  }
}
