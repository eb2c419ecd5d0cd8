/**
 * `npm run load`: how much real nodes and relays take at once, and what broke first. Words after `--` choose: htlcs, streams, pages, nodes.
 *
 * JSON lines. The last of a load says what it `held`, and where (`brokeAt`) what (`broke`) broke first; null: nothing, up to what it held.
 * htlcs and streams ask for more than the limit at once. pages and nodes double, a line a step, until something breaks: 200 readers up to
 * 3,200, 50 LNDs up to 200. `nodes=20` is that one step.
 *
 * On 2 cores the line, htlcs and streams take some 2 minutes, pages some 7 (a step has 3 at most), 50 LNDs 3.5 and 100 of them 8; LNDs that
 * do not fit into memory are refused before one starts. Interrupted, it takes the network down and exits 105.
 */
import { openDocker } from '../../nodes/docker/network.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { faultsLine } from '../faults/plan.ts';
import type { Broke, Load, Step } from './doubling.ts';
import { htlcs } from './htlcs.ts';
import { interruptible } from './interruptible.ts';
import { nodes } from './nodes.ts';
import { pages } from './pages.ts';
import { streams } from './streams.ts';

const ON_THE_LINE = { htlcs, streams, pages };

const words = process.argv.slice(2);
const asked = (name: string): boolean => words.length === 0 || words.some((word) => word.split('=')[0] === name);

await interruptible(async (signal) => {
  const toEnd = async (name: string, measure: (load: Load) => Promise<Broke>): Promise<void> => {
    const tell = (figures: Step) => void process.stdout.write(`${JSON.stringify({ load: name, ...figures })}\n`);
    const figures = await measure({ tell, signal });
    // What an interruption cut short is no figure.
    signal.throwIfAborted();
    tell(figures);
  };
  if (Object.keys(ON_THE_LINE).some(asked)) {
    await using network = await openDocker(faultsLine(), { connectRelay, signal });
    for (const [name, measure] of Object.entries(ON_THE_LINE)) if (asked(name)) await toEnd(name, (load) => measure(network, load));
  }
  if (asked('nodes')) {
    const [, count] = words.find((word) => word.startsWith('nodes='))?.split('=') ?? [];
    await toEnd('nodes', (load) => nodes(count === undefined ? undefined : Number(count), load));
  }
});
