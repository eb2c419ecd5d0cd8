/**
 * HTLCs that have not ended, a row of one cache line each. One that is passed on is two: one a channel, the second knowing the first.
 * Columns of their own for each value were tried: an event then waits for memory ten times instead of once.
 */
import { Pool } from './pool.ts';

/** What the message about it says that is on its way or was last. */
export const UPDATE = { add: 0, settle: 1, fail: 2 } as const;

/** BOLT 4's words, as LND spells them. */
export const FAILURES = [
  'TEMPORARY_CHANNEL_FAILURE',
  'UNKNOWN_NEXT_PEER',
  'AMOUNT_BELOW_MINIMUM',
  'FEE_INSUFFICIENT',
  'INCORRECT_CLTV_EXPIRY',
  'EXPIRY_TOO_SOON',
  'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS',
] as const;
export type FailureCode = (typeof FAILURES)[number];

/** Its number. */
export function failureNumber(code: FailureCode): number {
  return FAILURES.indexOf(code);
}

/** 64 bytes: sixteen words, the first two of which are the amount. */
const ROW = 16;
const END = 2;
const EXPIRY = 3;
const PAYMENT = 4;
const HOP = 5;
const INCOMING = 6;
const WHAT = 7;
const FAILURE = 8;
const FAILED_HOP = 9;
const RECORD_BYTES = 10;
const NEXT = 11;

export class Htlcs {
  #words = new Int32Array(0);
  #amounts = new Float64Array(0);
  readonly #pool = new Pool((rows) => {
    const words = new Int32Array(rows * ROW);
    words.set(this.#words);
    this.#words = words;
    this.#amounts = new Float64Array(words.buffer);
  });

  /** HTLCs that have not ended. */
  get size(): number {
    return this.#pool.size;
  }

  /** @param incoming the HTLC that it passes on; −1: the payer's own. @param recordBytes of wire records in its update_add_htlc. */
  add(end: number, amountMsat: number, expiry: number, payment: number, hop: number, incoming: number, recordBytes: number): number {
    const htlc = this.#pool.take();
    const words = this.#words;
    const at = htlc * ROW;
    this.#amounts[at >> 1] = amountMsat;
    words[at + END] = end;
    words[at + EXPIRY] = expiry;
    words[at + PAYMENT] = payment;
    words[at + HOP] = hop;
    words[at + INCOMING] = incoming;
    words[at + WHAT] = UPDATE.add;
    words[at + RECORD_BYTES] = recordBytes;
    return htlc;
  }

  /** Both commitments are without it. */
  remove(htlc: number): void {
    this.#pool.give(htlc);
  }

  amountMsat(htlc: number): number {
    return this.#amounts[htlc * (ROW >> 1)]!;
  }

  /** The end that offered it. */
  end(htlc: number): number {
    return this.#words[htlc * ROW + END]!;
  }

  expiry(htlc: number): number {
    return this.#words[htlc * ROW + EXPIRY]!;
  }

  payment(htlc: number): number {
    return this.#words[htlc * ROW + PAYMENT]!;
  }

  /** Index in the route of the node that receives it. */
  hop(htlc: number): number {
    return this.#words[htlc * ROW + HOP]!;
  }

  incoming(htlc: number): number {
    return this.#words[htlc * ROW + INCOMING]!;
  }

  /** Which of UPDATE. */
  update(htlc: number): number {
    return this.#words[htlc * ROW + WHAT]!;
  }

  settle(htlc: number): void {
    this.#words[htlc * ROW + WHAT] = UPDATE.settle;
  }

  /** @param hop the one that refused. */
  fail(htlc: number, failure: number, hop: number): void {
    const at = htlc * ROW;
    this.#words[at + WHAT] = UPDATE.fail;
    this.#words[at + FAILURE] = failure;
    this.#words[at + FAILED_HOP] = hop;
  }

  failure(htlc: number): number {
    return this.#words[htlc * ROW + FAILURE]!;
  }

  failedHop(htlc: number): number {
    return this.#words[htlc * ROW + FAILED_HOP]!;
  }

  recordBytes(htlc: number): number {
    return this.#words[htlc * ROW + RECORD_BYTES]!;
  }

  /** The one after it in whichever list it stands. */
  next(htlc: number): number {
    return this.#words[htlc * ROW + NEXT]!;
  }

  setNext(htlc: number, next: number): void {
    this.#words[htlc * ROW + NEXT] = next;
  }

  /** The end that says what is to be said of it now: the offerer adds, the other settles or fails. */
  sender(htlc: number): number {
    const at = htlc * ROW;
    return this.#words[at + WHAT] === UPDATE.add ? this.#words[at + END]! : this.#words[at + END]! ^ 1;
  }
}
