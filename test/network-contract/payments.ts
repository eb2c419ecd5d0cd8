import { randomBytes } from 'node:crypto';
import { type Contracts, FEES_MSAT, routeTo, sum } from './contract.ts';
import { balances, balancesChangedBy, feesAlong, hashOf, keysend, predict } from './keysend.ts';

export const payments: Contracts = {
  'a keysend pays amount and fees, exact to the msat on every node': async (t, network, line) => {
    const before = await balances(network);
    const expected = new Map(line.map(({ publicKey }) => [publicKey, 0]));
    // Amounts on both sides of where a proportional fee of 1 ppm begins to count, and one that is not dust (354 sat).
    for (const [hops, amountMsat] of [
      [1, 1000],
      [3, 999_999],
      [5, 1_000_001],
      [5, 400_000_000],
    ] as const) {
      const route = await routeTo(line, hops, amountMsat);
      const payment = await line[0]!.pay({ to: route, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
      const wantedFees = feesAlong(hops, amountMsat);
      t.deepEqual(
        route.hops.map(({ feeMsat }) => feeMsat),
        wantedFees,
        `${amountMsat} msat over ${hops} hops`,
      );
      t.is(payment.feeMsat, sum(wantedFees));
      t.is(payment.hops, hops);
      t.is(payment.amountMsat, amountMsat);
      predict(expected, line[0]!.publicKey, route);
    }
    await network.quiet();
    await balancesChangedBy(t, network, before, expected);
  },

  '1 msat is paid over five hops': async (t, network, line) => {
    await network.quiet();
    const before = await line[5]!.balanceMsat();
    const route = await routeTo(line, 5, 1);
    const payment = await line[0]!.pay({ to: route, amountMsat: 1, preimage: randomBytes(32), maxFeeMsat: 4_000 });
    t.is(payment.feeMsat, 4_000);
    await network.quiet();
    t.is((await line[5]!.balanceMsat()).localMsat - before.localMsat, 1);
  },

  'twenty payments at once all settle, and every balance is as predicted': async (t, network, line) => {
    const before = await balances(network);
    const route = await routeTo(line, 5, 1000);
    const expected = new Map<string, number>();
    await Promise.all(Array.from({ length: 20 }, () => line[0]!.pay(keysend(route, randomBytes(32)))));
    for (let paid = 0; paid < 20; paid++) predict(expected, line[0]!.publicKey, route);
    await network.quiet();
    await balancesChangedBy(t, network, before, expected);
  },

  'a payment is looked up by its hash in every state': async (t, network, line) => {
    t.deepEqual(await line[0]!.lookUpPayment(randomBytes(32)), { state: 'unknown' });
    const route = await routeTo(line, 5, 1000);
    const good = keysend(route, randomBytes(8));
    const paying = line[0]!.pay(good);
    const states: string[] = [];
    for (let look = 0; look < 1000 && states.at(-1) !== 'settled'; look++) {
      const { state } = await line[0]!.lookUpPayment(hashOf(good));
      if (states.at(-1) !== state) states.push(state);
      await network.clock.sleep(5);
    }
    t.deepEqual(
      states.filter((state) => state !== 'unknown'),
      ['pending', 'settled'],
    );
    const payment = await paying;
    const looked = await line[0]!.lookUpPayment(hashOf(good));
    t.like(looked, { state: 'settled', amountMsat: 1000, feeMsat: 4000, hops: 5 });
    t.deepEqual(Buffer.from(payment.hash), hashOf(good));
  },

  'a hash that its destination settled is paid once by each payer': async (t, network, line) => {
    // LND takes a duplicate of a settled keysend from somebody else and settles it too (ResultDuplicateToSettled).
    const good = keysend(await routeTo(line, 3, 1000), randomBytes(8));
    await line[0]!.pay(good);
    await network.quiet();
    const before = await balances(network);
    const to = await line[1]!.route({ destination: line[3]!.publicKey, amountMsat: 1000, maxFeeMsat: FEES_MSAT });
    t.is((await line[1]!.pay({ ...good, to })).hops, 2);
    const expected = new Map<string, number>();
    predict(expected, line[1]!.publicKey, to);
    await network.quiet();
    await balancesChangedBy(t, network, before, expected);
  },
};
