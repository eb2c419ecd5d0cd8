/** The whole program: from a scenario to a report of what was measured. Start reading here. */
import { LeydenError } from '../nodes/errors.ts';
import type { Network, Waiting } from '../nodes/node.ts';
import type { NetworkPlan } from '../nodes/plan.ts';
import type { Profile } from '../nodes/simulated/profile/profile.ts';
import { profileVersion } from '../nodes/simulated/profile/version.ts';
import { type Chosen, chooseNetwork, type DockerReady, type NetworkChoice } from './choose-network.ts';
import { busyWarning, hostOf, paceWarning } from './host.ts';
import { keepLogs } from './keep-logs.ts';
import { lastTimeMs } from './last-time.ts';
import type { Findings } from './measure/report.ts';
import { makeOutFolder, removeIfEmpty } from './out-folder.ts';
import type { Progress } from './progress.ts';
import { refuseWhatIsMissing, whyNotDocker } from './refuse.ts';
import type { Plan } from './scenario/plan.ts';
import type { Scenario } from './scenario/read.ts';
import { speedText, stopwatchOf } from './stopwatch.ts';
import { timeLimit } from './time-limit.ts';
import type { WorkloadFindings, RunOptions as WorkloadOptions } from './workload/run-workloads.ts';

/** Everything that a run needs and that a test may put something else for. The real ones: world.ts. */
export interface World {
  dockerReady(waiting: Waiting): Promise<DockerReady>;
  open(kind: Network['kind'], plan: NetworkPlan, options: OpenOptions): Promise<Network>;
  runWorkloads(plan: Plan, network: Network, options: WorkloadOptions): Promise<WorkloadFindings>;
  writeReport(findings: Findings, folder: string): Promise<unknown>;
  /** Wall time in ms since 1970. */
  now(): number;
  /** How fast the machine computes just now, in rounds a second (measure/pace.ts); absent: nobody wants to know. */
  pace?(): number;
}

export interface OpenOptions extends Waiting {
  /** Called with each phase of bring-up as it ends. */
  readonly progress: (phase: string) => void;
  /** Where logs go when bring-up fails. */
  readonly logs: string;
  /** A docker network stays up after the run. */
  readonly keep: boolean;
  /** What things cost on the simulated network. Default: the profile that ships. */
  readonly profile?: Profile | undefined;
  /** A docker network is neither restored from a kept one nor kept for the next. */
  readonly fresh?: boolean;
}

export interface RunOptions {
  readonly network: NetworkChoice;
  /** Chosen already, once for all runs of a scenario. */
  readonly chosen?: Chosen | undefined;
  readonly out: string;
  readonly keep: boolean;
  /** For the simulated network. Default: the one that ships. */
  readonly profile?: Profile | undefined;
  readonly fresh?: boolean;
  /** How to have this run again. */
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Finished {
  readonly findings: Findings;
  readonly folder: string;
  /** What the run is to exit with, null where all is good. The report is written all the same. */
  readonly error: Error | null;
}

/** Throws where there is nothing to report: the network did not come up, or the report could not be written. */
export async function run(scenario: Scenario, options: RunOptions, world: World): Promise<Finished> {
  const { plan } = scenario;
  const { progress, keep } = options;
  const host = hostOf(options.command, world);
  const chosen = options.chosen ?? (await chooseNetwork(options.network, world.dockerReady, options, whyNotDocker(scenario)));
  if (options.chosen === undefined) progress.line(`network: ${chosen.kind}: ${chosen.reason}`);
  progress.watch?.network?.(chosen);
  refuseWhatIsMissing(scenario, chosen.kind, options);
  const out = await makeOutFolder(options.out);
  const lastMs = progress.watch?.lastTime === undefined ? null : await lastTimeMs(out.folder, chosen.kind, plan.name);
  if (lastMs !== null) progress.watch?.lastTime?.(lastMs);
  using limit = timeLimit(plan.timeLimitMs, options.signal);
  const pace = chosen.kind === 'docker' ? world.pace : undefined;
  const paceAtStart = pace?.();
  try {
    await using network = await world.open(chosen.kind, plan.network, {
      progress: progress.ended,
      logs: out.logs,
      keep,
      profile: options.profile,
      fresh: options.fresh ?? false,
      signal: limit.signal,
    });
    limit.watch(network.clock);
    const stopwatch = stopwatchOf(world);
    const { report, samples, error } = await world.runWorkloads(plan, network, {
      signal: limit.signal,
      progress: progress.now,
      watch: progress.watch,
      stopwatch,
    });
    const { speeds } = stopwatch;
    for (const speed of speeds) progress.line(speedText(speed));
    const disk = await network.dataVolume?.().catch(() => null);
    const hosted = {
      ...host(disk),
      ...(paceAtStart !== undefined && { pacePerS: [paceAtStart, pace?.() ?? paceAtStart] as const }),
      ...(speeds.length > 0 && { speed: speeds }),
    };
    const busy = busyWarning(hosted, chosen.kind);
    const changed = paceWarning(hosted);
    const warnings = [
      ...(busy === null ? [] : [busy]),
      ...(changed === null ? [] : [changed]),
      ...(disk === null ? ['How many writes a second the disk under the data takes could not be measured.'] : []),
      ...report.warnings,
      ...(await keepLogs(network, out.logs)),
    ];
    const profile = chosen.kind === 'simulated' ? options.profile : undefined;
    const versions = { ...report.network.versions, ...(profile !== undefined && { profile: profileVersion(profile) }) };
    const findings: Findings = {
      report: { ...report, warnings, network: { ...report.network, versions, reason: chosen.reason }, host: hosted },
      samples,
    };
    await world.writeReport(findings, out.folder);
    return { findings, folder: out.folder, error };
  } catch (error) {
    progress.stop();
    if (!(await removeIfEmpty(out))) progress.line(`what there is of it: ${out.folder}`);
    // Whatever fails once we were told to stop fails because of that.
    throw limit.signal.aborted && !(error instanceof LeydenError) ? limit.signal.reason : error;
  } finally {
    progress.stop();
  }
}
