import test from 'ava';
import fc from 'fast-check';
import { FeeLimitError, NotFoundError, PaymentFailedError, ScenarioError } from '../../nodes/errors.ts';
import type { RelayClient } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/client.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { wallClock } from '../../nodes/wall.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { CrashingWorld, type Fate, INVOICE_FEES_MSAT } from './crashing-world.ts';

const FEES_MSAT = INVOICE_FEES_MSAT.reduce((sum, fee) => sum + fee, 0);
const SETTLES: Fate = { ms: 100, end: 'settled' };

test('wherever the process dies, invoices are paid once, and the next process counts what the way took', async (t) => {
  const fate = fc.record({ ms: fc.integer({ min: 0, max: 3_000 }), end: fc.constantFrom('settled' as const, 'failed' as const) });
  const run = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
    // The same invoices are asked for again and again, in every life.
    numbers: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
    lives: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
    together: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ fates, numbers, lives, together }) => {
      const world = new CrashingWorld(fates);
      for (const steps of lives) {
        const payments = world.start(steps);
        const pay = (number: number) => payments.payInvoice({ request: `${number * 10}/${number}` }).catch(() => {});
        const all = together
          ? Promise.all(numbers.map(pay))
          : (async () => {
              for (const number of numbers) await pay(number);
            })();
        await world.clock.run(Promise.race([all, world.clock.sleep(10_000)]));
      }
      const last = world.start();
      await world.clock.run(last.quiet());
      const { deliveredMsat, feesMsat, routes } = last.ledger();
      t.is(deliveredMsat + feesMsat, world.settledMsat);
      t.deepEqual(world.doubled, []);
      for (const { htlcs, earnedMsat } of routes)
        t.deepEqual(
          earnedMsat,
          INVOICE_FEES_MSAT.map((fee) => fee * htlcs),
        );
    }),
    { numRuns: 200, seed: 4 },
  );
});

test('an invoice sets aside the most that it may cost, and counts what it did', async (t) => {
  const world = new CrashingWorld([SETTLES], { budgetMsat: 12_000, feeLimitMsat: 5_000 });
  const payments = world.start();
  const first = payments.payInvoice({ request: '6000/1' });
  await world.clock.run(world.clock.sleep(50));
  t.is(world.sent.length, 1);
  await t.throwsAsync(payments.payInvoice({ request: '1100/2' }), { instanceOf: FeeLimitError }, '11,000 of 12,000 are set aside');
  t.like(await world.clock.run(first), { amountMsat: 6_000, feeMsat: FEES_MSAT });
  t.is((await world.clock.run(payments.payInvoice({ request: '1100/2', maxFeeMsat: 3_000 }))).feeMsat, FEES_MSAT);
  t.like(payments.ledger(), { deliveredMsat: 7_100, feesMsat: 2 * FEES_MSAT, htlcsSettled: 2 });
  t.like(payments.ledger().accounts, [{ session: '', purpose: 'invoice', deliveredMsat: 7_100, feesMsat: 2 * FEES_MSAT, htlcs: 2 }]);
});

test('an invoice over no amount is refused, and nothing is sent', async (t) => {
  const world = new CrashingWorld([SETTLES]);
  await t.throwsAsync(world.start().payInvoice({ request: '0/1' }), { instanceOf: PaymentFailedError, message: /no amount/ });
  t.deepEqual(world.sent, []);
});

test('a relay pays an invoice once however often it is asked, and its ledger predicts every balance', async (t) => {
  await using network = await openSimulated(relayLinePlan(), { startRelay });
  const names = [...network.nodes.keys()];
  const payer = network.relays.get(names[0]!)!;
  const payee = network.relays.get(names.at(-1)!) ?? payer;
  const before = new Map<string, number>();
  for (const node of network.nodes.values()) before.set(node.publicKey, (await node.balanceMsat()).localMsat);
  const { hash, request } = await payee.invoices.create({ amountMsat: 50_000, memo: 'a page' });
  const [one, other] = await Promise.all([payer.invoices.pay({ request }), payer.invoices.pay({ request })]);
  t.deepEqual(one, other);
  t.deepEqual(await payer.invoices.pay({ request }), one, 'and once more after it has settled');
  t.like(await payee.invoices.lookUp(hash), { state: 'settled', receivedMsat: 50_000, memo: 'a page' });
  await network.quiet();
  const { routes, htlcsSettled, feesMsat, deliveredMsat } = await payer.ledger();
  t.is(htlcsSettled, 1);
  t.is(deliveredMsat + feesMsat, 50_000 + one.feeMsat);
  const predicted = new Map([[payer.publicKey, -deliveredMsat - feesMsat]]);
  for (const { hops, earnedMsat } of routes)
    for (const [index, hop] of hops.entries()) predicted.set(hop, (predicted.get(hop) ?? 0) + earnedMsat[index]!);
  predicted.set(payee.publicKey, (predicted.get(payee.publicKey) ?? 0) + deliveredMsat);
  for (const node of network.nodes.values())
    t.is((await node.balanceMsat()).localMsat - before.get(node.publicKey)!, predicted.get(node.publicKey) ?? 0, node.name);
  await t.throwsAsync(payer.invoices.pay({ request: 'lnsim1' }), { instanceOf: ScenarioError });
  await t.throwsAsync(payer.invoices.lookUp('ab'.repeat(32)), { instanceOf: NotFoundError });
});

test('over the API invoices are made, paid and looked up as in the process, and so are relays asked', async (t) => {
  await using network = await openSimulated(relayLinePlan(), { startRelay });
  const [payer, payee] = [network.relays.get('n0')!, network.relays.get('n5')!];
  const served = async (relay: RelayClient) => {
    const token = 'c'.repeat(64);
    const ports = { host: '127.0.0.1', apiPort: 0, socksPort: 0, socksUdpPort: 0 };
    const server = await serveRelay(relay, { ...ports, onDemand: 'token', nodeKey: async () => relay.publicKey, token, clock: wallClock });
    const where = { socksHost: ports.host, socksPort: server.socksPort, socksUdpPort: server.socksUdpPort };
    const endpoint = { node: relay.node, publicKey: relay.publicKey, apiUrl: `http://127.0.0.1:${server.apiPort}`, token, ...where };
    return { client: connectRelay(endpoint, wallClock), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };
  await using here = await served(payer);
  await using there = await served(payee);
  const { hash, request } = await there.client.invoices.create({ amountMsat: 1_000, memo: 'tea' });
  const paid = await here.client.invoices.pay({ request, maxFeeMsat: 4_000 });
  t.deepEqual(paid, { hash, amountMsat: 1_000, feeMsat: 4_000, hops: 5 });
  t.deepEqual(await there.client.invoices.lookUp(hash), { state: 'settled', request, amountMsat: 1_000, memo: 'tea', receivedMsat: 1_000 });
  await t.throwsAsync(here.client.invoices.lookUp(hash), { instanceOf: NotFoundError });
  await t.throwsAsync(here.client.invoices.pay({ request: 'lnbc1' }), { instanceOf: ScenarioError });
  t.deepEqual(await here.client.hello({ of: payee.publicKey }), await payer.hello({ of: payee.publicKey, carrier: 'onion-message' }));
});
