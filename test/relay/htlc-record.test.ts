import { randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { PayloadTooLargeError, PaymentFailedError, PeerError } from '../../nodes/errors.ts';
import { Inbox } from '../../nodes/inbox.ts';
import { MemoryJournal } from '../../nodes/journal.ts';
import type { Forward, Node, PayRequest, ReceivedPayment, Route, TlvRecord } from '../../nodes/node.ts';
import { KEYSEND_TYPE, tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../../nodes/onion.ts';
import type { Carrier, Circuit } from '../../nodes/relay/carrier/carrier.ts';
import { HTLC_RECORD_MTU, htlcRecordCarrier } from '../../nodes/relay/carrier/htlc-record.ts';
import { HTLC_RECORD } from '../../nodes/relay/carrier/htlc-record-tlv.ts';
import { recordAnswers } from '../../nodes/relay/carrier/record-answers.ts';
import { isRecordPreimage, paysFor, recordPreimage } from '../../nodes/relay/carrier/record-preimage.ts';
import { Payments } from '../../nodes/relay/payment/payments.ts';
import { receivePayments } from '../../nodes/relay/received-payments.ts';
import { nodeKey } from '../node-key.ts';
import { seededRandom } from './fake-circuits.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A client, a relay on the way, and the exit. */
const [CLIENT, RELAY, EXIT] = [nodeKey(1), nodeKey(2), nodeKey(3)];
const keyOf = (key: typeof CLIENT): string => Buffer.from(key.publicKey).toString('hex');
const ROUTE: Route = {
  hops: [
    { publicKey: keyOf(RELAY), channel: '1x1x1', forwardMsat: 1, feeMsat: 1_000, expiry: 200 },
    { publicKey: keyOf(EXIT), channel: '2x1x1', forwardMsat: 1, feeMsat: 0, expiry: 200 },
  ],
  amountMsat: 1,
  feeMsat: 1_000,
  payloadBytesMax: 1_156,
  staleAtHeight: 150,
  native: null,
};

/** Stands for peer messages: notes which circuits were asked for, and can end them. */
const callable = () => {
  const asked: { readonly to: string; readonly records: boolean | undefined }[] = [];
  const standing = new Set<(reason: Error) => void>();
  const peers = {
    kind: 'peer-message',
    async open(to, { records } = {}) {
      asked.push({ to, records });
      let over = (_: Error) => {};
      const circuit = {
        path: ROUTE.hops.map(({ publicKey }) => publicKey),
        onClosed(listener) {
          over = listener;
          standing.add(over);
        },
        close: () => standing.delete(over),
      } as Partial<Circuit> as Circuit;
      return circuit;
    },
  } as Partial<Carrier> as Carrier;
  return { peers, asked, standing };
};

/** The carrier beside one of them, and what its relay answers LND. */
const beside = async (key: typeof CLIENT, replaced: Partial<Node> = {}) => {
  const clock = new VirtualClock();
  const received = new Inbox<ReceivedPayment>(100);
  const units: Uint8Array[] = [];
  const log: string[] = [];
  const node = {
    publicKey: keyOf(key),
    ecdh: key.ecdh,
    height: async () => 100,
    channels: async () => [],
    route: async () => ROUTE,
    receivedPayments: async () => received,
    ...replaced,
  } as unknown as Node;
  const plan = { budgetMsat: 1_000_000, feeLimitMsat: 5_000, allow: [] };
  const shared = { node, plan, clock, signal: new AbortController().signal, log: (line: string) => log.push(line) };
  const payments = new Payments({ ...shared, journal: new MemoryJournal() });
  const sink = (unit: Uint8Array) => units.push(unit);
  const calls = callable();
  const carrier = htlcRecordCarrier({ ...shared, random: seededRandom(5), payments, peers: calls.peers });
  await receivePayments({ ...shared, payments, sink });
  return { clock, carrier, payments, answers: recordAnswers({ node, sink, log: shared.log }), received, units, log, calls };
};

const forward = (wireRecords: readonly TlvRecord[]): Forward => ({
  id: '1x1x1/0',
  incoming: '1x1x1',
  outgoing: '2x1x1',
  hash: new Uint8Array(32),
  amountMsat: 1,
  wireRecords,
});

/** What the client sends for a unit, and what the relay makes of it. */
const sent = async (unit: Uint8Array) => {
  let request: PayRequest | undefined;
  const client = await beside(CLIENT, {
    async pay(order) {
      request = order;
      return { hash: new Uint8Array(32), amountMsat: 1, feeMsat: 1_000, hops: 2 };
    },
  });
  await (await client.carrier.open(keyOf(EXIT))).send(unit);
  const relay = await beside(RELAY);
  const answer = await relay.answers.forward(forward(request!.wireRecords!));
  return { preimage: request!.preimage, first: request!.wireRecords!, second: answer === 'resume' ? [] : answer.resumeWith };
};

const htlc = (preimage: Uint8Array | null, wireRecords: readonly TlvRecord[]) => ({
  hash: new Uint8Array(32),
  preimage,
  amountMsat: 1,
  wireRecords,
});

test('a unit of any size goes over a relay that cannot read it, and is accepted with its payment', async (t) => {
  for (const bytes of [0, 1, 1_000, HTLC_RECORD_MTU]) {
    const unit = randomBytes(bytes);
    const { preimage, first, second } = await sent(unit);
    const exit = await beside(EXIT);
    t.is(await exit.answers.exit(htlc(preimage, second)), 'accept');
    t.true(Buffer.from(exit.units[0]!).equals(unit));
    if (bytes >= 16) for (const [record] of [first, second]) t.false(Buffer.from(record!.value).includes(unit.subarray(0, 16)));
    t.is(tlvStreamBytes(first), tlvStreamBytes(second), 'the same all the way');
  }
});

test('a record fills our limit to the byte, and one byte more is refused by name', async (t) => {
  const { first } = await sent(Buffer.alloc(HTLC_RECORD_MTU));
  t.is(tlvStreamBytes(first), WIRE_RECORDS_BYTES_MAX);
  const { carrier } = await beside(CLIENT);
  const circuit = await carrier.open(keyOf(EXIT));
  t.is(circuit.mtu, HTLC_RECORD_MTU);
  const refused = await t.throwsAsync(circuit.send(Buffer.alloc(HTLC_RECORD_MTU + 1)), { instanceOf: PayloadTooLargeError });
  t.is(refused.limitBytes, HTLC_RECORD_MTU);
});

test('a payment of ours without its record, or with one that was altered, cut or made for another payment, is cancelled', async (t) => {
  const { preimage, first, second } = await sent(Buffer.from('a unit'));
  const other = await sent(Buffer.from('another'));
  const exit = await beside(EXIT);
  const value = Buffer.from(second[0]!.value);
  const cases: TlvRecord[][] = [[], [{ type: 106_823, value: Buffer.of(0) }], [...first], [...other.second]];
  await fc.assert(
    fc.asyncProperty(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const altered = Buffer.from(value);
      altered[at]! ^= mask;
      t.is(await exit.answers.exit(htlc(preimage, [{ type: HTLC_RECORD, value: altered }])), 'cancel');
      t.is(await exit.answers.exit(htlc(preimage, [{ type: HTLC_RECORD, value: value.subarray(0, at) }])), 'cancel');
    }),
    { numRuns: 40 },
  );
  for (const records of cases) t.is(await exit.answers.exit(htlc(preimage, records)), 'cancel');
  t.deepEqual(exit.units, []);
  t.is(await exit.answers.exit(htlc(preimage, second)), 'accept');
});

test('what is not ours goes on unchanged and is accepted, and its records are nobody’s units', async (t) => {
  const { answers, units } = await beside(EXIT);
  const { second } = await sent(Buffer.from('a unit'));
  t.is(await answers.forward(forward([])), 'resume');
  t.is(await answers.forward(forward([{ type: 77_777, value: randomBytes(50) }])), 'resume');
  for (const preimage of [null, randomBytes(32), new Uint8Array(32), randomBytes(5)])
    for (const records of [[], second]) t.is(await answers.exit(htlc(preimage, records)), 'accept');
  t.deepEqual(units, []);
});

test('only payments of ours that settled count as received', async (t) => {
  const { clock, received, payments } = await beside(EXIT);
  const ours = recordPreimage(randomBytes(16), Buffer.from('unit'));
  received.push({ hash: new Uint8Array(32), amountMsat: 7, records: [{ type: KEYSEND_TYPE, value: randomBytes(32) }] });
  received.push({ hash: new Uint8Array(32), amountMsat: 5, records: [{ type: KEYSEND_TYPE, value: ours }] });
  await clock.run(clock.sleep(1));
  t.is(payments.ledger().receivedMsat, 5);
});

test('what the exit cancels costs nothing', async (t) => {
  const pay = () => Promise.reject(new PaymentFailedError('INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS'));
  const { carrier, payments } = await beside(CLIENT, { pay });
  const circuit = await carrier.open(keyOf(EXIT));
  await t.throwsAsync(circuit.send(Buffer.of(1)), { instanceOf: PaymentFailedError });
  t.like(payments.ledger(), { htlcsFailed: 1, htlcsSettled: 0, feesMsat: 0 });
});

test('relays on the way are told that records come, anew after a circuit was lost or a payment failed, and no longer than it takes', async (t) => {
  let fails = false;
  const { clock, carrier, calls } = await beside(CLIENT, {
    async pay() {
      if (fails) throw new PaymentFailedError('INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS');
      return { hash: new Uint8Array(32), amountMsat: 1, feeMsat: 1_000, hops: 2 };
    },
  });
  const circuit = await carrier.open(keyOf(EXIT));
  t.deepEqual(calls.asked, [{ to: keyOf(EXIT), records: true }]);
  await circuit.send(Buffer.of(1));
  t.is(calls.asked.length, 1);
  for (const over of calls.standing) over(new PeerError('a relay on the way closed the circuit'));
  await Promise.all([circuit.send(Buffer.of(2)), circuit.send(Buffer.of(3))]);
  t.is(calls.asked.length, 2, 'once for both');
  fails = true;
  await clock.run(clock.sleep(3_000));
  await t.throwsAsync(circuit.send(Buffer.of(4)), { instanceOf: PaymentFailedError });
  fails = false;
  await circuit.send(Buffer.of(5));
  t.is(calls.asked.length, 3);
  circuit.close();
  t.is(calls.standing.size, 1, 'the one that was lost is nobody’s');
});

test('a preimage says that it is ours and which unit it pays for, and changing any bit of either shows', (t) => {
  const secret = fc.uint8Array({ minLength: 16, maxLength: 32 });
  fc.assert(
    fc.property(secret, fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat(255), (own, unit, at, mask) => {
      const preimage = recordPreimage(own, unit);
      t.is(preimage.length, 32);
      t.true(isRecordPreimage(preimage) && paysFor(preimage, unit));
      const [marked, bound, other] = [Buffer.from(preimage), Buffer.from(preimage), Buffer.from(unit)];
      marked[16 + (at % 8)]! ^= mask | 1;
      bound[24 + (at % 8)]! ^= mask | 1;
      other[at % unit.length]! ^= mask | 1;
      t.false(isRecordPreimage(marked));
      t.true(isRecordPreimage(bound));
      t.false(paysFor(bound, unit));
      t.false(paysFor(preimage, other));
    }),
  );
});
