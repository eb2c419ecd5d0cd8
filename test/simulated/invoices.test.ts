import test from 'ava';
import fc from 'fast-check';
import { PaymentFailedError, ScenarioError } from '../../nodes/errors.ts';
import { INVOICE_MEMO_BYTES_MAX } from '../../nodes/invoice-limits.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { decodeInvoiceRequest, encodeInvoiceRequest, type SimulatedInvoice } from '../../nodes/simulated/invoice-request.ts';
import { linePlan } from './line.ts';

const BYTES_32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const INVOICE: fc.Arbitrary<SimulatedInvoice> = fc.record({
  payee: fc.uint8Array({ minLength: 33, maxLength: 33 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  hash: BYTES_32,
  secret: BYTES_32,
  amountMsat: fc.maxSafeNat(),
  createdS: fc.nat(2 ** 32 - 1),
  expiryS: fc.nat(2 ** 32 - 1),
  memo: fc.string({ unit: 'binary', maxLength: 200 }).filter((memo) => Buffer.byteLength(memo) <= INVOICE_MEMO_BYTES_MAX),
});

const open = () => openSimulated(linePlan(3), { startRelay: () => Promise.reject(new Error('the plan has no relays')) });

test('a request says what it was made of', (t) => {
  fc.assert(
    fc.property(INVOICE, (invoice) => {
      const read = decodeInvoiceRequest(encodeInvoiceRequest(invoice));
      t.deepEqual({ ...read, hash: Uint8Array.from(read.hash), secret: Uint8Array.from(read.secret) }, invoice);
    }),
  );
});

test('a request with one character altered, cut short or lengthened is refused by name', (t) => {
  const change = fc.record({
    invoice: INVOICE,
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    to: fc.constantFrom(...'0f8aZ!é'),
  });
  fc.assert(
    fc.property(change, ({ invoice, at, to }) => {
      const request = encodeInvoiceRequest(invoice);
      const index = Math.floor(at * request.length);
      const altered = request.slice(0, index) + to + request.slice(index + 1);
      if (altered !== request) t.throws(() => decodeInvoiceRequest(altered), { instanceOf: ScenarioError });
      t.throws(() => decodeInvoiceRequest(request.slice(0, index)), { instanceOf: ScenarioError });
      t.throws(() => decodeInvoiceRequest(`${request}00`), { instanceOf: ScenarioError });
    }),
  );
});

test('whatever is given for a request, only ScenarioError comes of it', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 1_000 }).map((bytes) => `lnsim1${Buffer.from(bytes).toString('hex')}`),
  );
  fc.assert(fc.property(text, (request) => void t.throws(() => decodeInvoiceRequest(request), { instanceOf: ScenarioError })));
});

test('an invoice that has expired is not paid, and is cancelled at its payee', async (t) => {
  await using network = await open();
  const [n0, , n2] = [...network.nodes.values()];
  const { hash, request } = await n2!.createInvoice({ amountMsat: 1_000, expiryS: 60 });
  await network.clock.sleep(62_000);
  await t.throwsAsync(n0!.payInvoice({ request, maxFeeMsat: 5_000 }), { instanceOf: PaymentFailedError, message: /expired/ });
  t.is((await n2!.lookUpInvoice(hash))!.state, 'cancelled');
});

test('who knows the hash but not the request gets no invoice settled, nor does who would pay less', async (t) => {
  await using network = await open();
  const [n0, , n2] = [...network.nodes.values()];
  const { hash, request } = await n2!.createInvoice({ amountMsat: 1_000 });
  const invoice = decodeInvoiceRequest(request);
  for (const forged of [{ secret: new Uint8Array(32) }, { amountMsat: 999 }]) {
    const paying = n0!.payInvoice({ request: encodeInvoiceRequest({ ...invoice, ...forged }), maxFeeMsat: 5_000 });
    await t.throwsAsync(paying, { instanceOf: PaymentFailedError, message: /INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS/ });
  }
  t.is((await n2!.lookUpInvoice(hash))!.state, 'open');
});

test('an invoice that two pay at once is settled by one of them', async (t) => {
  await using network = await open();
  const [n0, n1, n2] = [...network.nodes.values()];
  const { hash, request } = await n2!.createInvoice({ amountMsat: 1_000 });
  const ends = await Promise.allSettled([n0!, n1!].map((node) => node.payInvoice({ request, maxFeeMsat: 5_000 })));
  t.deepEqual(ends.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  t.is((await n2!.lookUpInvoice(hash))!.receivedMsat, 1_000);
});
