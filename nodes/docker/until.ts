/** A barrier: polls until nobody lags, or fails at its deadline naming who does. */
import { DeadlineError, ProcessEndedError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { wallClock } from '../wall.ts';

const POLL_MS = 100;

export interface Laggard {
  readonly name: string;
  readonly state: string;
}

export interface Barrier extends Waiting {
  /** What is waited for, e.g. "every channel active at both ends". */
  readonly what: string;
  readonly deadlineMs: number;
  /** The last lines of a process's log, for the error. */
  readonly lastLog?: (name: string) => Promise<string>;
}

/** `laggards` answers who is not there yet; an error it throws counts as lateness, but for ProcessEndedError. */
export const until = async (laggards: () => Promise<readonly Laggard[]>, { what, deadlineMs, lastLog, signal }: Barrier): Promise<void> => {
  const deadline = wallClock.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    let cause: unknown;
    const late = await laggards().catch((error: unknown): readonly Laggard[] => {
      if (error instanceof ProcessEndedError) throw error;
      cause = error;
      return [{ name: 'network', state: error instanceof Error ? error.message : String(error) }];
    });
    if (late.length === 0) return;
    if (wallClock.now() > deadline) {
      const [first] = late as [Laggard];
      const log = await lastLog?.(first.name).catch(() => '');
      const names = late.map(({ name, state }) => `${name} (${state})`).join(', ');
      throw new DeadlineError(
        `waited ${deadlineMs / 1000} s for ${what}; still late: ${names}${log ? `\nlast log of ${first.name}:\n${log}` : ''}`,
        {
          cause,
          hint: 'is the machine short of CPU, memory or disk? npx sim doctor looks; a second run often tells a hiccup from a fault',
        },
      );
    }
    await wallClock.sleep(POLL_MS, { signal });
  }
};
