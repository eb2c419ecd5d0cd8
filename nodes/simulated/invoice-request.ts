/**
 * The request string of a simulated invoice: not BOLT 11 but a format of this network's own, `lnsim1` and hex, so that nobody takes it for
 * one that costs money. Unsigned: it has a checksum. Payee 33 B, hash 32, payment secret 32, amount in msat 8, when it was made and for
 * how long it stands in seconds 4 each, the memo, and the first 4 bytes of the SHA-256 of all that.
 */
import { createHash } from 'node:crypto';
import { ScenarioError } from '../errors.ts';
import { INVOICE_MEMO_BYTES_MAX } from '../invoice-limits.ts';

const PREFIX = 'lnsim1';
const AT = { hash: 33, secret: 65, amount: 97, created: 105, expiry: 109, memo: 113 } as const;
const CHECKSUM_BYTES = 4;
const BYTES_MAX = AT.memo + INVOICE_MEMO_BYTES_MAX + CHECKSUM_BYTES;
const FORM = new RegExp(`^${PREFIX}(?:[0-9a-f]{2})+$`);

export interface SimulatedInvoice {
  /** Public key in hex. */
  readonly payee: string;
  readonly hash: Uint8Array;
  readonly secret: Uint8Array;
  readonly amountMsat: number;
  /** Seconds of the network's clock. */
  readonly createdS: number;
  readonly expiryS: number;
  readonly memo: string;
}

export function encodeInvoiceRequest({ payee, hash, secret, amountMsat, createdS, expiryS, memo }: SimulatedInvoice): string {
  const numbers = Buffer.alloc(AT.memo - AT.amount);
  numbers.writeBigUInt64BE(BigInt(amountMsat), 0);
  numbers.writeUInt32BE(createdS, AT.created - AT.amount);
  numbers.writeUInt32BE(expiryS, AT.expiry - AT.amount);
  const body = Buffer.concat([Buffer.from(payee, 'hex'), hash, secret, numbers, Buffer.from(memo)]);
  return `${PREFIX}${body.toString('hex')}${checksum(body).toString('hex')}`;
}

/** @throws ScenarioError */
export function decodeInvoiceRequest(request: string): SimulatedInvoice {
  const bytes = (request.length - PREFIX.length) / 2;
  if (bytes < AT.memo + CHECKSUM_BYTES || bytes > BYTES_MAX || !FORM.test(request)) throw unreadable('it is not of their form');
  const all = Buffer.from(request.slice(PREFIX.length), 'hex');
  const body = all.subarray(0, -CHECKSUM_BYTES);
  if (!checksum(body).equals(all.subarray(-CHECKSUM_BYTES))) throw unreadable('its checksum is wrong');
  const amountMsat = Number(body.readBigUInt64BE(AT.amount));
  if (!Number.isSafeInteger(amountMsat)) throw unreadable('its amount is more than there is');
  return {
    payee: body.toString('hex', 0, AT.hash),
    hash: body.subarray(AT.hash, AT.secret),
    secret: body.subarray(AT.secret, AT.amount),
    amountMsat,
    createdS: body.readUInt32BE(AT.created),
    expiryS: body.readUInt32BE(AT.expiry),
    memo: body.toString('utf8', AT.memo),
  };
}

export function isPast({ createdS, expiryS }: Pick<SimulatedInvoice, 'createdS' | 'expiryS'>, nowUs: number): boolean {
  return nowUs > (createdS + expiryS) * 1e6;
}

function checksum(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, CHECKSUM_BYTES);
}

function unreadable(why: string): ScenarioError {
  return new ScenarioError(`this is no invoice of the simulated network: ${why}`);
}
