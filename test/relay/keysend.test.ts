import { createHash } from 'node:crypto';
import test from 'ava';
import { FeeLimitError, LndError, NoRouteError, PaymentFailedError } from '../../nodes/errors.ts';
import { Inbox } from '../../nodes/inbox.ts';
import { MemoryJournal } from '../../nodes/journal.ts';
import type { Node, PaymentState, PayRequest, ReceivedPayment, Route } from '../../nodes/node.ts';
import { KEYSEND_RECORD, keysendCarrier } from '../../nodes/relay/carrier/keysend.ts';
import { Payments } from '../../nodes/relay/payment/payments.ts';
import { receivePayments } from '../../nodes/relay/received-payments.ts';
import { seededRandom } from './fake-circuits.ts';
import { VirtualClock } from './virtual-clock.ts';

const TO = '02'.padEnd(66, 'b');
const ROUTE: Route = {
  hops: [
    { publicKey: '02'.padEnd(66, 'a'), channel: '1x1x1', forwardMsat: 1, feeMsat: 1_000, expiry: 200 },
    { publicKey: TO, channel: '2x1x1', forwardMsat: 1, feeMsat: 0, expiry: 200 },
  ],
  amountMsat: 1,
  feeMsat: 1_000,
  payloadBytesMax: 1_156,
  staleAtHeight: 150,
  native: null,
};

/** A node of which every call can be replaced, and what it was asked. */
const setUp = async (budgetMsat: number, calls: Partial<Node> = {}) => {
  const clock = new VirtualClock();
  const paid: PayRequest[] = [];
  const received = new Inbox<ReceivedPayment>(100);
  const units: Uint8Array[] = [];
  const node = {
    height: async () => 100,
    route: async () => ROUTE,
    async pay(request: PayRequest) {
      paid.push(request);
      return { hash: new Uint8Array(32), amountMsat: 1, feeMsat: 1_000, hops: 2 };
    },
    receivedPayments: async () => received,
    ...calls,
  } as unknown as Node;
  const plan = { budgetMsat, feeLimitMsat: 5_000, allow: [] };
  const shared = { node, plan, clock, signal: new AbortController().signal, log: () => {} };
  const budget = new Payments({ ...shared, journal: new MemoryJournal() });
  const carrier = keysendCarrier({ ...shared, random: seededRandom(5), payments: budget });
  await receivePayments({ ...shared, payments: budget, sink: (unit) => units.push(unit) });
  return { clock, carrier, budget, paid, received, units };
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a unit is one record of one payment, within the fee limit, and stands in the ledger when it settled', async (t) => {
  const { carrier, budget, paid } = await setUp(1_000_000);
  const circuit = await carrier.open(TO);
  t.is(circuit.mtu, 1_156);
  t.is(await circuit.send(Buffer.from('unit')), 'arrived');
  const [request] = paid;
  t.is(request!.to, ROUTE);
  t.is(request!.maxFeeMsat, 5_000);
  t.deepEqual(
    request!.records!.map(({ type, value }) => [type, Buffer.from(value).toString()]),
    [[KEYSEND_RECORD, 'unit']],
  );
  t.deepEqual(budget.ledger().routes, [
    { hops: ROUTE.hops.map(({ publicKey }) => publicKey), earnedMsat: [1_000, 0], deliveredMsat: 1, htlcs: 1 },
  ]);
});

test('every unit has a preimage of its own', async (t) => {
  const { carrier, paid } = await setUp(1_000_000);
  const circuit = await carrier.open(TO);
  for (let index = 0; index < 20; index++) await circuit.send(Buffer.of(index));
  t.is(new Set(paid.map(({ preimage }) => hex(preimage))).size, 20);
});

test('nothing is paid beyond the budget, payments under way counted', async (t) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { carrier, budget } = await setUp(2_500, {
    async pay() {
      await held;
      return { hash: new Uint8Array(32), amountMsat: 1, feeMsat: 1_000, hops: 2 };
    },
  });
  const circuit = await carrier.open(TO);
  const sends = [circuit.send(Buffer.of(1)), circuit.send(Buffer.of(2))];
  await t.throwsAsync(circuit.send(Buffer.of(3)), { instanceOf: FeeLimitError, message: /budget/ });
  release();
  await Promise.all(sends);
  t.is(budget.ledger().feesMsat, 2_000);
});

test('what was received for a unit pays for it: no budget bears it, for one receipt there is one payment, and too little is refused', async (t) => {
  const { carrier, budget, paid } = await setUp(1_001);
  const circuit = await carrier.open(TO);
  t.is(circuit.costMsat, 1_001);
  const receipt = { hash: Buffer.alloc(32, 5), amountMsat: 1_001, records: [] };
  for (let index = 0; index < 3; index++) await circuit.send(Buffer.of(1), { paid: receipt });
  t.is(new Set(paid.map(({ preimage }) => hex(preimage))).size, 1, 'LND pays one hash once');
  await t.throwsAsync(circuit.send(Buffer.of(1), { paid: { ...receipt, amountMsat: 1_000 } }), { instanceOf: FeeLimitError });
  t.is(paid.length, 3);
  await circuit.send(Buffer.of(2));
  await t.throwsAsync(circuit.send(Buffer.of(2)), { instanceOf: FeeLimitError, message: /budget/ });
  t.is(budget.ledger().deliveredMsat, 4);
});

test('a payment that failed costs nothing and frees its part of the budget', async (t) => {
  const { carrier, budget } = await setUp(1_001, { pay: () => Promise.reject(new PaymentFailedError('TEMPORARY_CHANNEL_FAILURE')) });
  const circuit = await carrier.open(TO);
  for (let index = 0; index < 3; index++) await t.throwsAsync(circuit.send(Buffer.of(index)), { instanceOf: PaymentFailedError });
  const { htlcsFailed, htlcsSettled, feesMsat } = budget.ledger();
  t.deepEqual([htlcsFailed, htlcsSettled, feesMsat], [3, 0, 0]);
});

for (const [end, arrives] of [
  ['settled', true],
  ['failed', false],
] as const) {
  test(`a call that broke off is looked up until LND knows: ${end}`, async (t) => {
    const states: PaymentState['state'][] = ['pending', 'pending', end];
    const asked: string[] = [];
    let preimage = new Uint8Array();
    const { clock, carrier, budget } = await setUp(1_000_000, {
      async pay(request) {
        preimage = Uint8Array.from(request.preimage);
        throw new LndError('14 UNAVAILABLE', 'the connection broke');
      },
      async lookUpPayment(hash) {
        asked.push(hex(hash));
        const state = states.shift()!;
        return { state, reason: '', hash, amountMsat: 1, feeMsat: 1_000, hops: 2 } as PaymentState;
      },
    });
    const circuit = await carrier.open(TO);
    const sending = circuit.send(Buffer.of(1));
    if (arrives) t.is(await clock.run(sending), 'arrived');
    else await t.throwsAsync(clock.run(sending), { instanceOf: LndError });
    t.deepEqual(
      asked,
      Array.from({ length: 3 }, () => createHash('sha256').update(preimage).digest('hex')),
    );
    t.is(budget.ledger().htlcsSettled, arrives ? 1 : 0);
    t.is(budget.ledger().feesMsat, arrives ? 1_000 : 0);
  });
}

test('a payment that its node lost counts as failed once the node says so for seconds on end, and not before', async (t) => {
  const states: PaymentState['state'][] = [...Array.from({ length: 9 }, () => 'lost' as const), 'pending'];
  let asked = 0;
  const { clock, carrier, budget } = await setUp(1_000_000, {
    pay: () => Promise.reject(new LndError('14 UNAVAILABLE', 'the connection broke')),
    lookUpPayment: async () => ({ state: states[asked++] ?? 'lost' }) as PaymentState,
  });
  const circuit = await carrier.open(TO);
  await t.throwsAsync(clock.run(circuit.send(Buffer.of(1))), { instanceOf: LndError });
  t.is(asked, 20, 'nine times lost and then pending proves nothing: ten times in a row does');
  const { htlcsFailed, htlcsSettled, feesMsat } = budget.ledger();
  t.deepEqual([htlcsFailed, htlcsSettled, feesMsat], [1, 0, 0]);
});

test('a route is asked for anew when blocks have passed, and after a failure', async (t) => {
  let [height, routes, fails] = [100, 0, false];
  const { clock, carrier } = await setUp(1e9, {
    height: async () => height,
    async route() {
      routes += 1;
      return { ...ROUTE, staleAtHeight: height + 50 };
    },
    async pay() {
      if (fails) throw new PaymentFailedError('UNKNOWN_NEXT_PEER');
      return { hash: new Uint8Array(32), amountMsat: 1, feeMsat: 1_000, hops: 2 };
    },
  });
  await clock.run(
    (async () => {
      const circuit = await carrier.open(TO);
      for (let index = 0; index < 5; index++) await circuit.send(Buffer.of(index));
      t.is(routes, 1);
      height = 151;
      await clock.sleep(11_000);
      await circuit.send(Buffer.of(6));
      t.is(routes, 2);
      fails = true;
      await t.throwsAsync(circuit.send(Buffer.of(7)));
      fails = false;
      await clock.sleep(3_000);
      await circuit.send(Buffer.of(8));
      t.is(routes, 3);
    })(),
  );
});

test('where 1 msat finds no way, 1,000 msat are tried; where that finds none, it says so', async (t) => {
  const asked: number[] = [];
  const { carrier } = await setUp(1e9, {
    async route({ amountMsat }) {
      asked.push(amountMsat);
      if (amountMsat < 1_000) throw new NoRouteError('no route for so little');
      return { ...ROUTE, amountMsat };
    },
  });
  await carrier.open(TO);
  t.deepEqual(asked, [1, 1_000]);
  const none = await setUp(1e9, { route: () => Promise.reject(new NoRouteError('none')) });
  await t.throwsAsync(none.carrier.open(TO), { instanceOf: NoRouteError });
});

test('only payments with our record are units, and only they count as received', async (t) => {
  const { clock, budget, received, units } = await setUp(1e9);
  const hash = new Uint8Array(32);
  received.push({ hash, amountMsat: 7, records: [] });
  received.push({ hash, amountMsat: 5, records: [{ type: KEYSEND_RECORD, value: Buffer.from('unit') }] });
  await clock.run(clock.sleep(1));
  t.deepEqual(
    units.map((unit) => Buffer.from(unit).toString()),
    ['unit'],
  );
  t.is(budget.ledger().receivedMsat, 5);
});
