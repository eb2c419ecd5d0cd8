import test from 'ava';
import { learnFailure, learnSuccess, Walk } from '../../../nodes/simulated/routing/learn.ts';
import { MissionControl } from '../../../nodes/simulated/routing/mission-control.ts';

const CAPACITY_MSAT = 1e10;

/** n0 → n1 → n2 → n3, fees of 10 at each. */
function walk(): Walk {
  const walk = new Walk();
  walk.nodes.push(0, 1, 2, 3);
  walk.amountsMsat.push(1_020, 1_010, 1_000);
  walk.pairs = 3;
  return walk;
}

/** What n0 now thinks of a pair: 0.95 after a success, 0 after a fresh failure, 0.6 of what it knows nothing of. */
function thinks(memory: MissionControl, from: number, to: number, amountMsat: number): number {
  let first = -1;
  memory.eachNode(0, (node, pair) => {
    if (node === from) first = pair;
  });
  if (from === 0) return memory.localProbability(first, to, 0);
  return memory.probability(first, to, amountMsat, CAPACITY_MSAT, 0);
}

test('a success is one of every pair, each with what crossed it', (t) => {
  const memory = new MissionControl(5);
  learnSuccess(memory, walk());
  t.is(thinks(memory, 1, 2, 1_010), 0.95);
  t.true(thinks(memory, 1, 2, 1_011) < 0.95);
  t.is(thinks(memory, 2, 3, 1_000), 0.95);
});

test('a hop short of balance is blamed one way, from this amount on; those before it did well', (t) => {
  const memory = new MissionControl(5);
  t.true(learnFailure(memory, walk(), 'TEMPORARY_CHANNEL_FAILURE', 1, 0));
  t.is(thinks(memory, 2, 3, 1_000), 0);
  t.is(thinks(memory, 2, 3, 999), 0.6);
  t.is(thinks(memory, 3, 2, 1_000), 0.6);
  t.is(thinks(memory, 1, 2, 1_010), 0.95);
});

test('an unknown next peer is blamed both ways, whatever the amount, and nobody is praised', (t) => {
  const memory = new MissionControl(5);
  t.true(learnFailure(memory, walk(), 'UNKNOWN_NEXT_PEER', 1, 0));
  t.is(thinks(memory, 2, 3, 1), 0);
  t.is(thinks(memory, 3, 2, 1), 0);
  t.is(thinks(memory, 1, 2, 1_010), 0.6);
});

test('an old policy is forgiven once a minute, then the pair that led there is blamed', (t) => {
  const memory = new MissionControl(5);
  t.true(learnFailure(memory, walk(), 'FEE_INSUFFICIENT', 1, 0));
  t.is(thinks(memory, 1, 2, 1_010), 0.6);
  t.true(learnFailure(memory, walk(), 'FEE_INSUFFICIENT', 1, 0));
  t.is(thinks(memory, 1, 2, 1), 0);
  t.is(thinks(memory, 2, 1, 1), 0);
});

test('the first peer is blamed as a whole where it is its fault: nobody stands between', (t) => {
  const memory = new MissionControl(5);
  learnSuccess(memory, walk());
  t.true(learnFailure(memory, walk(), 'EXPIRY_TOO_SOON', 0, 0));
  t.is(thinks(memory, 0, 1, 1), 0);
  t.is(thinks(memory, 1, 2, 1), 0);
  t.is(thinks(memory, 2, 3, 1_000), 0.95);
});

test('the destination’s refusal ends the payment and is a success of the way there; a failure of one’s own channel says nothing', (t) => {
  const memory = new MissionControl(5);
  t.true(learnFailure(memory, walk(), 'TEMPORARY_CHANNEL_FAILURE', -1, 0));
  t.is(memory.size, 0);
  t.false(learnFailure(memory, walk(), 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS', 2, 0));
  t.is(thinks(memory, 2, 3, 1_000), 0.95);
});
