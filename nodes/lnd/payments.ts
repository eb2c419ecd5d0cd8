/** Keysends and invoices over LND: routes asked once and pinned (SendToRouteV2), or LND's own path-finding (SendPaymentV2). */
import { createHash } from 'node:crypto';
import type { AuthenticatedLnd } from 'lightning';
import { DeadlineError, FeeLimitError, LndError, NoRouteError, PayloadTooLargeError, PaymentFailedError } from '../errors.ts';
import type { PayInvoiceRequest, Payment, PayRequest, ReceivedPayment, Route, RouteRequest, TlvRecord, Waiting } from '../node.ts';
import { keysendPayloadBytesMax, tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../onion.ts';
import { channelId } from './channel-id.ts';
import { lndFailure } from './failures.ts';
import { mapOf, recordsOf, stream, unary } from './grpc.ts';
import { decodeInvoice } from './invoices.ts';
import { subscribe } from './subscription.ts';

const KEYSEND_RECORD = 5482373484;
/** Blocks left at the destination when the payment arrives; LND refuses below 19. */
const FINAL_CLTV_DELTA = 144;
/** A pinned route is asked for again when this many blocks came: far from LND's refusal. */
const ROUTE_BLOCKS_MAX = 72;
const PAYMENT_TIMEOUT_MS = 60_000;
const GRPC_DEADLINE = 'gRPC 4';

interface RawHop {
  chan_id: string;
  expiry: number;
  amt_to_forward_msat: string;
  fee_msat: string;
  pub_key: string;
  custom_records?: Record<string, Uint8Array>;
  tlv_payload?: boolean;
}

interface RawRoute {
  total_amt_msat: string;
  total_fees_msat: string;
  hops: RawHop[];
}

export interface RawAttempt {
  status: 'IN_FLIGHT' | 'SUCCEEDED' | 'FAILED';
  attempt_time_ns: string;
  route?: RawRoute;
  failure?: { code: string; failure_source_index: number } | null;
}

export interface RawPayment {
  status: 'UNKNOWN' | 'IN_FLIGHT' | 'SUCCEEDED' | 'FAILED' | 'INITIATED';
  failure_reason: string;
  fee_msat: string;
  value_msat: string;
  creation_time_ns: string;
  htlcs: RawAttempt[];
}

export const findRoute = async (lnd: AuthenticatedLnd, height: number, request: RouteRequest): Promise<Route> => {
  const { route } = request.via === undefined ? await queryRoutes(lnd, request) : await buildRoute(lnd, request, request.via);
  const feeMsat = Number(route.total_fees_msat);
  if (feeMsat > request.maxFeeMsat) throw new FeeLimitError(`this route costs ${feeMsat} msat, the limit is ${request.maxFeeMsat} msat`);
  const hops = route.hops.map((hop) => ({
    publicKey: hop.pub_key,
    channel: channelId(hop.chan_id),
    forwardMsat: Number(hop.amt_to_forward_msat),
    feeMsat: Number(hop.fee_msat),
    expiry: hop.expiry,
  }));
  return {
    hops,
    amountMsat: request.amountMsat,
    feeMsat,
    payloadBytesMax: keysendPayloadBytesMax(hops.map(({ forwardMsat, expiry }) => ({ amountMsat: forwardMsat, expiry }))),
    staleAtHeight: height + ROUTE_BLOCKS_MAX,
    native: route,
  };
};

export const payKeysend = async (lnd: AuthenticatedLnd, request: PayRequest): Promise<Payment> => {
  request.signal?.throwIfAborted();
  const hash = createHash('sha256').update(request.preimage).digest();
  const payloadBytes = payloadLength(request.records ?? []);
  const wireBytes = tlvStreamBytes(request.wireRecords ?? []);
  if (!request.probe && wireBytes > WIRE_RECORDS_BYTES_MAX)
    throw new PayloadTooLargeError('htlc-record', wireBytes, WIRE_RECORDS_BYTES_MAX);
  return typeof request.to === 'string'
    ? payDestination(lnd, request, request.to, hash, payloadBytes)
    : payRoute(lnd, request, request.to, hash, payloadBytes);
};

interface RawInvoice {
  state: string;
  is_keysend: boolean;
  settle_index: string;
  r_hash: Uint8Array;
  amt_paid_msat: string;
  htlcs: { state: string; custom_records: Record<string, Uint8Array> }[];
}

/** Keysends that settled from now on; after LND's restart it goes on behind the last one seen. */
export const receivedPayments = (lnd: AuthenticatedLnd, signal: AbortSignal): Promise<AsyncIterable<ReceivedPayment>> => {
  let settleIndex = '0';
  return subscribe<RawInvoice, ReceivedPayment>(
    lnd,
    {
      service: 'default',
      method: 'subscribeInvoices',
      request: () => ({ settle_index: settleIndex }),
      pick: (invoice) => {
        if (invoice.state !== 'SETTLED' || !invoice.is_keysend) return undefined;
        settleIndex = invoice.settle_index;
        const htlc = invoice.htlcs.find(({ state }) => state === 'SETTLED');
        return { hash: invoice.r_hash, amountMsat: Number(invoice.amt_paid_msat), records: recordsOf(htlc?.custom_records ?? {}) };
      },
    },
    signal,
  );
};

/**
 * The way that LND's mission control prefers; where it remembers failures on all of them, the cheapest. Its memory fades by half in an
 * hour, so a payer with one way to go would find none for a minute and a half after each failure on it.
 */
const queryRoutes = async (lnd: AuthenticatedLnd, request: RouteRequest): Promise<{ route: RawRoute }> => {
  try {
    return await routes(lnd, request, { remembering: true });
  } catch (remembered) {
    if (!(remembered instanceof NoRouteError)) throw remembered;
    try {
      return await routes(lnd, request, { remembering: false });
    } catch (error) {
      if (!(error instanceof NoRouteError)) throw error;
      const free = await routes(lnd, { ...request, maxFeeMsat: null }, { remembering: false }).catch(() => null);
      if (free === null) throw remembered;
      throw new FeeLimitError(`the cheapest route costs ${free.route.total_fees_msat} msat, the limit is ${request.maxFeeMsat} msat`, {
        cause: remembered,
      });
    }
  }
};

type Wanted = Omit<RouteRequest, 'maxFeeMsat'> & { readonly maxFeeMsat: number | null };

const routes = async (lnd: AuthenticatedLnd, wanted: Wanted, { remembering }: { remembering: boolean }): Promise<{ route: RawRoute }> => {
  const { destination, amountMsat, maxFeeMsat } = wanted;
  const found = await unary<{ routes: RawRoute[] }>(
    lnd,
    'default',
    'queryRoutes',
    {
      pub_key: destination,
      amt_msat: String(amountMsat),
      final_cltv_delta: FINAL_CLTV_DELTA,
      use_mission_control: remembering,
      fee_limit: maxFeeMsat === null ? { fixed: '2100000000000000' } : { fixed_msat: String(maxFeeMsat) },
    },
    wanted,
  );
  return { route: found.routes[0] as RawRoute };
};

const buildRoute = (lnd: AuthenticatedLnd, request: RouteRequest, via: readonly string[]): Promise<{ route: RawRoute }> =>
  unary(
    lnd,
    'router',
    'buildRoute',
    {
      amt_msat: String(request.amountMsat),
      final_cltv_delta: FINAL_CLTV_DELTA,
      hop_pubkeys: via.map((key) => Buffer.from(key, 'hex')),
    },
    request,
  );

const payRoute = async (
  lnd: AuthenticatedLnd,
  request: PayRequest,
  route: Route,
  hash: Uint8Array,
  payloadBytes: number,
): Promise<Payment> => {
  if (!request.probe && payloadBytes > route.payloadBytesMax)
    throw new PayloadTooLargeError('keysend', payloadBytes, route.payloadBytesMax);
  if (route.feeMsat > request.maxFeeMsat)
    throw new FeeLimitError(`this route costs ${route.feeMsat} msat, the limit is ${request.maxFeeMsat} msat`);
  const raw = route.native as RawRoute;
  const hops = raw.hops.map((hop, index) =>
    index === raw.hops.length - 1
      ? { ...hop, tlv_payload: true, custom_records: recordMap(request.records ?? [], request.preimage) }
      : { ...hop, tlv_payload: true },
  );
  const attempt = await unary<RawAttempt>(
    lnd,
    'router',
    'sendToRouteV2',
    { payment_hash: hash, route: { ...raw, hops }, first_hop_custom_records: mapOf(request.wireRecords ?? []) },
    {
      signal: request.signal,
      deadlineMs: request.timeoutMs ?? PAYMENT_TIMEOUT_MS,
    },
  ).catch((error: unknown) => {
    if (error instanceof LndError && error.code === GRPC_DEADLINE)
      throw new DeadlineError('a payment has no end in time: a node on its way holds it, or is gone', { cause: error });
    throw refusedBeforeSending(error);
  });
  if (attempt.status !== 'SUCCEEDED') throw new PaymentFailedError(attempt.failure?.code ?? attempt.status);
  return { hash, amountMsat: route.amountMsat, feeMsat: route.feeMsat, hops: route.hops.length };
};

const payDestination = async (
  lnd: AuthenticatedLnd,
  request: PayRequest,
  destination: string,
  hash: Uint8Array,
  payloadBytes: number,
): Promise<Payment> => {
  const oneHopMax = keysendPayloadBytesMax([{ amountMsat: request.amountMsat, expiry: FINAL_CLTV_DELTA }]);
  if (!request.probe && payloadBytes > oneHopMax) throw new PayloadTooLargeError('keysend', payloadBytes, oneHopMax);
  const payment = await lastUpdate(lnd, request, {
    dest: Buffer.from(destination, 'hex'),
    amt_msat: String(request.amountMsat),
    payment_hash: hash,
    final_cltv_delta: FINAL_CLTV_DELTA,
    fee_limit_msat: String(request.maxFeeMsat),
    timeout_seconds: Math.ceil((request.timeoutMs ?? PAYMENT_TIMEOUT_MS) / 1000),
    max_parts: 1,
    no_inflight_updates: true,
    cancelable: true,
    dest_custom_records: recordMap(request.records ?? [], request.preimage),
    first_hop_custom_records: mapOf(request.wireRecords ?? []),
    dest_features: [9],
  });
  if (payment.status === 'SUCCEEDED') return settledOf(payment, hash);
  const reason = payment.failure_reason.replace('FAILURE_REASON_', '');
  if (reason === 'NO_ROUTE' && !request.probe) {
    const route = await queryRoutes(lnd, { destination, amountMsat: request.amountMsat, maxFeeMsat: request.maxFeeMsat });
    const limit = keysendPayloadBytesMax(
      route.route.hops.map((hop) => ({ amountMsat: Number(hop.amt_to_forward_msat), expiry: hop.expiry })),
    );
    if (payloadBytes > limit) throw new PayloadTooLargeError('keysend', payloadBytes, limit);
  }
  throw new PaymentFailedError(reason);
};

export const payInvoice = async (lnd: AuthenticatedLnd, request: PayInvoiceRequest): Promise<Payment> => {
  request.signal?.throwIfAborted();
  const { hash, payee, amountMsat } = await decodeInvoice(lnd, request.request, request);
  const payment = await lastUpdate(lnd, request, {
    payment_request: request.request,
    fee_limit_msat: String(request.maxFeeMsat),
    timeout_seconds: Math.ceil((request.timeoutMs ?? PAYMENT_TIMEOUT_MS) / 1000),
    max_parts: 1,
    no_inflight_updates: true,
    cancelable: true,
  });
  if (payment.status === 'SUCCEEDED') return settledOf(payment, hash);
  const reason = payment.failure_reason.replace('FAILURE_REASON_', '');
  // Throws FeeLimitError where there is a way, but a dearer one.
  if (reason === 'NO_ROUTE') await queryRoutes(lnd, { destination: payee, amountMsat, maxFeeMsat: request.maxFeeMsat }).catch(ofFees);
  throw new PaymentFailedError(reason);
};

const ofFees = (error: unknown): void => {
  if (error instanceof FeeLimitError) throw error;
};

const lastUpdate = (lnd: AuthenticatedLnd, { signal }: Waiting, request: object): Promise<RawPayment> =>
  new Promise((resolve, reject) => {
    const call = stream(lnd, 'router', 'sendPaymentV2', request);
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    let last: RawPayment | undefined;
    call.on('data', (message: never) => {
      last = message;
    });
    call.on('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(signal?.aborted ? signal.reason : refusedBeforeSending(lndFailure(error, 'pay')));
    });
    call.on('end', () => {
      signal?.removeEventListener('abort', abort);
      if (last) resolve(last);
      else reject(new PaymentFailedError('LND ended the payment stream without a result'));
    });
  });

/** The call broke off (cancelled, past its deadline, internal, unavailable): gRPC says nothing of what LND did before. */
const BROKEN_OFF = /^gRPC (1|4|13|14)$/;

/** LND refused the request itself (already paid, oversize onion): nothing was sent. */
const refusedBeforeSending = (error: unknown): unknown => {
  const refused = error instanceof NoRouteError || (error instanceof LndError && !BROKEN_OFF.test(error.code));
  return refused ? new PaymentFailedError(error.message, { cause: error }) : error;
};

export const settledOf = (payment: RawPayment, hash: Uint8Array): Payment => {
  const hops = payment.htlcs.find(({ status }) => status === 'SUCCEEDED')?.route?.hops ?? [];
  return {
    hash,
    amountMsat: Number(payment.value_msat),
    feeMsat: Number(payment.fee_msat),
    hops: hops.length,
    ...(hops.length > 0 && { route: hops.map(({ pub_key, fee_msat }) => ({ publicKey: pub_key, feeMsat: Number(fee_msat) })) }),
  };
};

const payloadLength = (records: readonly TlvRecord[]): number => records.reduce((sum, { value }) => sum + value.length, 0);

const recordMap = (records: readonly TlvRecord[], preimage: Uint8Array): Record<string, Uint8Array> =>
  mapOf([...records, { type: KEYSEND_RECORD, value: preimage }]);
