/** Reading from subscriptions in tests, on either network's clock. */
import type { Network } from '../../nodes/node.ts';

/** What a test waits for one thing to arrive, in the network's own time. */
export const ARRIVES_MS = 20_000;

/** Everything that comes until the iterable ends. */
export async function hear<T>(items: AsyncIterable<T>): Promise<T[]> {
  const heard: T[] = [];
  for await (const item of items) heard.push(item);
  return heard;
}

/** The first item that is wanted; rejects when none came within `ms` of the network's time. */
export async function arrivalOf<T>(network: Network, items: AsyncIterable<T>, wanted: (item: T) => boolean, ms: number): Promise<T> {
  const arrived = new AbortController();
  const late = network.clock.sleep(ms, { signal: arrived.signal }).then(
    () => {
      throw new Error(`nothing of what was waited for came within ${ms} ms`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([firstOf(items, wanted), late]);
  } finally {
    arrived.abort();
  }
}

async function firstOf<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): Promise<T> {
  for await (const item of items) if (wanted(item)) return item;
  throw new Error('the subscription ended before what was waited for came');
}
