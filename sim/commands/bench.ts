/** `sim bench`: two LND images, or two revisions of this repository, in turns on this machine; then a comparison. */
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../nodes/errors.ts';
import { comparisonLines } from '../../reports/comparison/lines.ts';
import { comparisonMarkdown } from '../../reports/comparison/markdown.ts';
import { type BenchResult, runBench } from '../bench/bench.ts';
import { benchSide } from '../bench/side.ts';
import { NETWORK_CHOICES, type NetworkChoice } from '../choose-network.ts';
import { commandLine } from '../command-line.ts';
import { RUNS_MAX } from '../compare/mann-whitney.ts';
import { outcomeOf } from '../compare/outcome.ts';
import { errorText } from '../error-text.ts';
import { interrupted } from '../interruption.ts';
import { jobSummary } from '../job-summary.ts';
import { defaultFolder } from '../out-folder.ts';
import { RunsFailedError } from '../outcome.ts';
import { SILENT, textProgress } from '../progress.ts';
import { shareOf } from '../share-option.ts';
import { world } from '../world.ts';

interface BenchArguments {
  file: string | undefined;
  base: string;
  head: string;
  n: number;
  network: NetworkChoice;
  out: string | undefined;
  seed: string | undefined;
  set: string[];
  margin: string | undefined;
  level: string | undefined;
  resume: boolean;
  json: boolean;
  markdown: boolean;
  quiet: boolean;
}

const bench: CommandModule<object, BenchArguments> = {
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', describe: 'scenario file; `headline:` in it says what is judged' })
      .option('base', { type: 'string', requiresArg: true, demandOption: true, describe: 'image:NAME or git:REF, what is held against' })
      .option('head', { type: 'string', requiresArg: true, demandOption: true, describe: 'image:NAME or git:REF, what is judged' })
      .option('n', { type: 'number', requiresArg: true, default: 10, describe: 'runs a side' })
      .option('network', { choices: NETWORK_CHOICES, default: 'auto' as NetworkChoice, describe: 'auto: docker where it is ready' })
      .option('out', { type: 'string', requiresArg: true, describe: 'folder (default: reports/out/<name>-bench-<time>)' })
      .option('seed', { type: 'string', requiresArg: true, describe: "of the first run of each side, instead of the scenario's" })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value: change one value, on both sides',
      })
      .option('margin', { type: 'string', requiresArg: true, describe: "the change that matters (default: the scenario's, else 10 %)" })
      .option('level', { type: 'string', requiresArg: true, describe: 'how often equal sides may raise any false alarm (default: 1 %)' })
      .option('resume', { type: 'boolean', default: false, describe: 'only the runs that are missing in --out' })
      .option('markdown', { type: 'boolean', default: false, describe: 'markdown on stdout, all else on stderr' })
      .option('json', { type: 'boolean', default: false, describe: 'the comparison on stdout, all else on stderr' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only the comparison, and errors' })
      .example('$0 bench --base image:auto --head image:my/lnd:pr scenarios/smallest.yaml', 'your LND against the one that sim setup got')
      .example('$0 bench --base image:auto --head image:auto scenarios/smallest.yaml', 'the noise of this machine, and what it hides')
      .example(
        '$0 bench --base git:main --head git:HEAD scenarios/vpn-5hop.yaml --network simulated -n 1',
        'exact: one run a side is enough',
      ),
  handler: async (args) => {
    if (args.json && args.markdown) throw new ScenarioError('--json and --markdown: expected one of them, since both print on stdout');
    if (!Number.isInteger(args.n) || args.n < 1 || args.n > RUNS_MAX)
      throw new ScenarioError(`-n: expected 1 to ${RUNS_MAX} runs a side, found ${args.n}`);
    if (args.resume && args.out === undefined)
      throw new ScenarioError('--resume: expected --out with the folder of a bench that was interrupted');
    const { n, network, set, seed, resume, json, markdown, quiet } = args;
    const progress = quiet ? SILENT : textProgress(json || markdown ? process.stderr : process.stdout, () => performance.now());
    const result = await runBench(
      {
        ...{ file: args.file!, n, network, set, seed, resume, progress },
        base: benchSide('--base', args.base),
        head: benchSide('--head', args.head),
        level: shareOf('--level', args.level, 0.5),
        margin: shareOf('--margin', args.margin, 10),
        out: (name) => args.out ?? defaultFolder(`${name}-bench`, new Date(world.now())),
        command: commandLine(process.argv),
        signal: interrupted,
        tell: (error) => void process.stderr.write(`${errorText(error, false)}\n`),
      },
      world,
    ).finally(() => progress.stop());
    await show(result, args);
    const outcome = outcomeOf(result.comparison);
    if (result.errors.length > 0) throw new RunsFailedError([...result.errors, ...(outcome === null ? [] : [outcome])], 2 * n);
    if (outcome !== null) throw outcome;
  },
};

export default bench;

async function show({ comparison, folder }: BenchResult, { json, markdown }: BenchArguments): Promise<void> {
  await jobSummary(comparisonMarkdown(comparison));
  if (json) process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (markdown) process.stdout.write(comparisonMarkdown(comparison));
  else process.stdout.write(`${comparisonLines(comparison, join(folder, 'compare.md')).join('\n')}\n`);
}
