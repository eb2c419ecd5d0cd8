/** `sim check`: reads scenarios as `sim run` would, and runs nothing. */
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../nodes/errors.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import type { Scenario } from '../scenario/read.ts';
import { scenarioJsonSchema } from '../scenario/schema.ts';

interface CheckArguments {
  files: string[] | undefined;
  set: string[];
  schema: boolean;
  json: boolean;
}

const check: CommandModule<object, CheckArguments> = {
  builder: (yargs) =>
    yargs
      .positional('files', { type: 'string', array: true, describe: 'scenario files' })
      .option('set', { type: 'string', array: true, nargs: 1, default: [] as string[], describe: 'path=value: change one value first' })
      .option('json', { type: 'boolean', default: false, describe: 'the plans on stdout, as JSON' })
      .option('schema', { type: 'boolean', default: false, describe: 'print the JSON Schema of a scenario, for editors' })
      .example('$0 check scenarios/*.yaml', 'say what is wrong with any of them')
      .example('$0 check --schema > scenario.schema.json', 'for completion in an editor'),
  handler: async ({ files = [], set, schema, json }) => {
    if (schema) return void process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    if (files.length === 0)
      throw new ScenarioError('expected scenario files to check, or --schema', { hint: 'sim check scenarios/*.yaml' });
    const scenarios = await readScenarios(files, overridesOf({ set }));
    if (json)
      process.stdout.write(
        `${JSON.stringify(
          scenarios.map(({ plan }) => plan),
          null,
          2,
        )}\n`,
      );
    else for (const scenario of scenarios) process.stdout.write(`${summary(scenario)}\n`);
  },
};

export default check;

function summary({ file, cells, plan: { network, workloads, thresholds } }: Scenario): string {
  const count = (many: readonly unknown[], what: string) => `${many.length} ${what}${many.length === 1 ? '' : 's'}`;
  const parts = [
    count(network.nodes, 'node'),
    count(network.channels, 'channel'),
    count(workloads, 'workload'),
    count(thresholds, 'threshold'),
    ...(cells.length > 1 ? [count(cells, 'run')] : []),
  ];
  return `${file}: good (${parts.join(', ')})`;
}
