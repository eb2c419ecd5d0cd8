/** To whom a node passes on, and over which of its channels (htlcswitch/switch.go, handlePacketAdd). */
import test from 'ava';
import { PaymentFailedError } from '../../nodes/errors.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import type { SimulatedNetwork } from '../../nodes/simulated/index.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const PAYMENT = { amountMsat: 10_000_000, maxFeeMsat: 1_000_000 };
const PAYMENT_SAT = 10_000;
const PAYMENTS = 40;

/** n0, n1, n2 with two channels between the last two, of which n1 has such shares. */
function besides(...shares: readonly [number, number]): NetworkPlan {
  const plan = linePlan(3);
  const [first, second] = plan.channels;
  return { ...plan, channels: [first!, ...shares.map((balance, index) => ({ ...second!, name: `n1-n2 ${index}`, balance }))] };
}

/** By channel of n1 with n2, in sat, after so many payments over one route. */
async function carriedBySecondHop(network: SimulatedNetwork): Promise<number[]> {
  const [n0, n1, n2] = nodesOf(network);
  const balances = async () =>
    (await n1!.channels()).filter(({ partner }) => partner === n2!.publicKey).map((channel) => channel.localBalanceSat);
  const before = await balances();
  const to = await n0!.route({ ...PAYMENT, destination: n2!.publicKey });
  for (let payment = 0; payment < PAYMENTS; payment++) await n0!.pay({ ...PAYMENT, to, preimage: preimage(payment) });
  await network.quiet();
  return (await balances()).map((sat, index) => before[index]! - sat);
}

test('over the same route payments take either of two channels with the next node, by chance', async (t) => {
  await using network = await open(besides(0.5, 0.5));
  const carried = await carriedBySecondHop(network);
  t.is(carried[0]! + carried[1]!, PAYMENTS * PAYMENT_SAT);
  t.true(
    carried.every((sat) => sat >= 8 * PAYMENT_SAT),
    carried.join(' '),
  );
});

test('where one channel with the next node is nearly dry, the other carries what it cannot', async (t) => {
  // A fiftieth is 200,000 sat, of which 100,000 are the reserve.
  for (const shares of [
    [0.02, 0.5],
    [0.5, 0.02],
  ] as const) {
    await using network = await open(besides(shares[0], shares[1]));
    const carried = await carriedBySecondHop(network);
    t.is(carried[0]! + carried[1]!, PAYMENTS * PAYMENT_SAT);
    t.true(carried[shares.indexOf(0.02)]! < 11 * PAYMENT_SAT, carried.join(' '));
  }
});

test('to a peer that is away nothing is passed on: UNKNOWN_NEXT_PEER, as LND says it', async (t) => {
  await using network = await open(linePlan(3));
  const [n0, n1, n2] = nodesOf(network);
  const to = await n0!.route({ ...PAYMENT, destination: n2!.publicKey });
  await n1!.disconnect(n2!.publicKey);
  const failed = await t.throwsAsync(n0!.pay({ ...PAYMENT, to, preimage: preimage(1) }), { instanceOf: PaymentFailedError });
  t.is(failed!.reason, 'UNKNOWN_NEXT_PEER');
});
