import { randomBytes } from 'node:crypto';
import { PayloadTooLargeError, PaymentFailedError } from '../../nodes/errors.ts';
import { keysendPayloadBytesMax } from '../../nodes/onion.ts';
import { type Contracts, HOPS, routeTo } from './contract.ts';
import { ARRIVES_MS, arrivalOf } from './hearing.ts';
import { balances, balancesChangedBy, hashOf, keysend, RECORD_TYPE } from './keysend.ts';

/** Measured on LND 0.21.3, regtest, 1000 msat. */
const KEYSEND_LIMITS = [1207, 1156, 1105, 1054, 1003] as const;

export const keysendSizes: Contracts = {
  'the largest keysend record arrives at every hop count, and one byte more is refused by its limit': async (t, network, line) => {
    const stop = new AbortController();
    for (const hops of HOPS) {
      const route = await routeTo(line, hops, 1000);
      t.is(route.payloadBytesMax, KEYSEND_LIMITS[hops - 1]!, `${hops} hops`);
      t.is(
        route.payloadBytesMax,
        keysendPayloadBytesMax(route.hops.map(({ forwardMsat, expiry }) => ({ amountMsat: forwardMsat, expiry }))),
      );
      const received = await line[hops]!.receivedPayments(stop);
      const fits = keysend(route, randomBytes(route.payloadBytesMax));
      const arrival = arrivalOf(network, received, ({ hash }) => Buffer.from(hash).equals(hashOf(fits)), ARRIVES_MS);
      await line[0]!.pay(fits);
      const { records, amountMsat } = await arrival;
      t.is(amountMsat, 1000);
      t.deepEqual(
        Buffer.from(records.find(({ type }) => type === RECORD_TYPE)!.value),
        Buffer.from(fits.records![0]!.value),
        `${route.payloadBytesMax} B over ${hops} hops`,
      );
      const over = keysend(route, randomBytes(route.payloadBytesMax + 1));
      const refused = await t.throwsAsync(line[0]!.pay(over), { instanceOf: PayloadTooLargeError });
      t.is(refused!.limitBytes, route.payloadBytesMax);
    }
    stop.abort();
  },

  'a keysend over the limit that is probed moves nothing and wedges nothing': async (t, network, line) => {
    await network.quiet();
    const before = await balances(network);
    for (const to of [await routeTo(line, 5, 1000), line[5]!.publicKey]) {
      const over = { ...keysend(to, randomBytes(KEYSEND_LIMITS[4]! + 1)), probe: true };
      await t.throwsAsync(line[0]!.pay(over), { instanceOf: PaymentFailedError });
    }
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
    await t.notThrowsAsync(line[0]!.pay(keysend(await routeTo(line, 5, 1000), randomBytes(8))));
  },

  'a keysend to a public key finds its own way, and its limit is named when no onion holds it': async (t, _network, line) => {
    const payment = await line[0]!.pay(keysend(line[5]!.publicKey, randomBytes(KEYSEND_LIMITS[4]!)));
    t.is(payment.hops, 5);
    t.is(payment.feeMsat, 4_000);
    const refused = await t.throwsAsync(line[0]!.pay(keysend(line[5]!.publicKey, randomBytes(KEYSEND_LIMITS[4]! + 1))), {
      instanceOf: PayloadTooLargeError,
    });
    t.is(refused!.limitBytes, KEYSEND_LIMITS[4]!);
  },
};
