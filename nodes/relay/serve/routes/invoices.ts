/** Invoices of the node beside the relay, and paying others' out of the relay's budget. */
import { z } from 'zod';
import { INVOICE_EXPIRY_S_MAX, INVOICE_MEMO_BYTES_MAX } from '../../../invoice-limits.ts';
import type { InvoiceState } from '../../../node.ts';
import type { PaidInvoice } from '../../../relay-invoices.ts';
import { gone, type Routes } from '../route.ts';
import { HOPS, MSAT } from '../schemas.ts';

const TIMEOUT_MS_MAX = 600_000;
const REQUEST_EXAMPLE =
  'lnbcrt10u1p4vy5v2pp5t6hsm8x49u47s0rzknkhpr0m5wcnynqx6w3aqgs8a8zgvv3xwnwqdqqcqzzsxqyz5vqsp5zqhwn3h9uqy3xw0wlhx5k6jqmvsrkxyzls2n7h5pk3m3q8kcsq';

const HASH = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    description: 'The payment hash, 64 hex characters',
    examples: ['5eaf0d9cd52f2be83c62b4ed708dfba3b1324c06d3a3d02207e9c486322674dc'],
  });
const REQUEST = z
  .string()
  .min(1)
  .max(8_192)
  .meta({ description: 'BOLT 11, where the node is real', examples: [REQUEST_EXAMPLE] });
const AMOUNT_MSAT = z.int().min(1).meta({ description: 'Millisatoshi' });

const CREATE = z
  .strictObject({
    amountMsat: AMOUNT_MSAT,
    memo: z.string().max(INVOICE_MEMO_BYTES_MAX).exactOptional().meta({ description: 'What it is for, in clear' }),
    expiryS: z.int().min(1).max(INVOICE_EXPIRY_S_MAX).exactOptional().meta({ description: 'Default 3600' }),
  })
  .meta({ examples: [{ amountMsat: 1_000_000, memo: 'coffee' }] });
const PAY = z
  .strictObject({
    request: REQUEST,
    maxFeeMsat: MSAT.exactOptional().meta({ description: 'Default, and at most: the fee limit of the relay' }),
    timeoutMs: z.int().min(1_000).max(TIMEOUT_MS_MAX).exactOptional().meta({ description: 'Default 60000' }),
  })
  .meta({ examples: [{ request: REQUEST_EXAMPLE, maxFeeMsat: 5_000 }] });

const PAID: z.ZodType<PaidInvoice> = z
  .strictObject({ hash: HASH, amountMsat: MSAT, feeMsat: MSAT, hops: HOPS })
  .meta({ description: 'Settled, now or before' });
const STATE: z.ZodType<InvoiceState> = z
  .strictObject({
    state: z.enum(['open', 'accepted', 'settled', 'cancelled']),
    request: REQUEST,
    amountMsat: MSAT,
    memo: z.string(),
    receivedMsat: MSAT.meta({ description: '0 until it is settled' }),
  })
  .meta({ description: 'How it stands' });

export const invoiceRoutes: Routes = (api, { relay: { invoices } }) => {
  api.post(
    '/v1/invoices',
    {
      schema: {
        operationId: 'createInvoice',
        tags: ['node'],
        summary: 'Make an invoice',
        body: CREATE,
        response: { 200: z.strictObject({ hash: HASH, request: REQUEST }).meta({ description: 'Made' }) },
      },
    },
    ({ body }, reply) => invoices.create({ ...body, signal: gone(reply) }),
  );
  api.post(
    '/v1/invoices/pay',
    {
      schema: {
        operationId: 'payInvoice',
        tags: ['node'],
        summary: 'Pay an invoice out of the relay’s budget',
        description: 'Once: asked again, it answers with the payment there was. It goes on when the caller hangs up.',
        body: PAY,
        response: { 200: PAID },
      },
    },
    ({ body }) => invoices.pay(body),
  );
  api.get(
    '/v1/invoices/:hash',
    {
      schema: {
        operationId: 'lookUpInvoice',
        tags: ['node'],
        summary: 'How an invoice of this node stands',
        params: z.strictObject({ hash: HASH }),
        response: { 200: STATE },
      },
    },
    ({ params }, reply) => invoices.lookUp(params.hash, { signal: gone(reply) }),
  );
};
