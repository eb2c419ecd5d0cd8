/** One scenario on real nodes and on the model, and how far apart they came out. */
import { join } from 'node:path';
import { ScenarioError } from '../../nodes/errors.ts';
import { atPace } from '../../nodes/simulated/profile/at-pace.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import type { Findings, Host } from '../measure/report.ts';
import type { Progress } from '../progress.ts';
import { refuseWhatIsMissing } from '../refuse.ts';
import { run, type World } from '../run.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/read.ts';
import type { AskedRuns } from './asked-runs.ts';
import { fingerprint } from './fingerprint.ts';
import { judge } from './judge.ts';
import { readRealRun } from './real-run.ts';
import type { RunMark, ScenarioValidation } from './validation.ts';

export interface ValidateOptions {
  /** `docker/` and `simulated/` are made in it; several docker runs are `docker/1`, `docker/2` …, as `sim run --repeat` names them. */
  readonly folder: string;
  readonly real: AskedRuns;
  readonly profile: Profile;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A model fitted to a scenario says nothing about LND when it predicts that scenario. Throws ScenarioError. */
export function refuseOwnMaterial(scenarios: readonly Scenario[], profile: Profile): void {
  for (const { file, plan } of scenarios) {
    // As sim/calibrate writes it: of the network alone, whatever it was asked there.
    const asked = fingerprint({ network: plan.network, workloads: [] });
    const own = profile.madeFrom.find((made) => made.fingerprint === asked);
    if (own === undefined) continue;
    throw new ScenarioError(
      `${file}: the profile ${profile.name} was measured on this very network (${own.name}): it would be judged by itself`,
      {
        hint: 'another scenario, or a profile of `sim calibrate`, which has probe networks of its own',
      },
    );
  }
}

/**
 * Throws what a run throws that has nothing to report. The real runs go first: as fast as the machine was then, the model's is. They all have
 * the scenario's seed, since it is the same question that is put to LND several times.
 */
export async function validate(scenario: Scenario, options: ValidateOptions, world: World): Promise<ScenarioValidation> {
  const { plan } = scenario;
  const { folder, progress, command, signal } = options;
  const theirs: RunInFolder[] = options.real.kind === 'before' ? await readRealRuns(options.real.folders, plan) : [];
  refuseWhatIsMissing(scenario, 'simulated', { keep: false });
  const on = (network: 'docker' | 'simulated', profile: Profile, [below, title]: readonly [string, string]): Promise<RunInFolder> => {
    progress.line(`── ${plan.name}, ${title}`);
    return run(scenario, { network, out: join(folder, below), keep: false, command, progress, signal, profile }, world);
  };
  if (options.real.kind === 'anew') {
    const { count } = options.real;
    for (let nth = 1; nth <= count; nth++) {
      theirs.push(await on('docker', options.profile, placeOf(nth, count)));
      // An interrupted run has its report all the same; those after it would have none.
      signal.throwIfAborted();
    }
  }
  const pace = paceOf(
    options.profile,
    theirs.map(({ findings }) => findings.report.host),
  );
  const ours = await on('simulated', pace === null ? options.profile : atPace(options.profile, pace), ['simulated', 'simulated']);
  const realRuns = theirs.map(markOfRun);
  return {
    scenario: plan.name,
    question: plan.question,
    seed: plan.seed,
    real: realRuns[0]!,
    realRuns,
    simulated: markOfRun(ours),
    pace,
    rows: judge(
      theirs.map(({ findings }) => findings),
      ours.findings,
    ),
  };
}

interface RunInFolder {
  readonly findings: Findings;
  readonly folder: string;
}

async function readRealRuns(folders: readonly string[], plan: Plan): Promise<RunInFolder[]> {
  const runs: RunInFolder[] = [];
  for (const folder of folders) runs.push({ findings: await readRealRun(folder, plan), folder });
  return runs;
}

/** A single run stands in `docker` itself. */
function placeOf(nth: number, count: number): readonly [below: string, title: string] {
  if (count === 1) return ['docker', 'on real nodes'];
  return [join('docker', String(nth)), `on real nodes, run ${nth} of ${count}`];
}

/** Readings of one machine, minutes apart and with nothing else running, differ by as much: less than that says nothing. */
const PACE_TOLD_APART = 1.25;

/** The mean of all readings of all runs. null: not known of one of them, or of two processors, where rounds of one thing say nothing of another. */
function paceOf({ machine }: Profile, hosts: readonly Pick<Host, 'cpu' | 'pacePerS'>[]): number | null {
  const readings = hosts.flatMap(({ pacePerS = [] }) => pacePerS);
  const unknown = hosts.some(({ cpu = machine.cpu, pacePerS }) => pacePerS === undefined || cpu !== machine.cpu);
  if (machine.pacePerS === undefined || unknown) return null;
  const pace = readings.reduce((sum, reading) => sum + reading, 0) / readings.length / machine.pacePerS;
  return Math.max(pace, 1 / pace) > PACE_TOLD_APART ? pace : 1;
}

function markOfRun({ findings, folder }: RunInFolder): RunMark {
  const { ended, network, host } = findings.report;
  const cpu = host.cpu === undefined ? {} : { cpu: host.cpu };
  return {
    versions: network.versions,
    folder,
    ended: ended === null ? null : `${ended.error}: ${ended.message}`,
    wallMs: host.wallMs,
    ...cpu,
  };
}
