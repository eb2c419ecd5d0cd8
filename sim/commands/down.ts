/** `sim down`: takes networks down that `sim up` or `sim run --keep` left up. */
import type { CommandModule } from 'yargs';
import { removeRun } from '../../nodes/docker/clean.ts';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { type RunningNetwork, runningNetworks } from '../../nodes/docker/running.ts';
import { ScenarioError } from '../../nodes/errors.ts';
import { interrupted as signal } from '../interruption.ts';
import { didYouMean } from '../scenario/nearest.ts';

interface DownArguments {
  names: string[] | undefined;
  all: boolean;
}

const down: CommandModule<object, DownArguments> = {
  builder: (yargs) =>
    yargs
      .positional('names', { type: 'string', array: true, describe: 'as `sim ls` lists them; may be left away where only one is up' })
      .option('all', { type: 'boolean', default: false, describe: 'every network that was kept up' }),
  handler: async ({ names = [], all }) => {
    const { docker } = await connectEngine({ signal });
    const held = (await runningNetworks(docker, { signal })).filter(({ state }) => state === 'held');
    for (const runId of chosen(held, names, all)) {
      signal.throwIfAborted();
      await removeRun(docker, runId);
      process.stdout.write(`${runId}: down\n`);
    }
  },
};

export default down;

/** Which runs to take down. Throws ScenarioError where that is not clear. */
export function chosen(held: readonly Pick<RunningNetwork, 'runId'>[], names: readonly string[], all: boolean): readonly string[] {
  const known = held.map(({ runId }) => runId);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ScenarioError(`nothing called ${unknown} is kept up${didYouMean(unknown, known)}`, { hint: 'sim ls' });
  if (all || known.length === 0) return known;
  if (names.length === 0 && known.length > 1)
    throw new ScenarioError(`${known.length} networks are kept up: ${known.join(', ')}`, { hint: 'name one, or --all' });
  return names.length === 0 ? known : names;
}
