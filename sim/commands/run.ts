/** `sim run`: scenarios to reports. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../nodes/errors.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import { readProfile } from '../../nodes/simulated/profile/read.ts';
import { reportMarkdown } from '../../reports/markdown.ts';
import { summaryLines } from '../../reports/summary-lines.ts';
import { NETWORK_CHOICES, type NetworkChoice } from '../choose-network.ts';
import { commandLine } from '../command-line.ts';
import { errorText } from '../error-text.ts';
import { interrupted } from '../interruption.ts';
import { jobSummary } from '../job-summary.ts';
import { jsonStream, type Stream, together } from '../json-stream.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { RunsFailedError } from '../outcome.ts';
import { perform } from '../perform.ts';
import { type PlannedGroup, type PlannedRun, plannedGroups } from '../planned-runs.ts';
import { type Progress, SILENT, textProgress } from '../progress.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import { type Finished, run as runScenario } from '../run.ts';
import { resumeHint, runGroup } from '../run-group.ts';
import { world } from '../world.ts';

const REPEAT_MAX = 1_000;

interface RunArguments {
  files: string[] | undefined;
  network: NetworkChoice;
  out: string | undefined;
  seed: string | undefined;
  repeat: number;
  set: string[];
  profile: string | undefined;
  resume: boolean;
  keep: boolean;
  open: boolean;
  json: boolean;
  quiet: boolean;
  fresh: boolean;
  'json-stream': boolean;
}

const run: CommandModule<object, RunArguments> = {
  builder: (yargs) =>
    yargs
      .positional('files', { type: 'string', array: true, describe: 'scenario files' })
      .option('network', {
        choices: NETWORK_CHOICES,
        default: 'auto' as NetworkChoice,
        describe: 'auto: docker where it is ready, else simulated',
      })
      .option('out', { type: 'string', requiresArg: true, describe: 'folder of the report (default: reports/out/<name>-<time>)' })
      .option('seed', { type: 'string', requiresArg: true, describe: "instead of the scenario's" })
      .option('repeat', { type: 'number', requiresArg: true, default: 1, describe: 'so many runs, each with the next seed' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value: change one value of the scenario',
      })
      .option('profile', { type: 'string', requiresArg: true, describe: 'a profile of `sim calibrate`: what things cost when simulated' })
      .option('resume', {
        type: 'boolean',
        default: false,
        describe: 'of several runs that were interrupted, only those that are missing in --out',
      })
      .option('keep', { type: 'boolean', default: false, describe: 'leave the docker network up (`sim ls`, `sim down`)' })
      .option('open', { type: 'boolean', default: false, describe: 'show the report in a browser' })
      .option('json', { type: 'boolean', default: false, describe: 'the report on stdout, all else on stderr' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only where the report is, and errors' })
      .option('fresh', { type: 'boolean', default: false, describe: 'a docker network from nothing, not from one kept of an earlier run' })
      .option('json-stream', { type: 'boolean', default: false, describe: 'what happens as JSON lines on stdout, all else on stderr' })
      .example('$0 run scenarios/smallest.yaml', 'three nodes, about a minute')
      .example('$0 run scenarios/vpn-5hop.yaml --network simulated --seed 7', 'virtual time, the same figures every time')
      .example("$0 run scenarios/vpn-5hop.yaml --set nodes.commitInterval='10 ms'", 'with one value changed'),
  handler: async (args) => {
    refuse(args);
    const scenarios = await readScenarios(args.files ?? [], overridesOf(args));
    const profile = args.profile === undefined ? undefined : await readProfile(args.profile);
    const groups = plannedGroups(scenarios, { out: args.out, repeat: args.repeat, now: new Date(world.now()) });
    const runs = groups.reduce((sum, group) => sum + group.runs.length, 0);
    if (args.json && groups.length > 1)
      throw new ScenarioError('--json: expected one file, since it prints one report', {
        hint: 'leave --json away: each report is a file',
      });
    if (args.resume && (args.out === undefined || runs === groups.length))
      throw new ScenarioError('--resume: expected --out with the folder of several runs that were interrupted', {
        hint: 'sim run FILE --repeat N --out DIR --resume',
      });
    const errors: unknown[] = [];
    for (const group of groups) {
      const [only] = group.runs;
      const found = group.runs.length === 1 ? await runOne(only!, groups.length > 1, args, profile) : await runMany(group, args, profile);
      if (found.length > 0 && runs === 1) throw found[0];
      errors.push(...found);
      if (interrupted.aborted) break;
    }
    if (errors.length > 0) throw new RunsFailedError(errors, runs);
  },
};

export default run;

function refuse({ json, 'json-stream': jsonStream, repeat }: RunArguments): void {
  if (json && jsonStream) throw new ScenarioError('--json and --json-stream: expected one of the two on stdout');
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > REPEAT_MAX)
    throw new ScenarioError(`--repeat: expected 1 to ${REPEAT_MAX}, found ${repeat}`);
}

interface Told {
  readonly progress: Progress;
  /** With --json-stream, which then owns stdout. */
  readonly stream: Stream | null;
}

function toldOf({ json, quiet, 'json-stream': streamed }: RunArguments): Told {
  const clock = () => performance.now();
  const text = quiet ? SILENT : textProgress(json || streamed ? process.stderr : process.stdout, clock);
  if (!streamed) return { progress: text, stream: null };
  const stream = jsonStream((line) => void process.stdout.write(line), clock);
  return { progress: together(text, stream), stream };
}

/** What it ended with, or nothing. */
async function runOne(
  { scenario, out, title }: PlannedRun,
  oneOfMany: boolean,
  args: RunArguments,
  profile: Profile | undefined,
): Promise<unknown[]> {
  const { progress, stream } = toldOf(args);
  stream?.began({ scenario: scenario.plan.name, file: scenario.file, seed: scenario.plan.seed, out });
  if (oneOfMany) progress.line(`── ${title} (${scenario.file})`);
  try {
    const { network, keep, fresh } = args;
    const finished = await runScenario(
      scenario,
      { network, keep, fresh, out, profile, command: commandLine(process.argv), progress, signal: interrupted },
      world,
    );
    stream?.finished(finished);
    await show(finished, args);
    if (keep) progress.line('the network is kept up: `sim ls` says how to reach it, `sim down` takes it down');
    if (finished.error !== null && oneOfMany) tell(finished.error);
    return finished.error === null ? [] : [finished.error];
  } catch (error) {
    stream?.failed(error);
    if (oneOfMany) tell(error);
    return [error];
  }
}

/** The runs of one file, and the report over them. */
async function runMany(group: PlannedGroup, args: RunArguments, profile: Profile | undefined): Promise<readonly unknown[]> {
  const { network, keep, fresh, resume } = args;
  const { progress, stream } = toldOf(args);
  const { scenario, out } = group;
  stream?.began({ scenario: scenario.plan.name, file: scenario.file, seed: scenario.plan.seed, out });
  const command = commandLine(process.argv);
  progress.line(`── ${group.scenario.plan.name}: ${group.runs.length} runs (${group.scenario.file})`);
  try {
    const told = { network, keep, fresh, profile, command, progress, signal: interrupted, resume };
    const finished = await runGroup(group, { ...told, perform: (runs, options) => perform(runs, options, tell) }, world);
    stream?.finished({ ...finished, error: (finished.errors[0] as Error | undefined) ?? null });
    await show(finished, args);
    if (interrupted.aborted) process.stderr.write(`to go on: ${resumeHint(command, group.out)}\n`);
    return finished.errors;
  } catch (error) {
    stream?.failed(error);
    if (!interrupted.aborted) tell(error);
    return [error];
  } finally {
    progress.stop();
  }
}

function tell(error: unknown): void {
  process.stderr.write(`${errorText(error, false)}\n`);
}

async function show(
  { findings, folder }: Pick<Finished, 'findings' | 'folder'>,
  { json, 'json-stream': stream, quiet, open }: RunArguments,
): Promise<void> {
  const page = join(folder, 'report.html');
  const lines = summaryLines(findings.report, page);
  if (json) process.stdout.write(await readFile(join(folder, 'report.json')));
  else if (stream) process.stderr.write(quiet ? '' : `${['', ...lines].join('\n')}\n`);
  else process.stdout.write(`${(quiet ? lines.slice(-1) : ['', ...lines]).join('\n')}\n`);
  await jobSummary(reportMarkdown(findings));
  if (open) openInBrowser(page);
}
