/** `sim run`: scenarios to reports. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../nodes/errors.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import { readProfile } from '../../nodes/simulated/profile/read.ts';
import { summaryLines } from '../../reports/summary-lines.ts';
import { NETWORK_CHOICES, type NetworkChoice } from '../choose-network.ts';
import { commandLine } from '../command-line.ts';
import { errorText } from '../error-text.ts';
import { interrupted } from '../interruption.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { RunsFailedError } from '../outcome.ts';
import { type PlannedRun, plannedRuns } from '../planned-runs.ts';
import { SILENT, textProgress } from '../progress.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import { type Finished, run as runScenario } from '../run.ts';
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
  keep: boolean;
  open: boolean;
  json: boolean;
  quiet: boolean;
  fresh: boolean;
  'json-stream': boolean;
}

const run: CommandModule<object, RunArguments> = {
  command: 'run <files..>',
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
      .option('keep', { type: 'boolean', default: false, describe: 'leave the docker network up (`sim ls`, `sim down`)' })
      .option('open', { type: 'boolean', default: false, describe: 'show the report in a browser' })
      .option('json', { type: 'boolean', default: false, describe: 'the report on stdout, all else on stderr' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only where the report is, and errors' })
      .option('fresh', { type: 'boolean', default: false, describe: 'a docker network from nothing, not from one kept of an earlier run' })
      .option('json-stream', { type: 'boolean', default: false, hidden: true })
      .example('$0 run scenarios/smallest.yaml', 'two nodes, under a minute')
      .example('$0 run scenarios/vpn-5hop.yaml --network simulated --seed 7', 'virtual time, the same figures every time')
      .example("$0 run scenarios/vpn-5hop.yaml --set nodes.commitInterval='10 ms'", 'with one value changed'),
  handler: async (args) => {
    refuse(args);
    const scenarios = await readScenarios(args.files ?? [], overridesOf(args));
    const profile = args.profile === undefined ? undefined : await readProfile(args.profile);
    const runs = plannedRuns(scenarios, { out: args.out, repeat: args.repeat, now: new Date(world.now()) });
    if (args.json && runs.length > 1)
      throw new ScenarioError('--json: expected one run, since it prints one report', { hint: 'leave --json away: each report is a file' });
    const errors: unknown[] = [];
    for (const planned of runs) {
      const error = await runOne(planned, runs.length > 1, args, profile);
      if (error !== null && runs.length === 1) throw error;
      if (error !== null) process.stderr.write(`${errorText(error, false)}\n`);
      if (error !== null) errors.push(error);
      if (interrupted.aborted) break;
    }
    if (errors.length > 0) throw new RunsFailedError(errors, runs.length);
  },
};

export default run;

function refuse({ 'json-stream': jsonStream, repeat }: RunArguments): void {
  const missing = '--json-stream: samples cannot be streamed yet';
  if (jsonStream) throw new ScenarioError(missing, { hint: 'leave the option away' });
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > REPEAT_MAX)
    throw new ScenarioError(`--repeat: expected 1 to ${REPEAT_MAX}, found ${repeat}`);
}

/** What it ended with, or null. */
async function runOne(
  { scenario, out, title }: PlannedRun,
  oneOfMany: boolean,
  args: RunArguments,
  profile: Profile | undefined,
): Promise<unknown> {
  const screen = args.json ? process.stderr : process.stdout;
  const progress = args.quiet ? SILENT : textProgress(screen, () => performance.now());
  if (oneOfMany) progress.line(`── ${title} (${scenario.file})`);
  try {
    const { network, keep, fresh } = args;
    const finished = await runScenario(
      scenario,
      { network, keep, fresh, out, profile, command: commandLine(process.argv), progress, signal: interrupted },
      world,
    );
    await show(finished, args);
    if (keep) progress.line('the network is kept up: `sim ls` says how to reach it, `sim down` takes it down');
    return finished.error;
  } catch (error) {
    return error;
  }
}

async function show({ findings, folder }: Finished, { json, quiet, open }: RunArguments): Promise<void> {
  const page = join(folder, 'report.html');
  const lines = summaryLines(findings.report, page);
  if (json) process.stdout.write(await readFile(join(folder, 'report.json')));
  else process.stdout.write(`${(quiet ? lines.slice(-1) : ['', ...lines]).join('\n')}\n`);
  if (open) openInBrowser(page);
}
