/** Invoices of LND, BOLT 11: made, read and looked up. Paying them stands beside the other payments. */
import type { AuthenticatedLnd } from 'lightning';
import { LndError, ScenarioError } from '../errors.ts';
import { checkInvoice, INVOICE_EXPIRY_S } from '../invoice-limits.ts';
import type { CreatedInvoice, CreateInvoiceRequest, InvoiceState, InvoiceTerms, Waiting } from '../node.ts';
import { unary } from './grpc.ts';

/** What LND answers to a request that it cannot read; it has no code of its own for it. */
const UNREADABLE = 'gRPC 2';
const NOT_FOUND = 'gRPC 5';

interface RawTerms {
  destination: string;
  payment_hash: string;
  num_msat: string;
  expiry: string;
  description: string;
}

interface RawOwnInvoice {
  state: 'OPEN' | 'SETTLED' | 'CANCELED' | 'ACCEPTED';
  payment_request: string;
  value_msat: string;
  memo: string;
  amt_paid_msat: string;
}

const STATES = { OPEN: 'open', SETTLED: 'settled', CANCELED: 'cancelled', ACCEPTED: 'accepted' } as const;

export const createInvoice = async (lnd: AuthenticatedLnd, request: CreateInvoiceRequest): Promise<CreatedInvoice> => {
  checkInvoice(request);
  const { amountMsat, memo = '', expiryS = INVOICE_EXPIRY_S } = request;
  const asked = { value_msat: String(amountMsat), memo, expiry: String(expiryS) };
  const made = await unary<{ r_hash: Uint8Array; payment_request: string }>(lnd, 'default', 'addInvoice', asked, request);
  return { hash: made.r_hash, request: made.payment_request };
};

/** @throws ScenarioError for what LND cannot read or what is of another network. */
export const decodeInvoice = async (lnd: AuthenticatedLnd, request: string, waiting: Waiting = {}): Promise<InvoiceTerms> => {
  try {
    const terms = await unary<RawTerms>(lnd, 'default', 'decodePayReq', { pay_req: request }, waiting);
    return {
      hash: Buffer.from(terms.payment_hash, 'hex'),
      payee: terms.destination,
      amountMsat: Number(terms.num_msat),
      memo: terms.description,
      expiryS: Number(terms.expiry),
    };
  } catch (error) {
    if (!(error instanceof LndError) || error.code !== UNREADABLE) throw error;
    throw new ScenarioError(`this is no invoice of this network: ${error.message}`, { cause: error });
  }
};

export const lookUpInvoice = async (lnd: AuthenticatedLnd, hash: Uint8Array, waiting: Waiting = {}): Promise<InvoiceState | null> => {
  try {
    const invoice = await unary<RawOwnInvoice>(lnd, 'default', 'lookupInvoice', { r_hash: hash }, waiting);
    return {
      state: STATES[invoice.state],
      request: invoice.payment_request,
      amountMsat: Number(invoice.value_msat),
      memo: invoice.memo,
      receivedMsat: invoice.state === 'SETTLED' ? Number(invoice.amt_paid_msat) : 0,
    };
  } catch (error) {
    if (error instanceof LndError && error.code === NOT_FOUND) return null;
    throw error;
  }
};
