import test from 'ava';
import { beta, exponential, logNormalOf, normal } from '../../nodes/distributions.ts';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { WeightedChoice } from '../../nodes/weighted-choice.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { balanceOf } from '../../sim/scenario/topology/funds.ts';

const planOf = (topology: string, seed = 1) =>
  scenarioOf(
    'f.yaml',
    `name: drawn\nquestion: Drawn?\nseed: ${seed}\ntopology: { ${topology} }\nworkloads:\n  - { kind: payment, from: n0, hops: [1] }\n`,
  ).plan.network;

function degrees(topology: string): number[] {
  const { nodes, channels } = planOf(topology);
  const degree = new Map(nodes.map(({ name }) => [name, 0]));
  for (const { from, to } of channels) for (const end of [from, to]) degree.set(end, degree.get(end)! + 1);
  return [...degree.values()];
}

test('a scale-free network of mainnet’s size has its shape: two thirds with one channel, degrees that fall off with the exponent, hubs', (t) => {
  const found = degrees('scale-free: { nodes: 15000, channels: 52000, exponent: 2.1, leaves: 0.64 }');
  t.is(found.length, 15_000);
  t.is(
    found.reduce((sum, degree) => sum + degree, 0),
    104_000,
  );
  // 14,142 nodes in mid-2024, of which 5,122 had two channels or more.
  const leaves = found.filter((degree) => degree === 1).length / found.length;
  t.true(leaves > 0.62 && leaves < 0.66, `${leaves}`);
  const largest = Math.max(...found);
  t.true(largest > 1_000 && largest < 3_500, `${largest}`);
  // Hill's estimate of the tail's exponent over the 500 largest: within a tenth or two of 2.1, the offset bends the very top.
  const top = found.toSorted((a, b) => b - a).slice(0, 500);
  const least = top.at(-1)!;
  const exponent = 1 + top.length / top.reduce((sum, degree) => sum + Math.log(degree / (least - 0.5)), 0);
  t.true(exponent > 1.9 && exponent < 2.4, `${exponent}`);
});

test('random networks are of one piece and have as many channels as asked for; a small world keeps its ring', (t) => {
  // Falling apart would have been refused.
  t.is(planOf('random: { nodes: 200, channels: 400 }').channels.length, 400);
  t.is(planOf('small-world: { nodes: 100, neighbours: 6, rewired: 0.2 }').channels.length, 300);
  const ring = planOf('small-world: { nodes: 100, neighbours: 4, rewired: 1 }').channels.slice(0, 100);
  t.true(ring.every(({ from, to }, index) => from === `n${index}` && to === `n${(index + 1) % 100}`));
  t.is(planOf('scale-free: { nodes: 60 }').channels.length, 120);
});

test('the same seed draws the same network, another seed another; capacities do not shift with balances', (t) => {
  const topology =
    'scale-free: { nodes: 60, capacity: { median: 1M sat, mean: 9M sat }, balance: uniform, rates: { median: 100, mean: 500 } }';
  t.deepEqual(planOf(topology).channels, planOf(topology).channels);
  t.notDeepEqual(planOf(topology).channels, planOf(topology, 2).channels);
  const other = planOf(topology.replace('uniform', '{ beta: [0.3, 0.3] }')).channels;
  t.deepEqual(
    other.map(({ capacitySat }) => capacitySat),
    planOf(topology).channels.map(({ capacitySat }) => capacitySat),
  );
  t.notDeepEqual(
    other.map(({ balance }) => balance),
    planOf(topology).channels.map(({ balance }) => balance),
  );
});

test('drawn balances leave the opener what it must pay, and whole satoshi on both sides', (t) => {
  const random = new SeededRandom(5);
  for (let draw = 0; draw < 2_000; draw++) {
    const capacitySat = 20_000 + Math.floor(random.float() * 5_000_000);
    const ownSat = balanceOf(draw % 2 === 0 ? 'uniform' : { beta: [0.1, 0.1] }, capacitySat, random) * capacitySat;
    t.true(ownSat >= 10_000 - 1e-6 && ownSat <= capacitySat * 0.99 + 1);
    t.true(Math.abs(ownSat - Math.round(ownSat)) < 1e-6);
  }
  t.is(balanceOf('split', 30_000, random), 0.5);
});

/** Within four standard errors: one false alarm in 16,000, and the seed is fixed. */
function near(t: import('ava').ExecutionContext, draws: number[], mean: number, deviation: number): void {
  const found = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  t.true(Math.abs(found - mean) < (4 * deviation) / Math.sqrt(draws.length), `${found} for ${mean}`);
}

test('draws have the means and spreads of their distributions', (t) => {
  const random = new SeededRandom(7);
  const many = (draw: () => number) => Array.from({ length: 50_000 }, draw);
  const normals = many(() => normal(random));
  near(t, normals, 0, 1);
  near(
    t,
    normals.map((value) => value ** 2),
    1,
    Math.SQRT2,
  );
  near(
    t,
    many(() => exponential(random, 4)),
    0.25,
    0.25,
  );
  // The median: half below.
  near(
    t,
    many(() => (logNormalOf(random, 100, 600) < 100 ? 1 : 0)),
    0.5,
    0.5,
  );
  // A milder spread for the mean: that of 600 over 100 has hardly a variance.
  near(
    t,
    many(() => logNormalOf(random, 100, 120)),
    120,
    120 * Math.sqrt(1.44 - 1),
  );
  for (const [a, b] of [
    [0.3, 0.7],
    [2, 5],
  ] as const) {
    near(
      t,
      many(() => beta(random, a, b)),
      a / (a + b),
      Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))),
    );
  }
});

test('a choice by weight comes out by weight', (t) => {
  const random = new SeededRandom(3);
  const weights = [0, 1, 2, 7];
  const choice = new WeightedChoice(weights);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 100_000; draw++) counts[choice.draw(random)]! += 1;
  t.is(counts[0], 0);
  for (const [index, weight] of weights.entries())
    t.true(Math.abs(counts[index]! - weight * 10_000) <= 4 * Math.sqrt(weight * 10_000), `${counts}`);
});
