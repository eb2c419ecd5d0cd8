/** Programs that subscribed to something of a node. Each gets every item over its own call; nobody listening, it is gone, as with LND. */
import { Inbox } from '../inbox.ts';
import type { Waits } from './waits.ts';

/** Items that wait for a slow reader, as nodes/lnd has it. */
const ITEMS_MAX = 4_096;

/** How an item comes from the node to one program: the call's cost, then `arrived`. */
export type Carry<T> = (item: T, arrived: () => void) => void;

interface Listener<T> {
  readonly inbox: Inbox<T>;
  readonly carry: Carry<T>;
}

export class Listeners<T> {
  readonly #listeners = new Set<Listener<T>>();

  publish(item: T): void {
    for (const { carry, inbox } of this.#listeners) carry(item, () => inbox.push(item));
  }

  /** Ends when the signal aborts or the reader returns. */
  subscribe(what: string, waits: Waits, signal: AbortSignal | undefined, carry: Carry<T>, wake: () => void): AsyncIterable<T> {
    signal?.throwIfAborted();
    const inbox = new Inbox<T>(ITEMS_MAX, () => {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', stop);
    });
    const stop = () => inbox.end();
    const listener: Listener<T> = {
      inbox,
      carry: (item, arrived) =>
        carry(item, () => {
          arrived();
          wake();
        }),
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.#listeners.add(listener);
    return heard(inbox, what, waits);
  }
}

/** Reading from a subscription is a wait like any other: time passes meanwhile. */
async function* heard<T>(inbox: Inbox<T>, what: string, waits: Waits): AsyncGenerator<T, void, void> {
  const items = inbox[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await waits.during(what, items.next(), true);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    inbox.end();
  }
}
