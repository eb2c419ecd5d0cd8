/**
 * Carrier B: one unit in a wire record beside an HTLC (update_add_htlc). LND routes and pays; the relay beside each node on the way takes
 * a layer off the record and passes it on; where the payment ends the exit's relay reads the unit and only then lets LND settle. A unit
 * that was lost or altered on the way fails its payment, so what does not arrive is not paid. Relays remember nothing of it, but that
 * records come their way (record-call.ts): until they are told, LND does not ask them.
 */
import { createHmac } from 'node:crypto';
import { FeeLimitError, PayloadTooLargeError } from '../../errors.ts';
import type { Clock, Node, Random } from '../../node.ts';
import { tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../../onion.ts';
import type { RelayPlan } from '../../plan.ts';
import type { Payments } from '../payment/payments.ts';
import { CARRIER_TRAITS, type Carrier, type Circuit, type CircuitAccount, type Sending } from './carrier.ts';
import { HTLC_RECORD, recordOf } from './htlc-record-tlv.ts';
import { costOf, PinnedRoute } from './pinned-route.ts';
import { RecordCall } from './record-call.ts';
import { LAYERS_OVERHEAD_BYTES, sealLayers } from './record-layers.ts';
import { recordPreimage } from './record-preimage.ts';

/** The same over any number of hops. */
export const HTLC_RECORD_MTU =
  WIRE_RECORDS_BYTES_MAX - LAYERS_OVERHEAD_BYTES - (tlvStreamBytes([{ type: HTLC_RECORD, value: new Uint8Array(253) }]) - 253);

const PAYMENT_TIMEOUT_MS = 60_000;

export interface HtlcRecordOptions {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly payments: Payments;
  /** Peer messages, by which relays on the way are told that records come. */
  readonly peers: Carrier;
  readonly signal: AbortSignal;
  log(line: string): void;
}

interface CircuitParts extends HtlcRecordOptions {
  readonly route: PinnedRoute;
  readonly call: RecordCall;
  readonly account: CircuitAccount | undefined;
}

export const htlcRecordCarrier = (options: HtlcRecordOptions): Carrier => ({
  kind: 'htlc-record',
  ...CARRIER_TRAITS['htlc-record'],
  async open(to, { signal, account, amountMsat } = {}) {
    const call = await RecordCall.open(to, options, { signal });
    try {
      const via = () => call.path();
      const route = await PinnedRoute.find(to, amountMsat, { ...options, via }, { signal });
      return new HtlcRecordCircuit(to, { ...options, route, call, account });
    } catch (error) {
      call.close();
      throw error;
    }
  },
});

class HtlcRecordCircuit implements Circuit {
  readonly carrier = 'htlc-record';
  readonly to: string;
  readonly mtu = HTLC_RECORD_MTU;
  readonly pace = null;
  readonly #parts: CircuitParts;
  /** Preimages follow from it: each number pays once at most. */
  readonly #secret: Uint8Array;
  #sequence = 0;

  constructor(to: string, parts: CircuitParts) {
    this.to = to;
    this.#parts = parts;
    this.#secret = parts.random.bytes(32);
  }

  get hops(): number {
    return this.#parts.route.current.hops.length;
  }

  get path(): readonly string[] {
    return this.#parts.route.current.hops.map(({ publicKey }) => publicKey);
  }

  get costMsat(): number {
    return costOf(this.#parts.route.current);
  }

  /** Runs to its verdict whatever the caller does meanwhile: an HTLC on its way cannot be called back. */
  async send(unit: Uint8Array, { paid }: Sending = {}): Promise<'arrived'> {
    if (unit.length > this.mtu) throw new PayloadTooLargeError('htlc-record', unit.length, this.mtu);
    // The hash of what was received is another payment's, which LND settles here once: so is this one's.
    const number = paid === undefined ? String(this.#sequence++) : paid.hash;
    const preimage = recordPreimage(createHmac('sha256', this.#secret).update(number).digest(), unit);
    const { route: pinned, call, payments, random, account } = this.#parts;
    await call.path();
    const route = await pinned.fresh();
    if (paid !== undefined && paid.amountMsat < costOf(route))
      throw new FeeLimitError(`passing this unit on costs ${costOf(route)} msat, ${paid.amountMsat} msat came for it`);
    const coveredMsat = paid === undefined ? {} : { coveredMsat: costOf(route) };
    const path = route.hops.map(({ publicKey }) => Buffer.from(publicKey, 'hex'));
    const wireRecords = [recordOf(sealLayers(path, random.bytes(32), unit))];
    try {
      const order = { purpose: 'carriage' as const, ...account, ...coveredMsat, more: { wireRecords } };
      await payments.pay({ ...order, route, preimage, timeoutMs: PAYMENT_TIMEOUT_MS });
    } catch (error) {
      pinned.suspect();
      call.doubt();
      throw error;
    }
    return 'arrived';
  }

  onClosed(): void {}

  close(): void {
    this.#parts.call.close();
  }
}
