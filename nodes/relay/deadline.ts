/** Waits for something, but not for ever: every wait of the relay ends by its clock. */
import type { Clock } from '../node.ts';

export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** What it throws when time is up. */
  late(): Error;
}

export const withDeadline = async <T>({ clock, ms, signal, late }: Deadline, work: Promise<T>): Promise<T> => {
  signal?.throwIfAborted();
  const over = new AbortController();
  const either = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const timeout = clock.sleep(ms, { signal: either }).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    over.abort();
    timeout.catch(() => {});
  }
};
