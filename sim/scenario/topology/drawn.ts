/** Topologies that chance makes: their shape, then what each channel holds and asks, every kind of draw from a stream of its own. */
import type { ChannelPolicy } from '../../../nodes/node.ts';
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { SeededRandom } from '../../../nodes/seeded-random.ts';
import type { Complaints } from '../complaints.ts';
import { balanceOf, capacityOf, ratePpmOf } from './funds.ts';
import { type Pair, scaleFree, smallWorld, uniform } from './random-edges.ts';
import { CHANNELS_MAX, type WrittenTopology } from './schema.ts';

export const DRAWN_KINDS = ['scale-free', 'small-world', 'random'] as const;
export type DrawnKind = (typeof DRAWN_KINDS)[number];

/** Nodes are called n0, n1, … and channels by both ends, as in every other topology. Undefined: `complaints` says why. */
export function drawnTopology(kind: DrawnKind, written: WrittenTopology, seed: number, policy: ChannelPolicy, complaints: Complaints) {
  const { nodes, capacity, balance, rates } = written[kind]!;
  const random = new SeededRandom(seed, `topology ${kind}`);
  const pairs = pairsOf(kind, written, random.split('pairs'), complaints);
  if (pairs === undefined) return undefined;
  const [capacities, balances, fees] = [random.split('capacity'), random.split('balance'), random.split('rates')];
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  const asks = (): ChannelPolicy => (rates === undefined ? policy : { ...policy, feeProportionalMillionths: ratePpmOf(rates, fees) });
  const channels = pairs.map(([from, to]): ChannelPlan => {
    const capacitySat = capacityOf(capacity, capacities);
    return {
      name: `n${from}-n${to}`,
      from: names[from]!,
      to: names[to]!,
      capacitySat,
      balance: balanceOf(balance, capacitySat, balances),
      policies: [asks(), asks()],
    };
  });
  return { names, channels, whole: true as const };
}

function pairsOf(kind: DrawnKind, written: WrittenTopology, random: SeededRandom, complaints: Complaints): Pair[] | undefined {
  const wrong = (key: string, text: string) => void complaints.about(['topology', kind, key], text);
  if (kind === 'small-world') {
    const { nodes, neighbours, rewired } = written['small-world']!;
    if (neighbours % 2 !== 0) return wrong('neighbours', `expected an even number, half to each side, found ${neighbours}`);
    if (neighbours >= nodes) return wrong('neighbours', `expected fewer than the ${nodes} nodes, found ${neighbours}`);
    if ((nodes * neighbours) / 2 > CHANNELS_MAX)
      return wrong('neighbours', `would make ${(nodes * neighbours) / 2} channels: expected at most ${CHANNELS_MAX}`);
    return smallWorld(random, nodes, neighbours, rewired);
  }
  if (kind === 'random') {
    const { nodes, channels } = written.random!;
    const [least, most] = [nodes - 1, (nodes * (nodes - 1)) / 2];
    if (channels < least) return wrong('channels', `${channels} cannot join ${nodes} nodes: expected at least ${least}`);
    if (channels > most)
      return wrong('channels', `${nodes} nodes have ${most} pairs: expected at most as many channels, found ${channels}`);
    return uniform(random, nodes, channels);
  }
  const { nodes, exponent, leaves, channels = 2 * nodes } = written['scale-free']!;
  if (channels < nodes - 1) return wrong('channels', `${channels} cannot join ${nodes} nodes: expected at least ${nodes - 1}`);
  return scaleFree(random, nodes, channels, exponent, leaves);
}
