/** One run of several, as a worker thread does it: plain values in, what it ended with out. Its report is in its folder. */
import type { Profile } from '../nodes/simulated/profile/profile.ts';
import type { Chosen } from './choose-network.ts';
import type { PlannedRun } from './planned-runs.ts';
import { SILENT } from './progress.ts';
import { run as runScenario } from './run.ts';
import { toWire, type WireError } from './wire-error.ts';
import { world } from './world.ts';

export interface RunJob {
  readonly run: PlannedRun;
  readonly chosen: Chosen;
  readonly command: string;
  /** Default: the one that ships. */
  readonly profile?: Profile | undefined;
}

/** null where all is good. */
export async function job({ run, chosen, command, profile }: RunJob, signal: AbortSignal): Promise<WireError | null> {
  const options = { network: chosen.kind, chosen, out: run.out, keep: false, command, profile, progress: SILENT, signal };
  try {
    const { error } = await runScenario(run.scenario, options, world);
    return error === null ? null : toWire(error);
  } catch (error) {
    return toWire(error);
  }
}
