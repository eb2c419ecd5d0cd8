/** What an invoice may say on either network. */
import { ScenarioError } from './errors.ts';
import type { CreateInvoiceRequest } from './node.ts';

/** BOLT 11's `d` field: 1023 characters of 5 bits. */
export const INVOICE_MEMO_BYTES_MAX = 639;
export const INVOICE_EXPIRY_S = 3_600;
/** 30 days. LND itself refuses above a year. */
export const INVOICE_EXPIRY_S_MAX = 2_592_000;

/** @throws ScenarioError */
export const checkInvoice = ({ amountMsat, memo = '', expiryS = INVOICE_EXPIRY_S }: CreateInvoiceRequest): void => {
  if (!Number.isSafeInteger(amountMsat) || amountMsat < 1)
    throw new ScenarioError(`an invoice over ${amountMsat} msat: at least 1 is asked`);
  const memoBytes = Buffer.byteLength(memo);
  if (memoBytes > INVOICE_MEMO_BYTES_MAX)
    throw new ScenarioError(`an invoice's memo has at most ${INVOICE_MEMO_BYTES_MAX} B, this one has ${memoBytes} B`);
  if (!Number.isSafeInteger(expiryS) || expiryS < 1 || expiryS > INVOICE_EXPIRY_S_MAX)
    throw new ScenarioError(`an invoice stands for 1 to ${INVOICE_EXPIRY_S_MAX} s, not ${expiryS} s`);
};
