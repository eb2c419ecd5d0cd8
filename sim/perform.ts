/** How the runs of a group are run: real ones one after the other, simulated ones on as many threads as there are cores. */
import { extname } from 'node:path';
import type { PlannedRun } from './planned-runs.ts';
import { type RunOptions, run as runScenario } from './run.ts';
import type { RunOutcome } from './run-group.ts';
import type { RunJob } from './run-job.ts';
import { fromWire, type WireError } from './wire-error.ts';
import { onThreads, threadsHere } from './worker-pool.ts';
import { world } from './world.ts';

type Options = Omit<RunOptions, 'out'>;
type Tell = (error: unknown) => void;

/** `tell` is given what a run ended with, as soon as it has. Ends early, without an error of its own, when the signal aborts. */
export async function* perform(
  runs: readonly PlannedRun[],
  options: Options,
  tell: Tell,
  threads: number = threadsHere(),
): AsyncGenerator<RunOutcome> {
  if (options.chosen?.kind === 'simulated' && threads > 1 && runs.length > 1) yield* atOnce(runs, options, tell, threads);
  else yield* inTurn(runs, options, tell);
}

async function* inTurn(runs: readonly PlannedRun[], options: Options, tell: Tell): AsyncGenerator<RunOutcome> {
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

/** The same reports, byte for byte but for the host's part: what a run measures depends on its plan alone. */
async function* atOnce(runs: readonly PlannedRun[], options: Options, tell: Tell, threads: number) {
  const { chosen, command, profile, signal, progress } = options;
  const module = new URL(`./run-job${extname(import.meta.filename)}`, import.meta.url);
  const jobs = runs.map((run): RunJob => ({ run, chosen: chosen!, command, profile }));
  const startedMs = world.now();
  let at = 0;
  try {
    for await (const ended of onThreads<RunJob, WireError | null>(module, jobs, { threads, signal })) {
      const run = runs[at++]!;
      const error = ended === null ? null : fromWire(ended);
      progress.line(`${run.title}: ${error === null ? 'done' : error.name}  ${((world.now() - startedMs) / 1_000).toFixed(1)} s`);
      if (error !== null) tell(error);
      yield { run, error };
    }
  } catch (error) {
    // Those under way are lost; what was finished stays.
    if (!signal.aborted) throw error;
  }
}
