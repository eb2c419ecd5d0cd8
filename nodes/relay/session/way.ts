/**
 * The way to the other end, which a session outlives: the circuit it uses, and where another one comes from. The client opens circuits,
 * when its own is lost or nothing is acknowledged; the exit answers on that by which the newest packet came, as in QUIC's migration, or
 * on the way that the client names inside the session.
 */
import { SessionError } from '../../errors.ts';
import type { Clock, Waiting } from '../../node.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { FrameError } from '../wire/bytes.ts';
import type { Frame } from '../wire/frames.ts';
import { PROFILES } from './profile.ts';
import type { SentFrame } from './recovery.ts';
import { reopen } from './reopen.ts';

/** Opening a circuit is work that a client could ask for all day. */
const TURN_PAUSE_MS = 2_000;
/** Silence after which a client that only listens asks whether anybody is there; twice as long each time until data comes, since over payments every question costs. */
const LISTEN_MIN_MS = 10_000;
const LISTEN_MAX_MS = 1_800_000;

/** How a client's session goes on. */
export interface Resumption {
  /** Another circuit to the exit, in place of one that is lost: round whoever stood on its way, where there is another. */
  open(lost: Circuit, waiting: Waiting): Promise<Circuit>;
  /** Where answers are to go from now on, when opening a circuit chose that anew; told once. */
  way?(): Uint8Array | undefined;
  /** Silence means that the way back may be gone, although the carrier says that units arrive. */
  readonly renews?: boolean;
  /** Asks the exit over this circuit whether it still knows the session; who hears that it does not calls `fail`. */
  ask(circuit: Circuit): void;
}

export interface WayOptions {
  readonly role: 'client' | 'exit';
  readonly circuit: Circuit;
  readonly clock: Clock;
  /** At a client; without, the session ends with its circuit. */
  readonly resumption?: Resumption | undefined;
  /** At an exit: the circuit for a way back that the client chose anew. @throws FrameError when it makes no sense. */
  readonly turn?: ((way: Uint8Array) => Promise<Circuit>) | undefined;
  /** Aborted when the session is over. */
  readonly over: AbortSignal;
  /** Nothing can leave now. */
  held(): void;
  /** Everything goes over this circuit from now on. */
  moved(circuit: Circuit): void;
  say(frame: SentFrame): void;
  pingId(): number;
  fail(error: Error): void;
}

export class Way {
  readonly #options: WayOptions;
  #circuit: Circuit;
  /** Why the circuit is gone, and since when; undefined while there is one. */
  #lost: { readonly cause: Error; readonly sinceMs: number } | undefined;
  /** When the exit was last asked whether it knows the session. */
  #askedMs: number;
  #ways = 0;
  #turnedMs = Number.NEGATIVE_INFINITY;
  #listenMs = LISTEN_MIN_MS;
  #moves = 0;

  constructor(options: WayOptions) {
    this.#options = options;
    this.#circuit = options.circuit;
    this.#askedMs = options.clock.now();
  }

  /** The one in use, or used last. */
  get circuit(): Circuit {
    return this.#circuit;
  }

  get lost(): { readonly cause: Error; readonly sinceMs: number } | undefined {
    return this.#lost;
  }

  get moves(): number {
    return this.#moves;
  }

  /** Watches the first circuit, which may be gone already. */
  begin(): void {
    this.#watch(this.#circuit);
  }

  /** At an exit: a packet newer than all before came by this circuit. */
  newest(back: Circuit | null): void {
    if (this.#options.role === 'exit' && back !== null && back !== this.#circuit) this.#move(back);
  }

  /** At an exit: the client is reached another way. One that cannot be opened is forgotten, the client asks again. */
  turn({ number, way }: Extract<Frame, { kind: 'way' }>, nowMs: number): void {
    const { turn, over, fail } = this.#options;
    if (turn === undefined || number <= this.#ways || nowMs < this.#turnedMs + TURN_PAUSE_MS) return;
    this.#ways = number;
    this.#turnedMs = nowMs;
    turn(way).then(
      (circuit) => {
        if (!over.aborted && number === this.#ways) this.#move(circuit);
        else circuit.close();
      },
      (error: Error) => {
        if (error instanceof FrameError) fail(new SessionError(`the other relay broke the protocol: ${error.message}`, { cause: error }));
      },
    );
  }

  /** When a client doubts its way: the other end owes an acknowledgement since then. */
  doubtAt(owedSinceMs: number | null): number {
    const { resumption } = this.#options;
    if (resumption === undefined || this.#lost !== undefined || owedSinceMs === null) return Number.POSITIVE_INFINITY;
    return Math.max(owedSinceMs, this.#askedMs) + PROFILES[this.#circuit.carrier].silentMs;
  }

  /** Nothing is acknowledged: is the way gone, or the exit, or has it forgotten us? */
  doubt(): void {
    const { resumption } = this.#options;
    if (resumption === undefined) return;
    if (!PROFILES[this.#circuit.carrier].reopens && resumption.renews !== true) this.#ask(resumption);
    else this.#gone(this.#circuit, new SessionError('nothing comes back over the circuit'));
  }

  /** When a client that expects data asks whether anybody is there. */
  listenAt(heardMs: number): number {
    return this.#options.resumption === undefined || this.#lost !== undefined ? Number.POSITIVE_INFINITY : heardMs + this.#listenMs;
  }

  listen(): void {
    this.#listenMs = Math.min(LISTEN_MAX_MS, 2 * this.#listenMs);
    this.#options.say({ kind: 'ping', id: this.#options.pingId() });
  }

  heardData(): void {
    this.#listenMs = LISTEN_MIN_MS;
  }

  #watch(circuit: Circuit): void {
    circuit.onClosed((cause) => this.#gone(circuit, cause));
  }

  #gone(circuit: Circuit, cause: Error): void {
    const { role, resumption, clock, over, held, fail } = this.#options;
    if (over.aborted || this.#circuit !== circuit || this.#lost !== undefined) return;
    this.#lost = { cause, sinceMs: clock.now() };
    held();
    if (resumption !== undefined)
      reopen(clock, (waiting) => resumption.open(circuit, waiting), over).then((opened) => this.#reopened(opened, resumption), fail);
    else if (role === 'client') fail(new SessionError('the way to the other relay is gone', { cause }));
  }

  /** Anything of ours must go first, for the exit's way back follows it; the hello asks whether there still is a session. */
  #reopened(circuit: Circuit, resumption: Resumption): void {
    const { over, say, pingId } = this.#options;
    if (over.aborted) {
      circuit.close();
      return;
    }
    this.#move(circuit);
    const way = resumption.way?.();
    if (way !== undefined) say({ kind: 'way', number: ++this.#ways, way });
    say({ kind: 'ping', id: pingId() });
    this.#ask(resumption);
  }

  #move(circuit: Circuit): void {
    const left = this.#circuit;
    this.#circuit = circuit;
    this.#lost = undefined;
    this.#moves += 1;
    this.#options.moved(circuit);
    left.close();
    this.#watch(circuit);
  }

  #ask(resumption: Resumption): void {
    this.#askedMs = this.#options.clock.now();
    resumption.ask(this.#circuit);
  }
}
