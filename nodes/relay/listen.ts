/** Reads a subscription of the node for as long as the relay lives; one that breaks is begun anew. */
import type { Clock, Waiting } from '../node.ts';

const RETRY_MS = 1_000;

export interface Listening<T> {
  readonly what: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  subscribe(waiting: Waiting): Promise<AsyncIterable<T>>;
  /** An item that makes it throw is a bug of ours, logged and skipped. */
  take(item: T): void;
  log(line: string): void;
}

/** Resolves once the first subscription stands; goes on in the background. @throws what the first subscribing throws. */
export const listen = async <T>(listening: Listening<T>): Promise<void> => {
  const first = await listening.subscribe(listening);
  void forEver(listening, first);
};

const forEver = async <T>(listening: Listening<T>, first: AsyncIterable<T>): Promise<void> => {
  const { what, clock, signal, take, log } = listening;
  let items: AsyncIterable<T> | undefined = first;
  while (!signal.aborted) {
    try {
      items ??= await listening.subscribe({ signal });
      for await (const item of items) {
        try {
          take(item);
        } catch (error) {
          log(`${what}: an item could not be taken: ${String(error)}`);
        }
      }
    } catch (error) {
      if (!signal.aborted) log(`${what}: the subscription broke and is begun anew: ${String(error)}`);
    }
    items = undefined;
    if (!signal.aborted) await clock.sleep(RETRY_MS, { signal }).catch(() => {});
  }
};
