/** `sim compare`: two reports, a verdict per metric. */
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../nodes/errors.ts';
import { comparisonLines } from '../../reports/comparison/lines.ts';
import { comparisonMarkdown } from '../../reports/comparison/markdown.ts';
import { writeComparison } from '../../reports/comparison/write.ts';
import { compare as compareReports } from '../compare/compare.ts';
import { ACROSS, type Across } from '../compare/comparison.ts';
import { outcomeOf } from '../compare/outcome.ts';
import { jobSummary } from '../job-summary.ts';
import { readReport } from '../measure/read-report.ts';
import { shareOf } from '../share-option.ts';

interface CompareArguments {
  base: string | undefined;
  head: string | undefined;
  across: Across[];
  margin: string | undefined;
  level: string | undefined;
  out: string | undefined;
  markdown: boolean;
  json: boolean;
}

const compare: CommandModule<object, CompareArguments> = {
  builder: (yargs) =>
    yargs
      .positional('base', { type: 'string', describe: 'folder of a report, of one run or of many (--repeat)' })
      .positional('head', { type: 'string', describe: 'the same, of what is to be judged' })
      .option('across', {
        choices: ACROSS,
        array: true,
        nargs: 1,
        default: [] as Across[],
        describe: 'what may differ between the two, beside what was measured',
      })
      .option('margin', { type: 'string', requiresArg: true, describe: "the change that matters (default: the scenario's, else 10 %)" })
      .option('level', { type: 'string', requiresArg: true, describe: 'how often equal sides may raise any false alarm (default: 1 %)' })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'folder for compare.html, compare.md, compare.json and compare.xml (JUnit)',
      })
      .option('markdown', { type: 'boolean', default: false, describe: 'markdown on stdout, for a comment or a job summary' })
      .option('json', { type: 'boolean', default: false, describe: 'the comparison on stdout' })
      .example('$0 compare reports/out/a reports/out/b', 'exit 98: something regressed, 97: nobody can tell')
      .example('$0 compare a b --across lnd --markdown', 'two LND versions, as a comment on a pull request'),
  handler: async (args) => {
    if (args.json && args.markdown) throw new ScenarioError('--json and --markdown: expected one of them, since both print on stdout');
    const [base, head] = await Promise.all([readReport(args.base!), readReport(args.head!)]);
    const level = shareOf('--level', args.level, 0.5);
    const comparison = compareReports(base, head, {
      across: args.across,
      labels: { base: args.base!, head: args.head! },
      margin: shareOf('--margin', args.margin, 10),
      rules: level === undefined ? {} : { level },
    });
    if (args.out !== undefined) await writeComparison(comparison, args.out);
    await jobSummary(comparisonMarkdown(comparison));
    if (args.json) process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
    else if (args.markdown) process.stdout.write(comparisonMarkdown(comparison));
    else {
      const place = args.out === undefined ? null : join(args.out, 'compare.md');
      process.stdout.write(`${comparisonLines(comparison, place).join('\n')}\n`);
    }
    const outcome = outcomeOf(comparison);
    if (outcome !== null) throw outcome;
  },
};

export default compare;
