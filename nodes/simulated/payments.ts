/** The payer's side of a keysend or an invoice: guards, a path, attempts, and the record that LND keeps of it by payment hash. */
import { createHash } from 'node:crypto';
import { DeadlineError, FeeLimitError, NoRouteError, PayloadTooLargeError, PaymentFailedError } from '../errors.ts';
import type { PayInvoiceRequest, Payment, PaymentState, PayRequest, Route, TlvRecord } from '../node.ts';
import { keysendPayloadBytesMax, keysendRoutingInfoBytes, ROUTING_INFO_BYTES, tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../onion.ts';
import { writes } from './engine/databases.ts';
import type { FailureCode } from './engine/htlcs.ts';
import { NO_END } from './engine/routes.ts';
import { decodeInvoiceRequest, isPast } from './invoice-request.ts';
import type { SimulatedLnd } from './lnd.ts';
import { findPath, type Path, walkOf } from './path.ts';
import { codeOf, type Onion, type SeamPayment } from './programs.ts';
import { isOfPolicy, learnFailure, learnSuccess } from './routing/learn.ts';
import type { Settle } from './waits.ts';
import type { Worker } from './worker.ts';

/** Why an attempt failed, and the index of the hop that refused. */
interface Failure {
  readonly code: FailureCode;
  readonly hop: number;
}

const PAYMENT_TIMEOUT_MS = 60_000;
/** The router's InitPayment; its RegisterAttempt and the switch's CommitCircuits. */
const INIT_WRITES = writes([], 1);
const REGISTER_WRITES = writes([], 2);
/** Paths that one payment tries; LND stops by its deadline alone. */
const ATTEMPTS_MAX = 50;

/** A payment on its way; the promise may be given up before the HTLC ends. */
interface Attempting {
  readonly lnd: SimulatedLnd;
  readonly request: Omit<PayRequest, 'preimage'>;
  readonly secrets: Pick<Onion, 'preimage' | 'secret'>;
  readonly hash: string;
  readonly settle: Settle<Payment>;
  readonly deadlineUs: number;
  attempts: number;
}

/**
 * @param find turns a public key into the node that has it.
 * @param client the thread of the program that asks.
 */
export function pay(
  lnd: SimulatedLnd,
  client: Worker,
  request: PayRequest,
  find: (publicKey: string) => SimulatedLnd | undefined,
  settle: Settle<Payment>,
): () => void {
  const hash = createHash('sha256').update(request.preimage).digest('hex');
  guard(request);
  const copy = { ...request, records: copied(request.records), wireRecords: copied(request.wireRecords) };
  return send({ lnd, client, request: copy, secrets: { preimage: Uint8Array.from(request.preimage) }, hash, settle }, find);
}

/** @throws ScenarioError, PaymentFailedError: it was not even tried. */
export function payInvoice(
  lnd: SimulatedLnd,
  client: Worker,
  { request: text, maxFeeMsat, timeoutMs }: PayInvoiceRequest,
  find: (publicKey: string) => SimulatedLnd | undefined,
  settle: Settle<Payment>,
): () => void {
  const invoice = decodeInvoiceRequest(text);
  if (isPast(invoice, lnd.time.nowUs)) throw new PaymentFailedError('invoice expired');
  const request = { to: invoice.payee, amountMsat: invoice.amountMsat, maxFeeMsat, ...(timeoutMs && { timeoutMs }) };
  const hash = Buffer.from(invoice.hash).toString('hex');
  return send({ lnd, client, request, secrets: { preimage: null, secret: invoice.secret }, hash, settle }, find);
}

type Sending = Pick<Attempting, 'lnd' | 'request' | 'secrets' | 'hash' | 'settle'> & { readonly client: Worker };

function send({ client, ...sending }: Sending, find: (publicKey: string) => SimulatedLnd | undefined): () => void {
  const { lnd, request, hash, settle } = sending;
  const timeoutMs = request.timeoutMs ?? PAYMENT_TIMEOUT_MS;
  const payment: Attempting = { ...sending, deadlineUs: lnd.time.nowUs + timeoutMs * 1000, attempts: 0 };
  const late = lnd.time.after(timeoutMs * 1000, () =>
    settle.reject(new DeadlineError(`${lnd.name}: the payment ${hash} did not end within ${timeoutMs} ms`)),
  );
  const { payCallCpuUs, callCpuUsPerByte, recordsMadeCpuUsPerByte } = lnd.costs;
  const recordsUs = tlvStreamBytes(request.wireRecords ?? []) * recordsMadeCpuUsPerByte;
  client.do(lnd.spread(payCallCpuUs + payloadBytes(request) * callCpuUsPerByte + recordsUs), () =>
    lnd.compute(lnd.costs.paymentStartCpuUs, () => {
      const known = lnd.payments.get(hash);
      if (known?.state === 'settled' || known?.state === 'pending') {
        settle.reject(new PaymentFailedError(known.state === 'settled' ? 'invoice is already paid' : 'payment is in transition'));
      } else {
        lnd.payments.set(hash, { state: 'pending' });
        lnd.write(0, INIT_WRITES, () => attempt(payment, find));
      }
    }),
  );
  return () => lnd.time.cancel(late);
}

function copied(records: readonly TlvRecord[] = []): readonly TlvRecord[] {
  return records.map(({ type, value }) => ({ type, value: Uint8Array.from(value) }));
}

function guard({ to, probe, maxFeeMsat, ...request }: PayRequest): void {
  const wireBytes = tlvStreamBytes(request.wireRecords ?? []);
  if (!probe && wireBytes > WIRE_RECORDS_BYTES_MAX) throw new PayloadTooLargeError('htlc-record', wireBytes, WIRE_RECORDS_BYTES_MAX);
  if (typeof to === 'string') return;
  if (to.amountMsat !== request.amountMsat)
    throw new PaymentFailedError(`the route is for ${to.amountMsat} msat, not ${request.amountMsat}`);
  const bytes = payloadBytes(request as PayRequest);
  if (!probe && bytes > to.payloadBytesMax) throw new PayloadTooLargeError('keysend', bytes, to.payloadBytesMax);
  if (to.feeMsat > maxFeeMsat) throw new FeeLimitError(`this route costs ${to.feeMsat} msat, the limit is ${maxFeeMsat} msat`);
}

function attempt(payment: Attempting, find: (publicKey: string) => SimulatedLnd | undefined): void {
  const { lnd, request } = payment;
  const path = typeof request.to === 'string' ? freshPath(payment, find(request.to)) : pathOf(request.to);
  if (path instanceof Error) {
    failed(payment, path);
    return;
  }
  const records = request.records ?? [];
  const sizes = records.map(({ type, value }) => ({ type, bytes: value.length }));
  const onionHops = path.hops.map(({ forwardMsat, expiry }) => ({ amountMsat: forwardMsat, expiry }));
  if (keysendRoutingInfoBytes(onionHops, sizes) > ROUTING_INFO_BYTES) {
    const tooLarge = new PayloadTooLargeError('keysend', payloadBytes(request), keysendPayloadBytesMax(onionHops));
    failed(payment, request.probe ? new PaymentFailedError('NO_ROUTE', { cause: tooLarge }) : tooLarge);
    return;
  }
  lnd.write(lnd.costs.paymentOnionCpuUs, REGISTER_WRITES, () => offer(payment, path, find));
}

function offer(payment: Attempting, path: Path, find: (publicKey: string) => SimulatedLnd | undefined): void {
  const { lnd, request } = payment;
  const route = routeOf(lnd, path);
  const offered = lnd.world.programs.offerFirst(route, contents(payment, path, find), request.wireRecords ?? []);
  lnd.world.core.routes.release(route);
  if (offered) payment.attempts += 1;
  else failed(payment, new PaymentFailedError('TEMPORARY_CHANNEL_FAILURE'));
}

/** The path as the engine's columns have it. A hop that its channel does not lead to has no end there. */
function routeOf(lnd: SimulatedLnd, { hops, firstMsat, firstExpiry }: Path): number {
  const { routes } = lnd.world.core;
  let at: SimulatedLnd | undefined = lnd;
  hops.forEach(({ channel, publicKey, forwardMsat, expiry }, index) => {
    const link = at?.linkOn(channel);
    at = link?.peer.node.publicKey === publicKey ? link.peer.node : undefined;
    routes.end[index] = at === undefined ? NO_END : link!.end;
    routes.forwardMsat[index] = forwardMsat;
    routes.expiry[index] = expiry;
  });
  routes.hops = hops.length;
  routes.firstMsat = firstMsat;
  routes.firstExpiry = firstExpiry;
  return routes.keep();
}

function contents(payment: Attempting, path: Path, find: (publicKey: string) => SimulatedLnd | undefined): SeamPayment {
  const { hash, request } = payment;
  return {
    hash,
    onion: { records: request.records ?? [], ...payment.secrets },
    settled: () => settled(payment, path),
    failed: (failure, hop) => again(payment, path, { code: codeOf(failure), hop }, find),
  };
}

function freshPath(payment: Attempting, destination: SimulatedLnd | undefined): Path | Error {
  const { lnd: source, request } = payment;
  if (destination === undefined) return new PaymentFailedError('NO_ROUTE');
  const wanted = { source, destination, amountMsat: request.amountMsat };
  const records = (request.records ?? []).map(({ type, value }) => ({ type, bytes: value.length }));
  // Records that fit no route: the guard says by how much, on the way that LND would take without them.
  const path = findPath({ ...wanted, records, maxFeeMsat: request.maxFeeMsat }) ?? findPath({ ...wanted, maxFeeMsat: request.maxFeeMsat });
  if (path !== null) return path;
  const dearer = findPath({ ...wanted, maxFeeMsat: Number.MAX_SAFE_INTEGER });
  if (dearer !== null) {
    const feeMsat = dearer.firstMsat - request.amountMsat;
    return new FeeLimitError(`the cheapest route costs ${feeMsat} msat, the limit is ${request.maxFeeMsat} msat`);
  }
  const spendable = source.links.some(({ channel, side }) => channel.refusal(side, request.amountMsat) === null);
  return new PaymentFailedError(spendable ? 'NO_ROUTE' : 'INSUFFICIENT_BALANCE');
}

/** The path that a route of ours stands for. */
function pathOf(route: Route): Path | Error {
  const native = route.native as { readonly path?: Path } | undefined;
  return native?.path ?? new NoRouteError('this route was not found by the simulated network');
}

/** Mission control learns from every attempt, pinned ones too; another is made where it could end otherwise. */
function again(payment: Attempting, path: Path, failure: Failure, find: (publicKey: string) => SimulatedLnd | undefined): void {
  const { lnd, request } = payment;
  const { routing, time } = lnd.world;
  const walk = walkOf(lnd, path);
  const blamed = walk !== null && isOfPolicy(failure.code) ? path.hops[failure.hop + 1] : undefined;
  const sender = blamed && lnd.world.lndAt(walk!.nodes[failure.hop + 1]!).linkOn(blamed.channel);
  if (sender) routing.learnPolicy(sender.end);
  const hopeful = walk !== null && learnFailure(routing.memory, walk, failure.code, failure.hop, time.nowUs);
  if (typeof request.to !== 'string' || !hopeful || payment.attempts >= ATTEMPTS_MAX || time.nowUs > payment.deadlineUs)
    failed(payment, new PaymentFailedError(failure.code));
  else attempt(payment, find);
}

function settled(payment: Attempting, path: Path): void {
  const { lnd, request, hash, settle } = payment;
  const walk = walkOf(lnd, path);
  if (walk !== null) learnSuccess(lnd.world.routing.memory, walk);
  const done: Payment = {
    hash: Buffer.from(hash, 'hex'),
    amountMsat: request.amountMsat,
    feeMsat: path.firstMsat - request.amountMsat,
    hops: path.hops.length,
    ...(typeof request.to === 'string' && { route: path.hops.map(({ publicKey, feeMsat }) => ({ publicKey, feeMsat })) }),
  };
  lnd.payments.set(hash, { state: 'settled', ...done });
  lnd.record('payment-settled', null, payloadBytes(request), path.firstMsat);
  settle.resolve(done);
}

function failed(payment: Attempting, error: Error): void {
  const { lnd, hash, settle, request } = payment;
  const reason = error instanceof PaymentFailedError ? error.reason : error.name;
  const state: PaymentState = { state: 'failed', reason };
  // LND keeps a failed payment only where it was taken in: what our guards refused it never saw.
  if (!(error instanceof PayloadTooLargeError)) lnd.payments.set(hash, state);
  lnd.record('payment-failed', null, payloadBytes(request), 0);
  lnd.note(`payment ${hash} of ${request.amountMsat} msat failed: ${reason}`);
  settle.reject(error);
}

function payloadBytes({ records = [] }: Pick<PayRequest, 'records'>): number {
  return records.reduce((sum, { value }) => sum + value.length, 0);
}
