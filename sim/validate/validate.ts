/** One scenario on real nodes and on the model, and how far apart they came out. */
import { join } from 'node:path';
import { ScenarioError } from '../../nodes/errors.ts';
import { atPace } from '../../nodes/simulated/profile/at-pace.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import type { Findings, Host } from '../measure/report.ts';
import type { Progress } from '../progress.ts';
import { refuseWhatIsMissing } from '../refuse.ts';
import { run, type World } from '../run.ts';
import type { Scenario } from '../scenario/read.ts';
import { fingerprint } from './fingerprint.ts';
import { judge } from './judge.ts';
import { readRealRun } from './real-run.ts';
import type { RunMark, ScenarioValidation } from './validation.ts';

export interface ValidateOptions {
  /** `docker/` and `simulated/` are made in it. */
  readonly folder: string;
  /** A docker run of this scenario that stands there already. */
  readonly real: string | null;
  readonly profile: Profile;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A model fitted to a scenario says nothing about LND when it predicts that scenario. Throws ScenarioError. */
export function refuseOwnMaterial(scenarios: readonly Scenario[], profile: Profile): void {
  for (const { file, plan } of scenarios) {
    const own = profile.madeFrom.find((made) => made.fingerprint === fingerprint(plan));
    if (own === undefined) continue;
    throw new ScenarioError(
      `${file}: the profile ${profile.name} was measured on this very network (${own.name}): it would be judged by itself`,
      {
        hint: 'another scenario, or a profile of `sim calibrate`, which has probe networks of its own',
      },
    );
  }
}

/** Throws what a run throws that has nothing to report. The real run goes first: as fast as the machine was then, the model's is. */
export async function validate(scenario: Scenario, options: ValidateOptions, world: World): Promise<ScenarioValidation> {
  const { plan } = scenario;
  const { folder, progress, command, signal } = options;
  const real = options.real === null ? null : await readRealRun(options.real, plan);
  refuseWhatIsMissing(scenario, 'simulated', { keep: false });
  const on = async (network: 'docker' | 'simulated', profile: Profile): Promise<{ findings: Findings; folder: string }> => {
    progress.line(`── ${plan.name}, ${network === 'docker' ? 'on real nodes' : 'simulated'}`);
    return run(scenario, { network, out: join(folder, network), keep: false, command, progress, signal, profile }, world);
  };
  const theirs = real === null ? await on('docker', options.profile) : { findings: real, folder: options.real! };
  const pace = paceOf(options.profile, theirs.findings.report.host);
  const ours = await on('simulated', pace === null ? options.profile : atPace(options.profile, pace));
  return {
    scenario: plan.name,
    question: plan.question,
    seed: plan.seed,
    real: markOfRun(theirs.findings, theirs.folder),
    simulated: markOfRun(ours.findings, ours.folder),
    pace,
    rows: judge(theirs.findings, ours.findings),
  };
}

/** Readings of one machine, minutes apart and with nothing else running, differ by as much: less than that says nothing. */
const PACE_TOLD_APART = 1.25;

/** null: not known, or of two processors, where rounds of one thing say nothing of another. */
function paceOf({ machine }: Profile, { cpu = machine.cpu, pacePerS }: Pick<Host, 'cpu' | 'pacePerS'>): number | null {
  if (machine.pacePerS === undefined || pacePerS === undefined || cpu !== machine.cpu) return null;
  const pace = (pacePerS[0] + pacePerS[1]) / 2 / machine.pacePerS;
  return Math.max(pace, 1 / pace) > PACE_TOLD_APART ? pace : 1;
}

function markOfRun({ report }: Findings, folder: string): RunMark {
  const { ended, network, host } = report;
  const cpu = host.cpu === undefined ? {} : { cpu: host.cpu };
  return {
    versions: network.versions,
    folder,
    ended: ended === null ? null : `${ended.error}: ${ended.message}`,
    wallMs: host.wallMs,
    ...cpu,
  };
}
