/** `sim validate`: the same scenario on real nodes and on the model, and how far apart they are. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { ScenarioError, WorkloadError } from '../../nodes/errors.ts';
import { markOf, type Profile } from '../../nodes/simulated/profile/profile.ts';
import { readProfile } from '../../nodes/simulated/profile/read.ts';
import { shippedProfile } from '../../nodes/simulated/profile/shipped.ts';
import { closingLine, scenarioLines } from '../../reports/validation/lines.ts';
import { validationJson, writeValidation } from '../../reports/validation/write.ts';
import { chooseNetwork } from '../choose-network.ts';
import { commandLine } from '../command-line.ts';
import { hostOf, processor } from '../host.ts';
import { interrupted } from '../interruption.ts';
import { defaultFolder } from '../out-folder.ts';
import { SILENT, textProgress } from '../progress.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import type { Scenario } from '../scenario/read.ts';
import { askedRuns, RUNS_DEFAULT } from '../validate/asked-runs.ts';
import { refuseOwnMaterial, validate as validateOne } from '../validate/validate.ts';
import { isGood, type ScenarioValidation, type Validation, WITHIN } from '../validate/validation.ts';
import { world } from '../world.ts';

interface ValidateArguments {
  files: string[] | undefined;
  runs: string | undefined;
  real: string[];
  profile: string | undefined;
  out: string | undefined;
  seed: string | undefined;
  set: string[];
  json: boolean;
  quiet: boolean;
}

const validate: CommandModule<object, ValidateArguments> = {
  builder: (yargs) =>
    yargs
      .positional('files', { type: 'string', array: true, describe: 'scenario files' })
      .option('runs', {
        type: 'string',
        requiresArg: true,
        describe: `how often each file is run on real nodes, 1 to 20: one run is one draw, the median of several is judged; takes so many times as long (default: ${RUNS_DEFAULT})`,
      })
      .option('real', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'folder of a docker run of the file, as often as there are: it is not run on docker again',
      })
      .option('profile', {
        type: 'string',
        requiresArg: true,
        describe: 'a profile of `sim calibrate`, instead of the one that ships for such a processor',
      })
      .option('out', { type: 'string', requiresArg: true, describe: 'folder of the reports (default: reports/out/validate-<time>)' })
      .option('seed', { type: 'string', requiresArg: true, describe: "instead of the scenario's" })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value: change one value of the scenario',
      })
      .option('json', { type: 'boolean', default: false, describe: 'validation.json on stdout, all else on stderr' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress: the tables, and where the report is' })
      .example('$0 validate scenarios/validate/*.yaml', 'star, ring, mesh, commit intervals, concurrency, hops')
      .example('$0 validate scenarios/vpn-5hop.yaml --runs 5', 'judged by the median of five docker runs, then one simulated')
      .example('$0 validate scenarios/vpn-5hop.yaml --real reports/out/a --real reports/out/b', 'against docker runs of before'),
  handler: async (args) => {
    const scenarios = await readScenarios(args.files ?? [], overridesOf(args));
    const profile = args.profile === undefined ? shippedProfile(processor()) : await readProfile(args.profile);
    const real = askedRuns(args);
    refuse(scenarios, args);
    refuseOwnMaterial(scenarios, profile);
    const screen = args.json ? process.stderr : process.stdout;
    const progress = args.quiet ? SILENT : textProgress(screen, () => performance.now());
    // What docker lacks here is said before anything runs.
    if (real.kind === 'anew') await chooseNetwork('docker', world.dockerReady, { signal: interrupted });
    const folder = args.out ?? defaultFolder('validate', new Date(world.now()));
    await refuseForeignFolder(folder);
    const command = commandLine(process.argv);
    const host = hostOf(command, world);
    const found: ScenarioValidation[] = [];
    for (const scenario of scenarios) {
      const own = join(folder, scenario.plan.name);
      const options = { folder: own, real, profile, command, progress, signal: interrupted };
      const one = await validateOne(scenario, options, world);
      found.push(one);
      screen.write(`${scenarioLines(one).join('\n')}\n`);
      // After each, so that what took minutes stands when a later one fails.
      await writeValidation(validationOf(found, profile, host()), folder);
    }
    const validation = validationOf(found, profile, host());
    if (args.json) process.stdout.write(validationJson(validation));
    screen.write(`${closingLine(validation, join(folder, 'validation.html'))}\n`);
    if (!isGood(validation)) throw outOfBounds(validation);
  },
};

export default validate;

function validationOf(scenarios: readonly ScenarioValidation[], profile: Profile, host: Validation['host']): Validation {
  return { schema: 'leyden.validation/1', within: WITHIN, profile: markOf(profile), scenarios: [...scenarios], host };
}

function refuse(scenarios: readonly Scenario[], { real }: ValidateArguments): void {
  if (real.length > 0 && scenarios.length > 1)
    throw new ScenarioError(`--real: expected one scenario file, since a folder holds a run of one, found ${scenarios.length}`);
  const names = scenarios.map(({ plan }) => plan.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ScenarioError(`two of the scenarios are called ${twice}: their reports would overwrite each other`, {
      hint: 'give one of them another name, or validate them one by one',
    });
}

async function refuseForeignFolder(folder: string): Promise<void> {
  const present = await readdir(folder).catch((): string[] => []);
  if (present.length === 0 || present.includes('validation.json')) return;
  throw new ScenarioError(`--out ${folder}: is not empty, and holds no validation that this one could replace`, {
    hint: 'name a new folder, or one of an earlier validation',
  });
}

function outOfBounds({ scenarios }: Validation): WorkloadError {
  const bad = scenarios.filter((found) => !isGood({ scenarios: [found] })).map(({ scenario }) => scenario);
  return new WorkloadError(`the model is out of bounds for ${bad.join(', ')}`, {
    hint: 'the table names each figure; `npx sim calibrate` measures this machine anew',
  });
}
