/** bbolt as the model has it: one writer, batches that gather for 10 ms, a disk that all nodes of a machine share. */
import test from 'ava';
import { Databases, fileOf, longer, withoutFirst, writes } from '../../nodes/simulated/engine/databases.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import { linePlan } from './line.ts';
import { nodesOf, preimage } from './open.ts';

const one = (diskUs = 2_000, computeUs = 500) => new Databases(Int32Array.of(0), Float64Array.of(diskUs), computeUs);

test('transactions of a node are written one after the other', (t) => {
  const databases = one();
  t.is(databases.advance(0, 1_000, writes([], 2)), 0);
  t.is(databases.atUs, 1_000 + 2 * 2_500);
  databases.advance(0, 2_000, writes(['update'], 0));
  t.is(databases.atUs, 8_500);
  t.is(databases.commits[0], 3);
});

test('nodes of one machine wait for each other at its disk, those of two do not', (t) => {
  const shared = new Databases(Int32Array.of(0, 0), Float64Array.of(2_000, 2_000), 0);
  shared.advance(0, 0, writes([], 1));
  shared.advance(1, 0, writes([], 1));
  t.is(shared.atUs, 4_000);
  const apart = new Databases(Int32Array.of(0, 1), Float64Array.of(2_000, 2_000), 0);
  apart.advance(0, 0, writes([], 1));
  apart.advance(1, 0, writes([], 1));
  t.is(apart.atUs, 2_000);
});

test('on tmpfs a transaction takes the processor alone', (t) => {
  const databases = one(0, 500);
  databases.advance(0, 0, writes([], 3));
  t.is(databases.atUs, 1_500);
});

test('large records make the transactions longer by as much', (t) => {
  const databases = one();
  databases.advance(0, 0, longer(writes([], 1), 700));
  t.is(databases.atUs, 3_200);
});

test('steps come in their order: what begins with a batch is left for it, with what follows', (t) => {
  const databases = one();
  const left = databases.advance(0, 0, writes(['update', 'replays', 'preimages'], 3));
  t.is(databases.commits[0], 1);
  t.is(fileOf(left), 1);
  const then = withoutFirst(left);
  t.is(fileOf(then), 0);
  t.is(databases.advance(0, databases.atUs, withoutFirst(then)), 0);
  t.is(databases.commits[0], 4);
});

test('an idle payment waits over each channel for the ticker and two batches of replay logs, whatever else costs nothing', async (t) => {
  const free = Object.fromEntries(Object.keys(DEFAULT_PROFILE.costs).map((key) => [key, 0]));
  const costs = { ...DEFAULT_PROFILE.costs, ...free, cores: 2 };
  for (const hops of [1, 2, 3]) {
    await using network = await openSimulated(linePlan(hops + 1, { node: { commitIntervalMs: 50 } }), {
      costs,
      startRelay: () => Promise.reject(new Error('no relays')),
    });
    const nodes = nodesOf(network);
    const to = await nodes[0]!.route({ destination: nodes[hops]!.publicKey, amountMsat: 1_000, maxFeeMsat: 10_000 });
    const start = network.clock.now();
    await nodes[0]!.pay({ to, amountMsat: 1_000, maxFeeMsat: 10_000, preimage: preimage(1) });
    // 50 the ticker; 10 the log of who offers, which takes their revocation in before it looks at their signature; 10 that of who receives.
    t.is(Math.round(network.clock.now() - start), 70 * hops);
  }
});

test('payments at once share rounds of commitments: a hundred cost fewer transactions than a hundred times one', async (t) => {
  const commitsOf = async (count: number) => {
    await using network = await openSimulated(linePlan(2), { startRelay: () => Promise.reject(new Error('no relays')) });
    const [n0, n1] = nodesOf(network);
    const to = await n0!.route({ destination: n1!.publicKey, amountMsat: 1_000, maxFeeMsat: 0 });
    const pay = (number: number) => n0!.pay({ to, amountMsat: 1_000, maxFeeMsat: 0, preimage: preimage(number) });
    await Promise.all(Array.from({ length: count }, (_, number) => pay(number)));
    await network.quiet();
    return network.model.core.databases.commits[0]!;
  };
  const [alone, together] = [await commitsOf(1), await commitsOf(100)];
  // InitPayment, RegisterAttempt, CommitCircuits; storeResult, DeleteCircuits, SettleAttempt. The rest is rounds.
  const own = 6;
  t.true(together >= 100 * own, `${together}`);
  t.true(together - 100 * own < 10 * (alone - own), `${together} for a hundred, ${alone} for one`);
});
