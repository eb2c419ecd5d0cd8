/** Shapes that chance makes, each of one piece: pairs of node numbers, the opener first. Same seed, same pairs. */
import type { SeededRandom } from '../../../nodes/seeded-random.ts';
import { WeightedChoice } from '../../../nodes/weighted-choice.ts';

export type Pair = readonly [from: number, to: number];

/**
 * The static model of Goh, Kahng and Kim (2001): node r has the weight (r + offset)^−1/(exponent − 1) and channels go by weight at both
 * ends, which makes degrees fall off with the exponent. The heaviest come first, so n0 is the largest hub. `leaves` of the nodes
 * have one channel alone; every other has two at least. Parallel channels come about between hubs, as they do on mainnet.
 */
export function scaleFree(random: SeededRandom, nodes: number, channels: number, exponent: number, leaves: number): Pair[] {
  const inner = nodes - Math.min(Math.floor(nodes * leaves), nodes - 3);
  const weights = Array.from({ length: inner }, (_, rank) => (rank + HUB_OFFSET) ** (-1 / (exponent - 1)));
  const choice = new WeightedChoice(weights);
  const other = (node: number, below = inner) => drawOther(() => choice.draw(random), node, below, random);
  const pairs: Pair[] = [];
  // A tree of the inner nodes, each joined to a heavier one; a second channel for each; then what is left, by weight at both ends.
  for (let node = 1; node < inner; node++) pairs.push([node, node === 1 ? 0 : other(node, node)]);
  for (let node = inner; node < nodes; node++) pairs.push([node, choice.draw(random)]);
  for (let node = inner - 1; node > 0 && pairs.length < channels; node--) pairs.push([node, other(node)]);
  while (pairs.length < channels) {
    const from = choice.draw(random);
    pairs.push([from, other(from)]);
  }
  return pairs;
}

/** Keeps the largest hub of 15,000 nodes with 52,000 channels near 2,000 channels, as on mainnet; without it it had 7,000. */
const HUB_OFFSET = 5;
const DRAWS_MAX = 64;

/** Another than `node`, lower than `below`; when chance will not give one (a small network), any. */
function drawOther(draw: () => number, node: number, below: number, random: SeededRandom): number {
  for (let turn = 0; turn < DRAWS_MAX; turn++) {
    const other = draw();
    if (other !== node && other < below) return other;
  }
  const other = Math.floor(random.float() * (below - (node < below ? 1 : 0)));
  return other >= node && node < below ? other + 1 : other;
}

/** Watts and Strogatz (1998): a ring in which each has `neighbours` nearest, and each channel goes elsewhere with probability `rewired`. */
export function smallWorld(random: SeededRandom, nodes: number, neighbours: number, rewired: number): Pair[] {
  const pairs: Pair[] = [];
  for (let step = 1; step <= neighbours / 2; step++) {
    for (let node = 0; node < nodes; node++) {
      const near = (node + step) % nodes;
      // The ring itself stays, so that the network is of one piece.
      const elsewhere = step > 1 && random.float() < rewired;
      pairs.push([node, elsewhere ? drawOther(() => Math.floor(random.float() * nodes), node, nodes, random) : near]);
    }
  }
  return pairs;
}

/** Erdős and Rényi's by number of channels, on a random tree that keeps it whole. No two share both ends while there is room. */
export function uniform(random: SeededRandom, nodes: number, channels: number): Pair[] {
  const pairs: Pair[] = [];
  const taken = new Set<number>();
  const add = (from: number, to: number) => {
    const key = Math.min(from, to) * nodes + Math.max(from, to);
    if (taken.has(key)) return;
    taken.add(key);
    pairs.push([from, to]);
  };
  for (let node = 1; node < nodes; node++) add(node, Math.floor(random.float() * node));
  while (pairs.length < channels) {
    const from = Math.floor(random.float() * nodes);
    add(
      from,
      drawOther(() => Math.floor(random.float() * nodes), from, nodes, random),
    );
  }
  return pairs;
}
