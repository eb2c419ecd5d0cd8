/** What the engine leaves to objects: programs that answer for a node's HTLCs, and payments with contents, which came over the seam. */
import { recordsToPass, UNASKED } from '../htlc-answer.ts';
import type { TlvRecord } from '../node.ts';
import { KEYSEND_TYPE, tlvStreamBytes } from '../onion.ts';
import { writes } from './engine/databases.ts';
import type { Engine, Outside } from './engine/engine.ts';
import { FAILURES, type FailureCode, failureNumber } from './engine/htlcs.ts';
import type { OutsidePayment } from './engine/payments.ts';
import { invoicePreimage, received } from './invoices.ts';
import type { SimulatedLnd } from './lnd.ts';

/** What the onion of a payment holds for its last node. */
export interface Onion {
  readonly records: readonly TlvRecord[];
  /** A keysend's; null: an invoice is paid, whose payee alone knows it. */
  readonly preimage: Uint8Array | null;
  /** The invoice's payment secret: who has not seen the request cannot probe for it. */
  readonly secret?: Uint8Array;
}

/** An HTLC as the last node sees it. */
export interface ReceivedHtlc {
  /** Hex. */
  readonly hash: string;
  readonly amountMsat: number;
  readonly onion: Onion;
}

export interface SeamPayment extends OutsidePayment {
  readonly hash: string;
  readonly onion: Onion;
}

const INCORRECT_DETAILS = failureNumber('INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS');
const HASH_BYTES = 32;
/** CommitCircuits of one forward, once the program has answered. */
const CIRCUIT_WRITES = writes([], 1);

export class Programs implements Outside {
  readonly #lndAt: (node: number) => SimulatedLnd;
  readonly #channelId: (channel: number) => string;
  /** By HTLC: what its update_add_htlc carries. Nobody passes them on unasked. */
  readonly #records = new Map<number, readonly TlvRecord[]>();
  /** By HTLC: who is told once its invoice is settled. */
  readonly #told = new Map<number, () => void>();
  engine!: Engine;

  constructor(lndAt: (node: number) => SimulatedLnd, channelId: (channel: number) => string) {
    this.#lndAt = lndAt;
    this.#channelId = channelId;
  }

  /** The first HTLC of a payment with contents, now. False: the payer's own channel does not admit it. */
  offerFirst(route: number, payment: SeamPayment, records: readonly TlvRecord[]): boolean {
    const htlc = this.engine.offerFirst(route, payment, tlvStreamBytes(records));
    if (htlc === null) return false;
    if (records.length > 0) this.#records.set(htlc, records);
    return true;
  }

  forward(node: number, htlc: number): void {
    const { htlcs, routes } = this.engine.core;
    const lnd = this.#lndAt(node);
    const route = this.engine.payments.route[htlcs.payment(htlc)]!;
    const hop = htlcs.hop(htlc);
    const incoming = this.#channelId(htlcs.end(htlc) >> 1);
    const wireRecords = this.#records.get(htlc) ?? [];
    const question = {
      id: `${incoming}/${lnd.forwardsSeen++}`,
      incoming,
      outgoing: this.#channelId(routes.endOf(route, hop + 1) >> 1),
      hash: Buffer.from(this.#contents(htlc).hash, 'hex'),
      amountMsat: routes.forwardMsatOf(route, hop),
      wireRecords,
    };
    lnd.forwardQuestions.ask(question, tlvStreamBytes(wireRecords), (answer) => {
      const records = recordsToPass(answer);
      lnd.write(0, CIRCUIT_WRITES, () => {
        const next = this.engine.passOn(node, htlc, tlvStreamBytes(records));
        if (next !== null && records.length > 0) this.#records.set(next, records);
      });
    });
  }

  receive(node: number, htlc: number): void {
    const { htlcs } = this.engine.core;
    const lnd = this.#lndAt(node);
    const got = this.#contents(htlc);
    const preimage = got.onion.preimage ?? invoicePreimage(lnd, got);
    if (preimage === null || !this.engine.isRightForLast(htlc)) {
      this.#refuse(htlc);
      return;
    }
    const wireRecords = this.#records.get(htlc) ?? [];
    const question = { hash: Buffer.from(got.hash, 'hex'), preimage, amountMsat: htlcs.amountMsat(htlc), wireRecords };
    lnd.exitQuestions.ask(question, tlvStreamBytes(wireRecords), (answer) => {
      if (answer === UNASKED.exit) this.#settle(lnd, htlc, got, wireRecords);
      else this.#refuse(htlc);
    });
  }

  refused(node: number, htlc: number, failure: number): void {
    const { payments } = this.engine;
    const { htlcs } = this.engine.core;
    if (payments.isOutside[htlcs.payment(htlc)] === 0) return;
    this.#lndAt(node).note(`HTLC of ${htlcs.amountMsat(htlc)} msat refused: ${codeOf(failure)}`);
  }

  wedged(node: number, htlc: number): void {
    const { htlcs } = this.engine.core;
    const [id, bytes] = [this.#channelId(htlcs.end(htlc) >> 1), htlcs.recordBytes(htlc)];
    this.#lndAt(node).note(`channel ${id}: update_add_htlc with ${bytes} B of records does not fit a message: wedged`);
  }

  removed(htlc: number): void {
    this.#records.delete(htlc);
  }

  #refuse(htlc: number): void {
    this.engine.links.failNow(htlc, INCORRECT_DETAILS, this.engine.core.htlcs.hop(htlc));
  }

  #settle(lnd: SimulatedLnd, htlc: number, got: ReceivedHtlc, wireRecords: readonly TlvRecord[]): void {
    // LND also settles a duplicate to a keysend that is settled (ResultDuplicateToSettled), and tells nobody; not to an invoice with a secret.
    const known = lnd.settledInvoices.has(got.hash);
    const { preimage } = got.onion;
    if (known && preimage === null) {
      this.#refuse(htlc);
      return;
    }
    lnd.settledInvoices.add(got.hash);
    this.#told.set(htlc, () => {
      if (preimage === null) received(lnd, got);
      else if (!known) {
        // LND shows the keysend record and the wire records beside the sender's own.
        const records = [...got.onion.records, { type: KEYSEND_TYPE, value: preimage }, ...wireRecords];
        lnd.receivedPayments.publish({ hash: Buffer.from(got.hash, 'hex'), amountMsat: got.amountMsat, records });
      }
    });
    this.engine.settleInvoice(htlc);
  }

  invoiceSettled(htlc: number): void {
    const tell = this.#told.get(htlc);
    this.#told.delete(htlc);
    tell?.();
  }

  /** The engine's own payments have no contents: their number stands for the hash. */
  #contents(htlc: number): ReceivedHtlc {
    const { htlcs } = this.engine.core;
    const payment = htlcs.payment(htlc);
    const outside = this.engine.payments.outside(payment) as SeamPayment | undefined;
    const hash = outside?.hash ?? payment.toString(16).padStart(2 * HASH_BYTES, '0');
    const onion = outside?.onion ?? { records: [], preimage: new Uint8Array(HASH_BYTES) };
    return { hash, amountMsat: htlcs.amountMsat(htlc), onion };
  }
}

export function codeOf(failure: number): FailureCode {
  return FAILURES[failure]!;
}
