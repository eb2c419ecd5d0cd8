/** How the runs of a group are run: one after the other. */
import type { PlannedRun } from './planned-runs.ts';
import { type RunOptions, run as runScenario } from './run.ts';
import type { RunOutcome } from './run-group.ts';
import { world } from './world.ts';

/** `tell` is given what a run ended with, as soon as it has. Stops after the run during which the signal aborts. */
export async function* perform(
  runs: readonly PlannedRun[],
  options: Omit<RunOptions, 'out'>,
  tell: (error: unknown) => void,
): AsyncGenerator<RunOutcome> {
  for (const run of runs) {
    if (options.signal.aborted) return;
    options.progress.line(`── ${run.title}`);
    const error = await runScenario(run.scenario, { ...options, out: run.out }, world).then(
      (finished) => finished.error,
      (thrown: unknown) => thrown,
    );
    if (error !== null && !options.signal.aborted) tell(error);
    yield { run, error };
  }
}
