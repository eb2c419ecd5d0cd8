/**
 * Virtual time: events in order, and a loop that steps from one to the next.
 *
 * Inside the model an event is a kind and two numbers (event-queue.ts), and every one that runs goes into the trace. Whenever one tells something to code outside (a promise resolves, a message
 * comes), the loop gives way for one turn of Node's own event loop, so that ordinary async code runs to its end at that instant.
 * Time passes only while somebody who drives the network waits for it (`hold`): what the program does in between, reading a file or
 * loading a module, takes no virtual time and cannot change a run.
 */
import { StallError } from '../errors.ts';
import { Callbacks, type Due } from './callbacks.ts';
import { EVENT, EVENT_KINDS } from './event-kinds.ts';
import { EventQueue } from './event-queue.ts';
import { Trace } from './trace.ts';

export type { Due } from './callbacks.ts';

/** Then Node's own loop has its turn, for signals and sockets of the program around us. */
const EVENTS_PER_TURN_MAX = 4_096;
/** A longer step than this is a leap: it is taken only when code outside has had many turns to ask for something sooner. */
const LEAP_US = 100_000;
const LEAP_TURNS = 64;
/** Turns that code outside has before a wait with nothing due counts as a stall: streams need a few. */
const STALL_TURNS = 256;
const NAMED_IN_STALL_MAX = 20;
/** Callbacks at one and the same instant, after which time stands still for good: somebody asks for no delay again and again. */
const CALLBACKS_PER_INSTANT_MAX = 1_000_000;

export interface Waiter {
  /** e.g. `n0: pay`. */
  readonly what: string;
  /** A caller whose answer can no longer come has met a stall; a listener may wait for ever. */
  readonly mayStall: boolean;
  readonly reject: (error: unknown) => void;
}

/** @param a and @param b are the event's own two numbers. */
export type Handler = (a: number, b: number) => void;

export class VirtualTime {
  readonly trace = new Trace();
  readonly #callbacks = new Callbacks();
  readonly #queue = new EventQueue((slot) => this.#callbacks.release(slot));
  readonly #handlers: Handler[] = Array.from({ length: EVENT_KINDS }, (_, kind) => () => {
    throw new Error(`nobody handles events of kind ${kind}`);
  });
  readonly #waiters = new Set<Waiter>();
  #nowUs = 0;
  #holds = 0;
  #callbacksAtInstant = 0;
  #turnDue = false;
  #woke = false;
  #idleTurns = 0;
  #broken: { readonly error: unknown } | undefined;
  /** Events that have run. */
  events = 0;

  constructor() {
    this.#handlers[EVENT.callback] = (slot) => this.#callBack(slot);
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events that wait for their time. */
  get pending(): number {
    return this.#queue.size;
  }

  /** One part of the model handles all events of a kind. */
  on(kind: number, handler: Handler): void {
    this.#handlers[kind] = handler;
  }

  /** An event of a kind, after everything else that is due at the same instant already. Delays are rounded to whole µs. */
  schedule(delayUs: number, kind: number, a: number, b: number): void {
    this.scheduleAt(this.#nowUs + (delayUs > 0 ? Math.round(delayUs) : 0), kind, a, b);
  }

  /** @param atUs a whole number; what has passed is now. */
  scheduleAt(atUs: number, kind: number, a: number, b: number): void {
    this.#queue.push(atUs < this.#nowUs ? this.#nowUs : atUs, kind, a, b);
    this.#idleTurns = 0;
    this.#arrangeTurn();
  }

  /** As `schedule`, for a function. */
  after(delayUs: number, run: () => void): Due {
    return this.#call(delayUs, run, false);
  }

  /** As `after`, for something that nothing depends on: it does not keep a stall from being seen. */
  alarm(delayUs: number, ring: () => void): Due {
    return this.#call(delayUs, ring, true);
  }

  cancel(due: Due): void {
    if (this.#callbacks.takeBack(due)) this.#queue.revoke(this.#callbacks.slotOf(due));
  }

  #call(delayUs: number, run: () => void, isAlarm: boolean): Due {
    const due = this.#callbacks.add(run, isAlarm);
    this.schedule(delayUs, EVENT.callback, this.#callbacks.slotOf(due), 0);
    return due;
  }

  /** Code outside was told something: it goes first. */
  wake(): void {
    this.#woke = true;
  }

  /** Time may pass until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    this.#idleTurns = 0;
    this.#arrangeTurn();
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
    };
  }

  /** Named in a stall until taken away again. */
  addWaiter(waiter: Waiter): void {
    if (this.#broken) waiter.reject(this.#broken.error);
    else this.#waiters.add(waiter);
  }

  removeWaiter(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** Nothing happens any more; whoever waits is told. */
  close(reason: Error): void {
    this.#broken = { error: reason };
    this.#rejectWaiters(() => true, reason);
  }

  #arrangeTurn(): void {
    if (this.#turnDue || this.#holds === 0 || this.#broken) return;
    this.#turnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#turnDue = false;
    if (this.#holds === 0 || this.#broken) return;
    this.#woke = false;
    if (this.#queue.size === this.#callbacks.alarms) this.#idle();
    else if (this.#queue.isFar(this.#nowUs, LEAP_US) && this.#idleTurns++ < LEAP_TURNS) this.#arrangeTurn();
    else this.#run();
  }

  #run(): void {
    try {
      for (let count = 0; count < EVENTS_PER_TURN_MAX && !this.#woke; count++) {
        if (count > 0 && this.#queue.isFar(this.#nowUs, LEAP_US)) break;
        this.#idleTurns = 0;
        if (!this.#step()) break;
      }
    } catch (error) {
      this.close(error as Error);
      return;
    }
    this.#arrangeTurn();
  }

  /**
   * The next events, one after the other and without a turn for code outside: for models that nobody outside listens to.
   * @returns how many ran: fewer than `count` when nothing is left, or nothing until `untilUs`.
   */
  runEvents(count: number, untilUs = Number.POSITIVE_INFINITY): number {
    const bounded = untilUs < Number.POSITIVE_INFINITY;
    let ran = 0;
    while (ran < count && !(bounded && this.#queue.peekUs() > untilUs) && this.#step()) ran += 1;
    return ran;
  }

  /** False: nothing is due. */
  #step(): boolean {
    const queue = this.#queue;
    const atUs = queue.pop();
    if (atUs < 0) return false;
    if (atUs !== this.#nowUs) this.#callbacksAtInstant = 0;
    this.#nowUs = atUs;
    this.events += 1;
    const { kind, a, b } = queue;
    this.trace.event(kind, atUs, a, b);
    this.#handlers[kind]!(a, b);
    return true;
  }

  #callBack(slot: number): void {
    this.#callbacksAtInstant += 1;
    const run = this.#callbacks.take(slot);
    if (this.#callbacksAtInstant > CALLBACKS_PER_INSTANT_MAX) {
      throw new StallError(`virtual time stands still at ${this.#nowUs / 1000} ms while these wait: ${this.#names()}`, {
        hint: 'somebody sleeps for 0 ms in a loop',
      });
    }
    run();
  }

  #names(): string {
    return [...this.#waiters]
      .slice(0, NAMED_IN_STALL_MAX)
      .map(({ what }) => what)
      .join('; ');
  }

  #idle(): void {
    this.#idleTurns += 1;
    if (this.#idleTurns > STALL_TURNS) this.#stalled();
    else this.#arrangeTurn();
  }

  /** Listeners alone may go on waiting: the turn is arranged again when something is due or asked for. */
  #stalled(): void {
    const error = new StallError(`nothing is left to happen in virtual time, but these still wait: ${this.#names()}`, {
      hint: 'somebody waits for a message or a payment that nobody will send',
    });
    this.#rejectWaiters((waiter) => waiter.mayStall, error);
  }

  #rejectWaiters(chosen: (waiter: Waiter) => boolean, error: unknown): void {
    for (const waiter of [...this.#waiters]) if (chosen(waiter)) waiter.reject(error);
  }
}
