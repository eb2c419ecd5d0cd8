import test from 'ava';
import { capacityFactor } from '../../../nodes/simulated/routing/apriori.ts';
import { MissionControl } from '../../../nodes/simulated/routing/mission-control.ts';

const HOUR_US = 3_600_000_000;
const CAPACITY_MSAT = 10_000_000_000;

/** That node 2 is reached from node 1, as node 0 sees it. */
function likely(memory: MissionControl, amountMsat: number, nowUs = 0): number {
  let first = -1;
  memory.eachNode(0, (node, pair) => {
    if (node === 1) first = pair;
  });
  return memory.probability(first, 2, amountMsat, CAPACITY_MSAT, nowUs);
}

test('an untried hop has the a priori probability', (t) => {
  t.is(likely(new MissionControl(4), 1_000), 0.6);
});

// The table of LND's TestCapacityCutoff (routing/probability_apriori_test.go at v0.21.3-beta): fraction, share of the capacity, factor.
test('the capacity factor is that of LND’s own table', (t) => {
  for (const [fraction, share, expected] of [
    [0.75, 0, 1],
    [0.75, 0.1, 1],
    [0.75, 0.5, 1],
    [0.75, 0.75, 0.75],
    [0.75, 0.8, 0.56],
    [0.75, 1, 0.5],
    [0.9999, 0, 1],
    [0.9999, 0.9, 0.99],
    [0.9999, 1, 0.75],
    [1, 1, 1],
  ] as const) {
    t.true(Math.abs(capacityFactor(share * CAPACITY_MSAT, CAPACITY_MSAT, fraction) - expected) <= 0.001, `${fraction} ${share}`);
  }
  t.is(capacityFactor(CAPACITY_MSAT + 1, CAPACITY_MSAT, 0.75), 0);
});

test('a success is good for as much, and mixes into what is thought of the node’s other channels', (t) => {
  const memory = new MissionControl(4);
  memory.succeeded(0, 1, 2, 5_000);
  t.is(likely(memory, 5_000), 0.95);
  // Another channel of node 1: half a priori, half what was seen.
  let first = -1;
  memory.eachNode(0, (_, pair) => {
    first = pair;
  });
  t.is(memory.probability(first, 3, 5_000, CAPACITY_MSAT, 0), (0.6 + 0.95) / 2);
  // More than was seen to pass says nothing.
  t.is(likely(memory, 5_001), 0.6);
});

test('a failure forbids the amount at first and is forgotten by halves each hour', (t) => {
  const memory = new MissionControl(4);
  memory.failed(0, 1, 2, 5_000, 0);
  t.is(likely(memory, 4_999), 0.6);
  t.is(likely(memory, 5_000), 0);
  // After an hour the failure weighs a half, both of the pair and in the node's mean: 0.6 / 1.5 × 0.5.
  t.true(Math.abs(likely(memory, 5_000, HOUR_US) - (0.6 / 1.5) * 0.5) < 1e-12);
  t.true(Math.abs(likely(memory, 5_000, 2 * HOUR_US) - (0.6 / 1.25) * 0.75) < 1e-12);
});

test('ranges give way to each other: a success raises the failing amount, a failure lowers what is known to pass', (t) => {
  const memory = new MissionControl(4);
  memory.failed(0, 1, 2, 5_000, 0);
  memory.succeeded(0, 1, 2, 8_000);
  t.is(likely(memory, 8_000), 0.95);
  t.is(likely(memory, 8_001), 0);
  memory.failed(0, 1, 2, 3_000, 0);
  t.is(likely(memory, 2_999), 0.95);
  t.is(likely(memory, 3_000), 0);
});

test('a failure at a higher amount within a minute of a lower one changes nothing', (t) => {
  const memory = new MissionControl(4);
  memory.failed(0, 1, 2, 3_000, 0);
  memory.failed(0, 1, 2, 9_000, 59_000_000);
  t.is(likely(memory, 3_000, 0), 0);
  memory.failed(0, 1, 2, 9_000, 60_000_000);
  t.is(likely(memory, 3_000, 60_000_000), 0.6);
});

test('what one payer saw is nothing to another, and a failing node fails in all its pairs', (t) => {
  const memory = new MissionControl(4);
  memory.succeeded(3, 1, 2, 5_000);
  t.is(likely(memory, 5_000), 0.6);
  memory.succeeded(0, 1, 2, 5_000);
  memory.nodeFailed(0, 2, 0);
  t.is(likely(memory, 1), 0);
});

test('a pair that failed for its policy is forgiven once a minute', (t) => {
  const memory = new MissionControl(4);
  t.true(memory.secondChance(0, 1, 2, 0));
  t.false(memory.secondChance(0, 1, 2, 60_000_000));
  t.true(memory.secondChance(0, 1, 2, 60_000_001));
});
