/** Every wait of code outside the model goes through here: it has a name, takes a signal, and lets time pass where it should. */
import type { Clock, SleepOptions } from '../node.ts';
import type { VirtualTime, Waiter } from './virtual-time.ts';

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
  /** False once it was answered or aborted. */
  readonly open: boolean;
}

/** Asks the model for something; what it returns runs once the wait is over, whichever way. */
// biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to take back
export type Begin<T> = (settle: Settle<T>) => (() => void) | void;

/** Time passes for those who drive, and for those who listen, though for them something need not come; for the idle it does not. */
type Manner = 'drives' | 'listens' | 'idles';

export class Waits {
  readonly #time: VirtualTime;
  readonly #who: string;
  readonly #manner: Manner;
  /** What a program that stands still will do and hear once it goes on; null: it runs. */
  #frozen: (() => void)[] | null = null;
  #ended: { readonly error: unknown } | undefined;
  readonly #open = new Set<(error: unknown) => void>();

  /** @param who opens the name of each wait; @param drives whether time passes for it (the bench does, a relay's own waits do not). */
  constructor(time: VirtualTime, who: string, drives: boolean) {
    this.#time = time;
    this.#who = who;
    this.#manner = drives ? 'drives' : 'idles';
  }

  /** A promise of an answer that the model gives later. Rejects with the signal's reason when aborted. */
  until<T>(what: string, signal: AbortSignal | undefined, begin: Begin<T>): Promise<T> {
    return this.#wait(what, signal, this.#manner, begin);
  }

  /** Passes on what another promise brings, with time passing meanwhile; `listens`: it may never come. */
  during<T>(what: string, promise: Promise<T>, listens = false): Promise<T> {
    const manner = listens && this.#manner === 'drives' ? 'listens' : this.#manner;
    return this.#wait(what, undefined, manner, (settle) => {
      promise.then(settle.resolve, settle.reject);
    });
  }

  /** Whoever waits here is not scheduled any more: it neither asks nor hears until `thaw`, for ever if that never comes. */
  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const held = this.#frozen ?? [];
    this.#frozen = null;
    for (const run of held) run();
  }

  /** What is waited for will not come: all waits end with this, later ones at once. */
  end(error: unknown): void {
    this.#ended = { error };
    for (const reject of [...this.#open]) reject(error);
  }

  /** Now, or when the program is scheduled again. */
  scheduled(run: () => void): void {
    if (this.#frozen === null) run();
    else this.#frozen.push(run);
  }

  clock(): Clock {
    return {
      kind: 'virtual',
      now: () => this.#time.nowUs / 1000,
      sleep: (ms: number, { signal, passive = false }: SleepOptions = {}) => {
        if (Number.isNaN(ms)) throw new RangeError('sleep takes a number of milliseconds');
        const time = this.#time;
        // Never short of what was asked: who sleeps until an instant and looks again would sleep for ever at the one before it.
        const us = Math.ceil(ms * 1000);
        const begin = (settle: Settle<void>) => {
          const wake = () => settle.resolve();
          const due = passive ? time.alarm(us, wake) : time.after(us, wake);
          return () => time.cancel(due);
        };
        return this.#wait<void>('sleep', signal, passive ? 'idles' : this.#manner, begin);
      },
    };
  }

  #wait<T>(what: string, signal: AbortSignal | undefined, manner: Manner, begin: Begin<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#ended) return Promise.reject(this.#ended.error);
    return new Promise<T>((resolve, reject) => {
      const release = manner === 'idles' ? () => {} : this.#time.hold();
      let open = true;
      let takeBack: (() => void) | undefined;
      const finish = (): boolean => {
        if (!open) return false;
        open = false;
        signal?.removeEventListener('abort', abort);
        this.#time.removeWaiter(waiter);
        this.#open.delete(fail);
        this.#time.wake();
        release();
        takeBack?.();
        return true;
      };
      const settle: Settle<T> = {
        resolve: (value) => this.scheduled(() => finish() && resolve(value)),
        reject: (error) => this.scheduled(() => fail(error)),
        get open() {
          return open;
        },
      };
      const fail = (error: unknown): void => {
        if (finish()) reject(error);
      };
      const abort = () => settle.reject(signal?.reason);
      const waiter: Waiter = { what: `${this.#who}: ${what}`, mayStall: manner === 'drives', reject: settle.reject };
      signal?.addEventListener('abort', abort, { once: true });
      this.#open.add(fail);
      this.#time.addWaiter(waiter);
      this.scheduled(() => {
        if (!open) return;
        try {
          takeBack = begin(settle) ?? undefined;
          if (!open) takeBack?.();
        } catch (error) {
          settle.reject(error);
        }
      });
    });
  }
}
