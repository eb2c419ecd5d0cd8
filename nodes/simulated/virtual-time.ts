/**
 * Virtual time: events in order, and a loop that steps from one to the next.
 *
 * Inside the model an event costs nothing but its turn. Whenever one tells something to code outside (a promise resolves, a message
 * comes), the loop gives way for one turn of Node's own event loop, so that ordinary async code runs to its end at that instant.
 * Time passes only while somebody who drives the network waits for it (`hold`): what the program does in between, reading a file or
 * loading a module, takes no virtual time and cannot change a run.
 */
import { StallError } from '../errors.ts';
import { type DueEvent, EventHeap } from './event-heap.ts';

/** Then Node's own loop has its turn, for signals and sockets of the program around us. */
const EVENTS_PER_TURN_MAX = 4_096;
/** A longer step than this is a leap: it is taken only when code outside has had many turns to ask for something sooner. */
const LEAP_US = 100_000;
const LEAP_TURNS = 64;
/** Turns that code outside has before a wait with nothing due counts as a stall: streams need a few. */
const STALL_TURNS = 256;
const NAMED_IN_STALL_MAX = 20;
/** Events at one and the same instant, after which time stands still for good: somebody asks for no delay again and again. */
const EVENTS_PER_INSTANT_MAX = 1_000_000;

export interface Waiter {
  /** e.g. `n0: pay`. */
  readonly what: string;
  /** A caller whose answer can no longer come has met a stall; a listener may wait for ever. */
  readonly mayStall: boolean;
  readonly reject: (error: unknown) => void;
}

export class VirtualTime {
  readonly #heap = new EventHeap();
  readonly #waiters = new Set<Waiter>();
  #nowUs = 0;
  #sequence = 0;
  #holds = 0;
  #alarms = 0;
  #eventsAtInstant = 0;
  #turnDue = false;
  #woke = false;
  #idleTurns = 0;
  #broken: { readonly error: unknown } | undefined;
  /** Events that have run. */
  events = 0;

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Runs after everything else that is due at the same instant already. Delays are rounded to whole µs. */
  after(delayUs: number, run: () => void): DueEvent {
    const event = { atUs: this.#nowUs + Math.max(0, Math.round(delayUs)), sequence: this.#sequence++, run };
    this.#heap.push(event);
    this.#idleTurns = 0;
    this.#arrangeTurn();
    return event;
  }

  /** As `after`, for something that nothing depends on: it does not keep a stall from being seen. */
  alarm(delayUs: number, ring: () => void): DueEvent {
    this.#alarms += 1;
    return this.after(delayUs, () => {
      this.#alarms -= 1;
      ring();
    });
  }

  cancelAlarm(event: DueEvent): void {
    if (event.run !== null) this.#alarms -= 1;
    this.#heap.cancel(event);
  }

  cancel(event: DueEvent): void {
    this.#heap.cancel(event);
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
    if (this.#heap.size === this.#alarms) this.#idle();
    else if (this.#leaps() && this.#idleTurns++ < LEAP_TURNS) this.#arrangeTurn();
    else this.#run();
  }

  #leaps(): boolean {
    return this.#heap.peek()!.atUs - this.#nowUs > LEAP_US;
  }

  #run(): void {
    try {
      for (let count = 0; count < EVENTS_PER_TURN_MAX && !this.#woke; count++) {
        const event = this.#heap.peek();
        if (event === undefined || (count > 0 && this.#leaps())) break;
        this.#heap.pop();
        this.#advance(event.atUs);
        this.events += 1;
        this.#idleTurns = 0;
        const run = event.run!;
        event.run = null;
        run();
      }
    } catch (error) {
      this.close(error as Error);
      return;
    }
    this.#arrangeTurn();
  }

  #advance(toUs: number): void {
    this.#eventsAtInstant = toUs === this.#nowUs ? this.#eventsAtInstant + 1 : 0;
    this.#nowUs = toUs;
    if (this.#eventsAtInstant <= EVENTS_PER_INSTANT_MAX) return;
    throw new StallError(`virtual time stands still at ${toUs / 1000} ms while these wait: ${this.#names()}`, {
      hint: 'somebody sleeps for 0 ms in a loop',
    });
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
