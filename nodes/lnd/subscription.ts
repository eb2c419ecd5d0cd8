/** A server stream of LND as a bounded iterable that survives LND's restarts: it is opened again until the signal or the reader ends it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { Inbox } from '../inbox.ts';
import { type GrpcStream, stream } from './grpc.ts';
import { served } from './served.ts';

/** Items that wait for a slow reader; LND's own queue behind it has no bound. */
const ITEMS_MAX = 4096;
const REOPEN_MS = 250;

export interface Subscription<M, T> {
  readonly service: keyof AuthenticatedLnd;
  readonly method: string;
  /** Asked at every opening, so that a cursor can move on. */
  readonly request: () => object;
  /** undefined: not for this reader. */
  readonly pick: (message: M) => T | undefined;
}

/** Resolves once LND serves the stream, so that nothing sent afterwards is missed. */
export const subscribe = async <M, T>(
  lnd: AuthenticatedLnd,
  subscription: Subscription<M, T>,
  signal: AbortSignal,
): Promise<AsyncIterable<T>> => {
  signal.throwIfAborted();
  let open: GrpcStream | undefined;
  const stopped = new AbortController();
  const inbox = new Inbox<T>(ITEMS_MAX, () => {
    stopped.abort();
    signal.removeEventListener('abort', stop);
    open?.cancel();
  });
  const stop = () => inbox.end();
  signal.addEventListener('abort', stop, { once: true });

  const listen = () => {
    if (stopped.signal.aborted) return;
    const current = stream(lnd, subscription.service, subscription.method, subscription.request());
    open = current;
    let over = false;
    const again = () => {
      if (over) return;
      over = true;
      delay(REOPEN_MS, undefined, { signal: stopped.signal }).then(listen, () => {});
    };
    current.on('data', (message: never) => {
      const item = subscription.pick(message as M);
      if (item !== undefined) inbox.push(item);
    });
    current.on('error', again);
    current.on('end', again);
  };
  listen();
  try {
    await served(lnd, signal);
  } catch (error) {
    inbox.end();
    throw error;
  }
  return inbox;
};
