/**
 * Carrier B: one unit in a wire record beside an HTLC (update_add_htlc). LND routes and pays; the relay beside each node on the way takes
 * a layer off the record and passes it on; where the payment ends the exit's relay reads the unit and only then lets LND settle. A unit
 * that was lost or altered on the way fails its payment, so what does not arrive is not paid. Relays remember nothing of it.
 */
import { createHmac } from 'node:crypto';
import { FeeLimitError, LeydenError, PayloadTooLargeError } from '../../errors.ts';
import type { Clock, ExitAnswer, ExitHtlc, Forward, ForwardAnswer, Node, Random, ReceivedPayment, TlvRecord, Waiting } from '../../node.ts';
import { KEYSEND_TYPE, tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../../onion.ts';
import type { RelayPlan } from '../../plan.ts';
import { POINT_BYTES } from '../../sphinx-keys.ts';
import { listen } from '../listen.ts';
import type { Payments } from '../payment/payments.ts';
import { relayPath } from '../relay-path.ts';
import { CARRIER_TRAITS, type Carrier, type Circuit, type CircuitAccount, type Sending, type UnitSink } from './carrier.ts';
import { costOf, PinnedRoute } from './pinned-route.ts';
import { LAYERS_OVERHEAD_BYTES, type Layered, openLayers, peelLayer, sealLayers } from './record-layers.ts';
import { isRecordPreimage, paysFor, recordPreimage } from './record-preimage.ts';

/** "Lew" in ASCII: odd, five bytes as a BigSize. Not keysend's, since LND shows a payment's wire records among those of its onion. */
export const HTLC_RECORD = 0x4c6577;

/** The same over any number of hops. */
export const HTLC_RECORD_MTU =
  WIRE_RECORDS_BYTES_MAX - LAYERS_OVERHEAD_BYTES - (tlvStreamBytes([{ type: HTLC_RECORD, value: new Uint8Array(253) }]) - 253);

const PAYMENT_TIMEOUT_MS = 60_000;
/** LND asks one program only: another one's place is asked for again. */
const REGISTER_AGAIN_MS = 10_000;

export interface HtlcRecordOptions {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly payments: Payments;
  readonly sink: UnitSink;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export const htlcRecordCarrier = async (options: HtlcRecordOptions): Promise<Carrier> => {
  const { node, payments, signal } = options;
  await registered(options, 'forwards', () => node.interceptForwards((forward) => passedOn(forward, node), { signal }));
  await registered(options, 'payments that end here', () => node.modifyExitHtlcs((htlc) => received(htlc, options), { signal }));
  await listen<ReceivedPayment>({
    ...options,
    what: 'payments received with records',
    subscribe: (waiting) => node.receivedPayments(waiting),
    take: ({ amountMsat, records }) => {
      const preimage = records.find(({ type }) => type === KEYSEND_TYPE)?.value ?? null;
      if (isRecordPreimage(preimage)) payments.received(amountMsat);
    },
  });
  return {
    kind: 'htlc-record',
    ...CARRIER_TRAITS['htlc-record'],
    async open(to, { signal: opening, account, amountMsat } = {}) {
      const via = (destination: string, waiting: Waiting) => relayPath(node, options.clock, destination, waiting);
      return new HtlcRecordCircuit(to, await PinnedRoute.find(to, amountMsat, { ...options, via }, { signal: opening }), options, account);
    },
  };
};

/** What is not ours goes on as if nobody had asked; so does what cannot be peeled, and the exit refuses it. */
const passedOn = async ({ wireRecords }: Forward, node: Node): Promise<ForwardAnswer> => {
  const layered = layeredOf(wireRecords);
  if (layered === undefined) return 'resume';
  return { resumeWith: [recordOf(await peelLayer(layered, (key) => node.ecdh(key)))] };
};

/** Payments that are not ours are none of our business; one of ours is accepted with its unit, and only with it. */
const received = async (
  { hash, preimage, amountMsat, wireRecords }: ExitHtlc,
  { node, sink, log }: HtlcRecordOptions,
): Promise<ExitAnswer> => {
  if (!isRecordPreimage(preimage)) return 'accept';
  const layered = layeredOf(wireRecords);
  if (layered === undefined) {
    log('htlc-record: a payment came without its record, as when no relay stands beside a node on its way: cancelled');
    return 'cancel';
  }
  try {
    const unit = await openLayers(layered, (key) => node.ecdh(key));
    if (!paysFor(preimage, unit)) return 'cancel';
    sink(unit, null, 'htlc-record', { payment: { hash, amountMsat, records: [] } });
    return 'accept';
  } catch (error) {
    log(`htlc-record: a payment was cancelled: ${error instanceof LeydenError ? error.message : String(error)}`);
    return 'cancel';
  }
};

class HtlcRecordCircuit implements Circuit {
  readonly carrier = 'htlc-record';
  readonly to: string;
  readonly mtu = HTLC_RECORD_MTU;
  readonly pace = null;
  readonly #route: PinnedRoute;
  readonly #options: HtlcRecordOptions;
  readonly #account: CircuitAccount;
  /** Preimages follow from it: each number pays once at most. */
  readonly #secret: Uint8Array;
  #sequence = 0;

  constructor(to: string, route: PinnedRoute, options: HtlcRecordOptions, account: CircuitAccount = {}) {
    this.to = to;
    this.#route = route;
    this.#options = options;
    this.#account = account;
    this.#secret = options.random.bytes(32);
  }

  get hops(): number {
    return this.#route.current.hops.length;
  }

  get path(): readonly string[] {
    return this.#route.current.hops.map(({ publicKey }) => publicKey);
  }

  get costMsat(): number {
    return costOf(this.#route.current);
  }

  /** Runs to its verdict whatever the caller does meanwhile: an HTLC on its way cannot be called back. */
  async send(unit: Uint8Array, { paid }: Sending = {}): Promise<'arrived'> {
    if (unit.length > this.mtu) throw new PayloadTooLargeError('htlc-record', unit.length, this.mtu);
    // The hash of what was received is another payment's, which LND settles here once: so is this one's.
    const number = paid === undefined ? String(this.#sequence++) : paid.hash;
    const preimage = recordPreimage(createHmac('sha256', this.#secret).update(number).digest(), unit);
    const route = await this.#route.fresh();
    if (paid !== undefined && paid.amountMsat < costOf(route))
      throw new FeeLimitError(`passing this unit on costs ${costOf(route)} msat, ${paid.amountMsat} msat came for it`);
    const coveredMsat = paid === undefined ? {} : { coveredMsat: costOf(route) };
    const path = route.hops.map(({ publicKey }) => Buffer.from(publicKey, 'hex'));
    const wireRecords = [recordOf(sealLayers(path, this.#options.random.bytes(32), unit))];
    try {
      const order = { purpose: 'carriage' as const, ...this.#account, ...coveredMsat, more: { wireRecords } };
      await this.#options.payments.pay({ ...order, route, preimage, timeoutMs: PAYMENT_TIMEOUT_MS });
    } catch (error) {
      this.#route.suspect();
      throw error;
    }
    return 'arrived';
  }

  onClosed(): void {}

  close(): void {}
}

const recordOf = ({ ephemeralKey, sealed }: Layered): TlvRecord => ({ type: HTLC_RECORD, value: Buffer.concat([ephemeralKey, sealed]) });

/** undefined: nothing of ours, or cut short. */
const layeredOf = (records: readonly TlvRecord[]): Layered | undefined => {
  const record = records.find(({ type }) => type === HTLC_RECORD);
  if (record === undefined || record.value.length < LAYERS_OVERHEAD_BYTES) return undefined;
  const bytes = Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength);
  return { ephemeralKey: bytes.subarray(0, POINT_BYTES), sealed: bytes.subarray(POINT_BYTES) };
};

/** At once where it can be; else again and again, for beside another program the relay still serves its other carriers. */
const registered = async ({ clock, signal, log }: HtlcRecordOptions, what: string, register: () => Promise<void>): Promise<void> => {
  const refused = (error: unknown): void => log(`htlc-record: ${what} cannot be asked for: ${String(error)}`);
  const again = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(REGISTER_AGAIN_MS, { signal });
      try {
        await register();
        log(`htlc-record: ${what} are asked for now`);
        return;
      } catch (error) {
        refused(error);
      }
    }
  };
  try {
    await register();
  } catch (error) {
    if (signal.aborted) throw error;
    refused(error);
    void again().catch(() => {});
  }
};
