/** `sim clean`: removes what earlier runs left behind in docker. */
import type { CommandModule } from 'yargs';
import { cleanDocker, type Leftover } from '../../nodes/docker/clean.ts';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { interrupted as signal } from '../interruption.ts';

const clean: CommandModule<object, { all: boolean }> = {
  builder: (yargs) =>
    yargs.option('all', {
      type: 'boolean',
      default: false,
      describe: 'also networks that were kept up, and those that the next start would begin from; what a living run holds stays',
    }),
  handler: async ({ all }) => {
    const { docker } = await connectEngine({ signal });
    const gone = await cleanDocker(docker, { all, signal });
    process.stdout.write(gone.length === 0 ? 'nothing to remove\n' : `removed ${gone.map(leftoverText).join('\nremoved ')}\n`);
  },
};

export default clean;

function leftoverText({ kind, name, runId, state }: Leftover): string {
  return `${kind} ${name} of run ${runId} (${state === 'held' ? 'kept up' : 'left behind'})`;
}
