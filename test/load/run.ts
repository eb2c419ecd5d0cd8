/**
 * `npm run load`: how much real nodes and relays take at once, and what broke first. Words after `--` choose: htlcs, streams, pages, nodes.
 * JSON lines, one a figure. Some minutes each; `nodes` starts 50 LNDs (`npm run load -- nodes=20` fewer). Interrupted, it takes the network
 * down and exits 105.
 */
import { openDocker } from '../../nodes/docker/network.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { faultsLine } from '../faults/plan.ts';
import { htlcs } from './htlcs.ts';
import { interruptible } from './interruptible.ts';
import { nodes } from './nodes.ts';
import { pages } from './pages.ts';
import { streams } from './streams.ts';

const ON_THE_LINE = { htlcs, streams, pages };
const NODES = 50;

const words = process.argv.slice(2);
const asked = (name: string): boolean => words.length === 0 || words.some((word) => word.split('=')[0] === name);
const tell = (name: string, figures: object): void => {
  process.stdout.write(`${JSON.stringify({ load: name, ...figures })}\n`);
};

await interruptible(async (signal) => {
  /** What an interruption cut short is no figure. */
  const toEnd = async (name: string, measuring: Promise<object>): Promise<void> => {
    const figures = await measuring;
    signal.throwIfAborted();
    tell(name, figures);
  };
  if (Object.keys(ON_THE_LINE).some(asked)) {
    await using network = await openDocker(faultsLine(), { connectRelay, signal });
    for (const [name, measure] of Object.entries(ON_THE_LINE)) if (asked(name)) await toEnd(name, measure(network, signal));
  }
  if (asked('nodes')) {
    const [, count] = words.find((word) => word.startsWith('nodes='))?.split('=') ?? [];
    await toEnd('nodes', nodes(Number(count ?? NODES), signal));
  }
});
