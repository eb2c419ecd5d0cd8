/** The scenario's own time limit. Wall time from bring-up on; on a virtual clock virtual time, so that it strikes at the same moment every run. */
import { TimeLimitError } from '../nodes/errors.ts';
import type { Clock } from '../nodes/node.ts';

const SECOND_MS = 1_000;

export interface TimeLimit extends Disposable {
  /** Aborts with the given signal's reason, or with a TimeLimitError. */
  readonly signal: AbortSignal;
  /** To be told once there is a clock. */
  watch(clock: Clock): void;
}

export function timeLimit(limitMs: number, signal: AbortSignal): TimeLimit {
  const passed = new AbortController();
  const over = new AbortController();
  const strike = () =>
    passed.abort(
      new TimeLimitError(`the scenario's time limit of ${limitMs / SECOND_MS} s passed`, {
        hint: 'raise timeLimit in the scenario (or --set timeLimit=…), or ask for less',
      }),
    );
  const timer = setTimeout(strike, limitMs);
  return {
    signal: AbortSignal.any([signal, passed.signal]),
    watch(clock) {
      if (clock.kind === 'wall') return;
      clearTimeout(timer);
      // Rejected only when the run is over before it.
      clock.sleep(limitMs, { signal: over.signal, passive: true }).then(strike, () => {});
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      over.abort();
    },
  };
}
