/** Whether what was sent came out at the far end, byte for byte. */
import type { Clock, Waiting } from '../../../nodes/node.ts';

/** How long a message may take over five busy hops before it counts as lost. */
const ARRIVAL_MS = 4_000;

interface Expected {
  readonly bytes: Uint8Array;
  readonly arrived: PromiseWithResolvers<void>;
}

/** Reads one subscription for as long as it is held. */
export class Arrivals implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #stop: AbortController;
  readonly #reading: Promise<void>;
  readonly #expected = new Set<Expected>();

  private constructor(clock: Clock, stop: AbortController, values: AsyncIterable<Uint8Array>) {
    this.#clock = clock;
    this.#stop = stop;
    this.#reading = this.#read(values);
  }

  /** `subscribe` gets the signal that ends the subscription. */
  static async open(clock: Clock, subscribe: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>): Promise<Arrivals> {
    const stop = new AbortController();
    return new Arrivals(clock, stop, await subscribe(stop.signal));
  }

  /** Sends, then true once the same bytes came, false when ARRIVAL_MS passed. Throws what `send` throws. */
  async afterSending(bytes: Uint8Array, send: () => Promise<void>, { signal }: Waiting): Promise<boolean> {
    const expected: Expected = { bytes, arrived: Promise.withResolvers() };
    expected.arrived.promise.catch(() => {}); // the subscription may end while sending still goes on
    this.#expected.add(expected);
    const done = new AbortController();
    try {
      await send();
      const waiting = { signal: signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]) };
      return await Promise.race([expected.arrived.promise.then(() => true), this.#clock.sleep(ARRIVAL_MS, waiting).then(() => false)]);
    } finally {
      this.#expected.delete(expected);
      done.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read(values: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const value of values) {
        for (const expected of this.#expected) if (Buffer.compare(expected.bytes, value) === 0) expected.arrived.resolve();
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      for (const expected of this.#expected) expected.arrived.reject(error);
    }
  }
}
