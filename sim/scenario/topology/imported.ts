/** A described graph to names and channels: nodes by the first digits of their keys, balances as asked for, one piece. */
import type { ChannelPolicy } from '../../../nodes/node.ts';
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { SeededRandom } from '../../../nodes/seeded-random.ts';
import type { DescribedGraph } from '../graph-file/described-graph.ts';
import { balanceOf, OPENER_SAT_MIN, type WrittenBalance } from './funds.ts';

/** Enough that two of 100,000 nodes hardly ever share them; those that do are numbered. */
const NAME_DIGITS = 12;

export interface Imported {
  readonly names: readonly string[];
  readonly channels: readonly ChannelPlan[];
  /** What was left out of it, in sentences. */
  readonly notes: readonly string[];
  /** Nodes of each piece that it falls into, the largest first; nodes without a channel are none. */
  readonly pieces: readonly number[];
}

/** @param keep `largest`: only the largest piece. Channels too small for their opener to pay for are left out and noted. */
export function importedTopology(graph: DescribedGraph, balance: WrittenBalance, keep: 'all' | 'largest', seed: number): Imported {
  const tooSmall = (channel: number) => graph.capacitySat[channel]! < 2 * OPENER_SAT_MIN;
  const usable = Array.from({ length: graph.channels }, (_, channel) => channel).filter((channel) => !tooSmall(channel));
  const piece = piecesOf(graph, usable);
  const sizes = new Map<number, number>();
  for (const root of piece) if (root >= 0) sizes.set(root, (sizes.get(root) ?? 0) + 1);
  const bySize = [...sizes].sort(([, a], [, b]) => b - a);
  const largest = bySize[0]?.[0] ?? -1;
  const stays = (node: number) => (keep === 'largest' ? piece[node] === largest : piece[node]! >= 0);
  const names = namesOf(graph.keys);
  const random = new SeededRandom(seed, 'topology import').split('balance');
  const kept = usable.filter((channel) => stays(graph.ends.node.at(2 * channel)));
  const channels = kept.map((channel) => planOf(graph, channel, names, balance, random));
  const nodes = names.filter((_, node) => stays(node));
  const notes = [
    left(graph.keys.length - nodes.length, 'nodes without a channel in it'),
    left(graph.channels - usable.length, `channels below ${2 * OPENER_SAT_MIN} sat, which their opener could not pay for`),
  ].filter((note) => note !== null);
  return { names: nodes, channels, notes, pieces: bySize.map(([, size]) => size) };
}

const left = (count: number, what: string) => (count === 0 ? null : `Of the imported graph ${count} ${what} were left out.`);

function planOf(
  graph: DescribedGraph,
  channel: number,
  names: readonly string[],
  balance: WrittenBalance,
  random: SeededRandom,
): ChannelPlan {
  const { ends, capacitySat } = graph;
  const [from, to] = [names[ends.node.at(2 * channel)]!, names[ends.node.at(2 * channel + 1)]!];
  const disabled = [ends.disabled.at(2 * channel) === 1, ends.disabled.at(2 * channel + 1) === 1] as const;
  return {
    name: `${from}-${to}`,
    from,
    to,
    capacitySat: capacitySat[channel]!,
    balance: balanceOf(balance, capacitySat[channel]!, random),
    policies: [policyOf(graph, 2 * channel), policyOf(graph, 2 * channel + 1)],
    ...((disabled[0] || disabled[1]) && { disabled }),
  };
}

function policyOf({ ends }: DescribedGraph, end: number): ChannelPolicy {
  return {
    feeBaseMsat: ends.feeBaseMsat.at(end),
    feeProportionalMillionths: ends.feePpm.at(end),
    cltvExpiryDelta: ends.cltvDelta.at(end),
    htlcMinimumMsat: ends.minMsat.at(end),
    htlcMaximumMsat: ends.maxMsat.at(end),
  };
}

function namesOf(keys: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return keys.map((key) => {
    const name = `n${key.slice(0, NAME_DIGITS)}`;
    const copy = (taken.get(name) ?? 0) + 1;
    taken.set(name, copy);
    return copy === 1 ? name : `${name}-${copy}`;
  });
}

/** Per node the root of its piece; −1: no channel. */
function piecesOf({ keys, ends }: DescribedGraph, channels: readonly number[]): Int32Array {
  const root = Int32Array.from(keys, (_, node) => node);
  const find = (node: number): number => {
    let at = node;
    while (root[at] !== at) {
      root[at] = root[root[at]!]!;
      at = root[at]!;
    }
    return at;
  };
  const joined = new Uint8Array(keys.length);
  for (const channel of channels) {
    const [from, to] = [ends.node.at(2 * channel), ends.node.at(2 * channel + 1)];
    joined[from] = 1;
    joined[to] = 1;
    root[find(from)] = find(to);
  }
  return root.map((_, node) => (joined[node] === 1 ? find(node) : -1));
}
