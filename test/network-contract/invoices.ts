import { randomBytes } from 'node:crypto';
import { FeeLimitError, PaymentFailedError, ScenarioError } from '../../nodes/errors.ts';
import { type Contracts, FEES_MSAT, sum } from './contract.ts';
import { balances, balancesChangedBy, feesAlong } from './keysend.ts';

export const invoices: Contracts = {
  'an invoice says what it is for, is paid once, and every balance changes as the way it took says': async (t, network, line) => {
    const [payer, payee] = [line[0]!, line[5]!];
    const before = await balances(network);
    const amountMsat = 1_000_001;
    const { hash, request } = await payee.createInvoice({ amountMsat, memo: 'tea, and ☕', expiryS: 600 });
    t.is(hash.length, 32);
    const terms = await payer.decodeInvoice(request);
    t.like(terms, { payee: payee.publicKey, amountMsat, memo: 'tea, and ☕', expiryS: 600 });
    t.deepEqual(Buffer.from(terms.hash), Buffer.from(hash));
    t.deepEqual(await payee.lookUpInvoice(hash), { state: 'open', request, amountMsat, memo: 'tea, and ☕', receivedMsat: 0 });

    const fees = feesAlong(5, amountMsat);
    const payment = await payer.payInvoice({ request, maxFeeMsat: sum(fees) });
    t.like(payment, { amountMsat, feeMsat: sum(fees), hops: 5 });
    t.deepEqual(
      payment.route,
      line.slice(1).map(({ publicKey }, index) => ({ publicKey, feeMsat: fees[index]! })),
    );
    t.deepEqual(Buffer.from(payment.hash), Buffer.from(hash));
    await network.quiet();
    const expected = new Map(payment.route!.map(({ publicKey, feeMsat }) => [publicKey, feeMsat]));
    expected.set(payer.publicKey, -amountMsat - sum(fees)).set(payee.publicKey, amountMsat);
    await balancesChangedBy(t, network, before, expected);
    t.like(await payee.lookUpInvoice(hash), { state: 'settled', receivedMsat: amountMsat });
    const looked = await payer.lookUpPayment(hash);
    t.like(looked, { state: 'settled', amountMsat, feeMsat: sum(fees), hops: 5 });
    t.deepEqual(looked.state === 'settled' && looked.route, payment.route, 'who looks it up is told of the way too');

    const paid = await balances(network);
    await t.throwsAsync(payer.payInvoice({ request, maxFeeMsat: FEES_MSAT }), { instanceOf: PaymentFailedError });
    await t.throwsAsync(line[1]!.payInvoice({ request, maxFeeMsat: FEES_MSAT }), { instanceOf: PaymentFailedError }, 'nor by another');
    await network.quiet();
    await balancesChangedBy(t, network, paid, new Map());
  },

  'an invoice that may not cost its way is not paid, and stays open for who allows more': async (t, network, line) => {
    const before = await balances(network);
    const { hash, request } = await line[3]!.createInvoice({ amountMsat: 1_000 });
    await t.throwsAsync(line[0]!.payInvoice({ request, maxFeeMsat: 1_999 }), { instanceOf: FeeLimitError });
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
    t.like(await line[3]!.lookUpInvoice(hash), { state: 'open', receivedMsat: 0, memo: '' });
    t.is((await line[0]!.payInvoice({ request, maxFeeMsat: 2_000 })).feeMsat, 2_000);
  },

  'a request that is none is refused by name, and an invoice that nobody made is not found': async (t, _network, line) => {
    const { request } = await line[1]!.createInvoice({ amountMsat: 1 });
    const last = request.at(-1) === 'q' || request.at(-1) === '0' ? '3' : request.at(-1) === '3' ? '4' : '0';
    for (const wrong of ['', 'lnbc1', 'leyden', `${request.slice(0, -1)}${last}`, request.slice(0, -2)]) {
      await t.throwsAsync(line[0]!.decodeInvoice(wrong), { instanceOf: ScenarioError }, wrong);
      await t.throwsAsync(line[0]!.payInvoice({ request: wrong, maxFeeMsat: 1_000 }), { instanceOf: ScenarioError }, wrong);
    }
    t.is(await line[1]!.lookUpInvoice(randomBytes(32)), null);
    for (const wrong of [{ amountMsat: 0 }, { amountMsat: 1.5 }, { amountMsat: 1, memo: 'é'.repeat(320) }, { amountMsat: 1, expiryS: 0 }])
      await t.throwsAsync(line[1]!.createInvoice(wrong), { instanceOf: ScenarioError });
  },
};
