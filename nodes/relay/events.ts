/**
 * The relay's one bus of events: whatever happens is told here once, and every listener has a bounded queue of its own, so that a slow
 * one costs nobody but itself: it is told how many it missed.
 */
import { SessionError } from '../errors.ts';
import { Inbox } from '../inbox.ts';
import type { Clock, Waiting } from '../node.ts';
import type { RelayEvent, TimedEvent } from '../relay-events.ts';

export const LISTENERS_MAX = 16;
/** Waiting for one listener. */
export const EVENTS_QUEUED_MAX = 1_024;
const EVENT_BYTES_QUEUED_MAX = 16 * 1024 * 1024;
/** What an event counts beside the body of a message. */
const EVENT_BYTES = 256;

export type Emit = (event: RelayEvent) => void;

interface Listener {
  readonly inbox: Inbox<TimedEvent>;
  queuedBytes: number;
  missed: number;
}

export class Events {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  readonly emit: Emit = (event) => {
    if (!this.heard) return;
    const timed = { ...event, atMs: this.#clock.now() };
    const bytes = weight(event);
    for (const listener of this.#listeners) {
      if (listener.queuedBytes + bytes > EVENT_BYTES_QUEUED_MAX || !listener.inbox.push(timed)) listener.missed += 1;
      else listener.queuedBytes += bytes;
    }
  };

  /** From the call on; ends when the signal aborts or the reader returns. @throws SessionError when too many listen. */
  listen({ signal }: Waiting = {}): AsyncIterable<TimedEvent> {
    signal?.throwIfAborted();
    if (this.#listeners.size >= LISTENERS_MAX) throw new SessionError(`${LISTENERS_MAX} listen to this relay's events: that is its limit`);
    const end = (): void => listener.inbox.end();
    const inbox = new Inbox<TimedEvent>(EVENTS_QUEUED_MAX, () => {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', end);
    });
    const listener: Listener = { inbox, queuedBytes: 0, missed: 0 };
    this.#listeners.add(listener);
    signal?.addEventListener('abort', end, { once: true });
    return this.#read(listener);
  }

  async *#read(listener: Listener): AsyncGenerator<TimedEvent, void, void> {
    for await (const event of listener.inbox) {
      listener.queuedBytes -= weight(event);
      yield event;
      // The newest are dropped, so what is missing stands behind the last that waits.
      if (listener.inbox.length > 0 || listener.missed === 0) continue;
      const count = listener.missed;
      listener.missed = 0;
      yield { kind: 'missed', count, atMs: this.#clock.now() };
    }
  }
}

const weight = (event: RelayEvent): number =>
  EVENT_BYTES + (event.kind === 'message' ? (event.text?.length ?? 0) + (event.bytes?.length ?? 0) : 0);
