/** Another circuit for a session that lost its own: asked for again and again, each time after a longer pause. */
import { FeeLimitError } from '../../errors.ts';
import type { Clock, Waiting } from '../../node.ts';
import type { Circuit } from '../carrier/carrier.ts';

/** The first attempt follows at once; before the n-th further one passes PAUSE_MS · 2^n, at most PAUSE_MAX_MS. */
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 5_000;

/** @throws what the signal says when the caller gives up, FeeLimitError: no patience fills an empty purse. */
export const reopen = async (clock: Clock, open: (waiting: Waiting) => Promise<Circuit>, signal: AbortSignal): Promise<Circuit> => {
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, 2 * pauseMs)) {
    try {
      return await open({ signal });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FeeLimitError) throw error;
    }
    await clock.sleep(pauseMs, { signal });
  }
};
