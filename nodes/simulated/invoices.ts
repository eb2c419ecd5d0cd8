/** The payee's side of invoices: what it made, and what LND checks before it settles one. */
import { createHash } from 'node:crypto';
import { checkInvoice, INVOICE_EXPIRY_S } from '../invoice-limits.ts';
import type { CreatedInvoice, CreateInvoiceRequest, InvoiceState, InvoiceTerms } from '../node.ts';
import { encodeInvoiceRequest, isPast, type SimulatedInvoice } from './invoice-request.ts';
import type { SimulatedLnd } from './lnd.ts';
import type { ReceivedHtlc } from './programs.ts';

export interface OwnInvoice extends SimulatedInvoice {
  readonly request: string;
  readonly preimage: Uint8Array;
  /** 0 until it is settled. */
  receivedMsat: number;
}

/** @throws ScenarioError */
export function createInvoice(lnd: SimulatedLnd, asked: CreateInvoiceRequest): CreatedInvoice {
  checkInvoice(asked);
  const { amountMsat, memo = '', expiryS = INVOICE_EXPIRY_S } = asked;
  const preimage = lnd.random.bytes(32);
  const hash = createHash('sha256').update(preimage).digest();
  const createdS = Math.floor(lnd.time.nowUs / 1e6);
  const invoice = { payee: lnd.publicKey, hash, secret: lnd.random.bytes(32), amountMsat, createdS, expiryS, memo };
  const request = encodeInvoiceRequest(invoice);
  lnd.invoices.set(hash.toString('hex'), { ...invoice, request, preimage, receivedMsat: 0 });
  return { hash, request };
}

export function termsOf({ hash, payee, amountMsat, memo, expiryS }: SimulatedInvoice): InvoiceTerms {
  return { hash, payee, amountMsat, memo, expiryS };
}

export function invoiceState(lnd: SimulatedLnd, hash: Uint8Array): InvoiceState | null {
  const key = Buffer.from(hash).toString('hex');
  const invoice = lnd.invoices.get(key);
  if (invoice === undefined) return null;
  const { request, amountMsat, memo, receivedMsat } = invoice;
  const taken = receivedMsat > 0 ? 'settled' : lnd.settledInvoices.has(key) ? 'accepted' : null;
  return { state: taken ?? (isPast(invoice, lnd.time.nowUs) ? 'cancelled' : 'open'), request, amountMsat, memo, receivedMsat };
}

/** What settles this HTLC; null: no invoice that is open asks for it, or its payer has not seen the request. */
export function invoicePreimage(lnd: SimulatedLnd, htlc: ReceivedHtlc): Uint8Array | null {
  const invoice = lnd.invoices.get(htlc.hash);
  if (invoice === undefined || lnd.settledInvoices.has(htlc.hash) || isPast(invoice, lnd.time.nowUs)) return null;
  const seen = Buffer.compare(htlc.onion.secret ?? new Uint8Array(), invoice.secret) === 0;
  return seen && htlc.amountMsat >= invoice.amountMsat ? invoice.preimage : null;
}

export function received(lnd: SimulatedLnd, htlc: ReceivedHtlc): void {
  const invoice = lnd.invoices.get(htlc.hash);
  if (invoice !== undefined) invoice.receivedMsat = htlc.amountMsat;
}
