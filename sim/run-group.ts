/** Several runs of one scenario, repeats and cells of its matrix, and one report over all of them. Finished runs are not run again. */
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LeydenError, ScenarioError, WorkloadError } from '../nodes/errors.ts';
import { boundedPlan } from '../reports/bounded-report.ts';
import { chooseNetwork } from './choose-network.ts';
import { hostOf } from './host.ts';
import { readReport } from './measure/read-report.ts';
import type { Findings, Host, Report } from './measure/report.ts';
import { hasReport, makeGroupFolder } from './out-folder.ts';
import type { PlannedGroup, PlannedRun } from './planned-runs.ts';
import { refuseWhatIsMissing, whyNotDocker } from './refuse.ts';
import type { RunOptions, World } from './run.ts';
import type { Plan } from './scenario/plan.ts';
import { type FinishedRun, topReport } from './top-report.ts';

export interface GroupOptions extends Omit<RunOptions, 'out'> {
  /** Runs whose report is there already are taken as they are; without it they are run again. */
  readonly resume: boolean;
  /** Runs what is left; answers as runs end, in any order. */
  readonly perform: (runs: readonly PlannedRun[], options: Omit<RunOptions, 'out'>) => AsyncIterable<RunOutcome>;
}

export interface RunOutcome {
  readonly run: PlannedRun;
  /** What it ended with, null where all is good. */
  readonly error: unknown;
}

export interface FinishedGroup {
  readonly findings: Findings;
  readonly folder: string;
  readonly errors: readonly unknown[];
}

/** Throws where there is nothing to report: ScenarioError where the folder holds another scenario's runs, or what the only runs ended with. */
export async function runGroup(group: PlannedGroup, options: GroupOptions, world: World): Promise<FinishedGroup> {
  const { scenario, out, runs } = group;
  const { progress, resume, perform, signal } = options;
  const host = hostOf(options.command, world);
  const chosen = await chooseNetwork(options.network, world.dockerReady, options, whyNotDocker(scenario));
  progress.line(`network: ${chosen.kind}: ${chosen.reason}`);
  for (const run of runs) refuseWhatIsMissing(run.scenario, chosen.kind, options);
  await makeGroupFolder(out, resume);
  const done = new Set<PlannedRun>();
  if (resume) for (const run of runs) if (await isFinished(run, chosen.kind)) done.add(run);
  if (done.size > 0) progress.line(`${done.size} of ${runs.length} runs are there already`);
  const errors: unknown[] = [];
  const left = runs.filter((run) => !done.has(run));
  for (const run of left) await clearReport(run);
  for await (const { run, error } of perform(left, { ...options, chosen })) {
    if (error === null) done.add(run);
    else errors.push(error);
  }
  const finished = await finishedRuns(out, runs);
  if (finished.length === 0) throw errors[0] ?? signal.reason;
  const report = topReport(scenario.plan, finished, host(), missing(finished.length, runs.length, signal));
  const findings: Findings = { report, samples: [] };
  await world.writeReport(findings, out);
  if (signal.aborted) errors.push(signal.reason);
  return { findings, folder: out, errors };
}

/** The report over those runs of a group that came to one of their own. Throws WorkloadError where none did. */
export async function reportOver(group: PlannedGroup, host: Host, signal: AbortSignal): Promise<Report> {
  const { scenario, out, runs } = group;
  const finished = await finishedRuns(out, runs);
  if (finished.length === 0) throw new WorkloadError(`${out}: none of ${runs.length} runs came to a report`);
  return topReport(scenario.plan, finished, host, missing(finished.length, runs.length, signal));
}

/** A report of an earlier attempt must not pass for one of this. */
export async function clearReport({ out }: PlannedRun): Promise<void> {
  await rm(join(out, 'report.json'), { force: true });
}

/** A run of the same plan that reached its end. Throws ScenarioError where the folder holds anything else's. */
export async function isFinished({ scenario, out }: PlannedRun, kind: Report['network']['kind']): Promise<boolean> {
  if (!(await hasReport(out))) return false;
  const report = await readReport(out);
  if (report.network.kind !== kind)
    throw new ScenarioError(`${out}: holds a ${report.network.kind} run, this one is ${kind}`, {
      hint: `--network ${report.network.kind}, or another folder`,
    });
  if (!samePlan(report.plan, boundedPlan(scenario.plan)))
    throw new ScenarioError(`${out}: holds a run of another scenario, or of this one before it was changed`, {
      hint: 'name another folder, or leave --resume away to run all again',
    });
  return report.ended === null;
}

/** As they are in a file: absent and undefined are the same. */
function samePlan(written: Plan, plan: Plan): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(written)), JSON.parse(JSON.stringify(plan)));
}

async function finishedRuns(out: string, runs: readonly PlannedRun[]): Promise<FinishedRun[]> {
  const finished: FinishedRun[] = [];
  for (const run of runs) {
    if (!(await hasReport(run.out))) continue;
    const report = await readReport(run.out);
    finished.push({ cell: run.cell, repeat: run.repeat, path: relative(out, run.out), report });
  }
  return finished;
}

function missing(finished: number, planned: number, signal: AbortSignal): Report['ended'] {
  if (finished === planned) return null;
  const { reason } = signal;
  const [error, why] =
    signal.aborted && reason instanceof LeydenError ? [reason.name, reason.message] : ['WorkloadError', 'they came to no report'];
  return { error, message: `${planned - finished} of ${planned} runs are missing: ${why}` };
}

/** What a user types to go on. */
export function resumeHint(command: string, out: string): string {
  const asked = command.includes('--resume') ? command : `${command} --resume`;
  return asked.includes('--out') ? asked : `${asked} --out ${join(out)}`;
}
