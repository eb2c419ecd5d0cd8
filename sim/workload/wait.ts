/** Waiting on a network's clock: with a signal, and a deadline that names what was waited for. */
import { DeadlineError } from '../../nodes/errors.ts';
import type { Clock } from '../../nodes/node.ts';

export interface Deadline {
  /** Completes "waited 30 s for …". */
  readonly what: string;
  readonly ms: number;
  readonly signal: AbortSignal;
}

const POLL_MS = 50;

/** Polls until `look` answers something other than null. Throws DeadlineError, or the signal's reason. */
export async function until<T>(clock: Clock, { what, ms, signal }: Deadline, look: () => Promise<T | null>): Promise<T> {
  const lateMs = clock.now() + ms;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== null) return seen;
    if (clock.now() >= lateMs) throw late(what, ms);
    await clock.sleep(POLL_MS, { signal });
  }
}

/** The work's answer, or DeadlineError once `ms` passed; the signal that the work gets is aborted then too. */
export async function within<T>(clock: Clock, { what, ms, signal }: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const done = new AbortController();
  const overdue = new AbortController();
  const both = AbortSignal.any([signal, overdue.signal]);
  const alarm = clock.sleep(ms, { signal: done.signal, passive: true }).then(
    () => overdue.abort(late(what, ms)),
    () => {},
  );
  try {
    return await Promise.race([work(both), aborted(both)]);
  } finally {
    done.abort();
    await alarm;
  }
}

/** All of the work at once: the first that fails aborts the others, which are waited for, and is thrown. */
export async function together(signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const running = works.map((work) =>
    work(both).catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  await Promise.all(running);
  both.throwIfAborted();
}

function late(what: string, ms: number): DeadlineError {
  return new DeadlineError(`waited ${ms / 1000} s for ${what}`);
}

function aborted(signal: AbortSignal): Promise<never> {
  const never = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  never.catch(() => {}); // it also loses the race when the work's own failure comes first
  return never;
}
