import { randomBytes } from 'node:crypto';
import { FeeLimitError, PaymentFailedError } from '../../nodes/errors.ts';
import { type Contracts, FEES_MSAT, routeTo } from './contract.ts';
import { balances, balancesChangedBy, hashOf, keysend } from './keysend.ts';

export const paymentFailures: Contracts = {
  'a payment that fails leaves every balance as it was': async (t, network, line) => {
    const route = await routeTo(line, 5, 1000);
    const paid = keysend(route, randomBytes(16));
    await line[0]!.pay(paid);
    await network.quiet();
    const before = await balances(network);
    await t.throwsAsync(line[0]!.pay(paid), { instanceOf: PaymentFailedError }, 'the payer paid this hash before');
    await t.throwsAsync(line[0]!.pay({ ...keysend(route, randomBytes(16)), maxFeeMsat: 3_999 }), { instanceOf: FeeLimitError });
    await t.throwsAsync(line[0]!.pay({ ...keysend(line[5]!.publicKey, randomBytes(16)), maxFeeMsat: 3_999 }), {
      instanceOf: FeeLimitError,
    });
    // More than any side of any channel has.
    const tooMuch = { ...keysend(line[5]!.publicKey, randomBytes(16)), amountMsat: 6_000_000_000 };
    await t.throwsAsync(line[0]!.pay(tooMuch), { instanceOf: PaymentFailedError });
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
  },

  'a payment that a forwarding channel cannot carry fails there and unwinds': async (t, network, line) => {
    // n1 moves most of what it holds towards n2, so that n0 can send what n1 can no longer pass on.
    const amountMsat = 3_000_000_000;
    const drain = await line[1]!.route({ destination: line[2]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT });
    const stuck = await line[0]!.route({ destination: line[2]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT * 10 });
    await line[1]!.pay({ to: drain, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
    await network.quiet();
    const before = await balances(network);
    const request = { to: stuck, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT * 10 };
    const failed = await t.throwsAsync(line[0]!.pay(request), { instanceOf: PaymentFailedError });
    t.is(failed!.reason, 'TEMPORARY_CHANNEL_FAILURE');
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
    t.is((await line[0]!.lookUpPayment(hashOf(request))).state, 'failed');
    const back = await line[2]!.route({ destination: line[1]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT });
    await line[2]!.pay({ to: back, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
    await network.quiet();
  },
};
