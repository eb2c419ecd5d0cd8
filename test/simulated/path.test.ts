import test from 'ava';
import { PaymentFailedError } from '../../nodes/errors.ts';
import type { ChannelPolicy } from '../../nodes/node.ts';
import type { ChannelPlan, NetworkPlan } from '../../nodes/plan.ts';
import { feeMsat } from '../../nodes/simulated/fee.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const POLICY: ChannelPolicy = { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };

/** n0 to n3 by n1 or by n2, which asks for these fees. */
function diamond(baseOfN1: number, baseOfN2: number, balanceOfN1 = 0.5): NetworkPlan {
  const channel = (from: number, to: number, feeBaseMsat: number, balance = 0.5): ChannelPlan => ({
    name: `n${from}-n${to}`,
    from: `n${from}`,
    to: `n${to}`,
    capacitySat: 1_000_000,
    balance,
    policies: [
      { ...POLICY, feeBaseMsat },
      { ...POLICY, feeBaseMsat },
    ],
  });
  return {
    ...linePlan(4),
    channels: [channel(0, 1, 1), channel(1, 3, baseOfN1, balanceOfN1), channel(0, 2, 1), channel(2, 3, baseOfN2)],
  };
}

const names = async (plan: NetworkPlan, amountMsat = 1000) => {
  await using network = await open(plan);
  const nodes = nodesOf(network);
  const route = await nodes[0]!.route({ destination: nodes[3]!.publicKey, amountMsat, maxFeeMsat: 100_000 });
  return route.hops.map(({ publicKey }) => nodes.find((node) => node.publicKey === publicKey)!.name);
};

test('of two ways the cheaper is taken', async (t) => {
  t.deepEqual(await names(diamond(2000, 1000)), ['n2', 'n3']);
  t.deepEqual(await names(diamond(1000, 2000)), ['n1', 'n3']);
});

test('a payment to a public key goes round a channel that cannot carry it', async (t) => {
  // n1 is cheaper, but holds 5 % towards n3: nobody but n1 knows that before it is tried.
  await using network = await open(diamond(1000, 2000, 0.05));
  const [n0, , , n3] = nodesOf(network);
  const amountMsat = 100_000_000;
  const before = await n0!.balanceMsat();
  const { feeMsat: paid } = await n0!.pay({ to: n3!.publicKey, amountMsat, preimage: preimage(1), maxFeeMsat: 10_000 });
  t.is(paid, feeMsat({ ...POLICY, feeBaseMsat: 2000 }, amountMsat));
  await network.quiet();
  t.is(before.localMsat - (await n0!.balanceMsat()).localMsat, amountMsat + paid);
});

test('when every way has failed, so has the payment', async (t) => {
  await using network = await open(diamond(1000, 2000, 0.05));
  const [n0, , , n3] = nodesOf(network);
  // Each of n0's channels could carry it alone, but neither n1 nor n2 has as much towards n3 once n2 has spent its own.
  const [, , n2] = nodesOf(network);
  await n2!.pay({ to: n3!.publicKey, amountMsat: 400_000_000, preimage: preimage(1), maxFeeMsat: 10_000 });
  const failed = await t.throwsAsync(n0!.pay({ to: n3!.publicKey, amountMsat: 300_000_000, preimage: preimage(2), maxFeeMsat: 10_000 }), {
    instanceOf: PaymentFailedError,
  });
  t.is(failed!.reason, 'NO_ROUTE');
});

test('fees do not lose a millisatoshi where the product passes 2^53', (t) => {
  const amountMsat = 123_456_789_012_345;
  const ppm = 999_999;
  const exact = (BigInt(amountMsat) * BigInt(ppm)) / 1_000_000n + 1000n;
  t.is(feeMsat({ ...POLICY, feeProportionalMillionths: ppm }, amountMsat), Number(exact));
});

test('a new policy is known a little later; who pays before is told by the failure and pays by the new one', async (t) => {
  await using network = await open(diamond(1000, 5000));
  const [n0, , , n3] = nodesOf(network);
  const { core, routing } = network.model;
  const pay = (seed: number) => n0!.pay({ to: n3!.publicKey, amountMsat: 1_000_000, preimage: preimage(seed), maxFeeMsat: 100_000 });
  t.is((await pay(1)).feeMsat, 1_001);
  core.graph.feeBaseMsat[2] = 2_000;
  routing.announce(2);
  const before = core.htlcs.size;
  t.is((await pay(2)).feeMsat, 2_001);
  t.is(core.htlcs.size, before);
  core.graph.feeBaseMsat[2] = 90_000;
  routing.announce(2);
  await network.clock.sleep(60);
  // Known in time: n1 now asks more than what its good record is worth, and is not even asked.
  const paid = await pay(3);
  t.is(paid.feeMsat, 5_001);
});
