/** `sim up`: brings a scenario's docker network up and leaves it there, to poke at by hand. */
import type { CommandModule } from 'yargs';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { runningNetworks } from '../../nodes/docker/running.ts';
import type { Network } from '../../nodes/node.ts';
import { chooseNetwork } from '../choose-network.ts';
import { interrupted as signal } from '../interruption.ts';
import { defaultFolder, makeOutFolder, removeIfEmpty } from '../out-folder.ts';
import { textProgress } from '../progress.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import { refuseWhatIsMissing } from '../refuse.ts';
import { timeLimit } from '../time-limit.ts';
import { world } from '../world.ts';
import { byHand } from './by-hand.ts';
import { networkText } from './ls.ts';

interface UpArguments {
  file: string | undefined;
  set: string[];
}

const up: CommandModule<object, UpArguments> = {
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', describe: 'the scenario; its workloads are not run' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value: change one value of the scenario',
      })
      .example('$0 up scenarios/smallest.yaml', 'then `sim ls` says how to reach each node, and `sim down` ends it'),
  handler: async ({ file, set }) => {
    const scenarios = await readScenarios([file!], overridesOf({ set }));
    const scenario = scenarios[0]!;
    const { kind } = await chooseNetwork('docker', world.dockerReady, { signal });
    refuseWhatIsMissing(scenario, kind, { keep: true });
    const { docker } = await connectEngine({ signal });
    const before = new Set((await runningNetworks(docker, { signal })).map(({ runId }) => runId));
    const progress = textProgress(process.stderr, () => performance.now());
    const out = await makeOutFolder(defaultFolder(`${scenario.plan.name}-up`, new Date(world.now())));
    using limit = timeLimit(scenario.plan.timeLimitMs, signal);
    let network: Network;
    try {
      network = await world.open(kind, scenario.plan.network, {
        progress: progress.ended,
        logs: out.logs,
        keep: true,
        signal: limit.signal,
      });
    } finally {
      progress.stop();
      if (!(await removeIfEmpty(out))) progress.line(`logs are in ${out.logs}`);
    }
    const opened = (await runningNetworks(docker, { signal })).filter(({ runId, state }) => state === 'held' && !before.has(runId));
    process.stdout.write(opened.map((one) => networkText(one) + byHand(one, network)).join('\n'));
  },
};

export default up;
