/** What client and exit say to each other on a stream to the service `contract`: one JSON object a line. */
import { z } from 'zod';
import type { Quote, ServiceAccount } from '../../node.ts';
import { PAYMENT_MODES } from '../../plan.ts';
import { SEQUENCE_MAX } from './record.ts';

const COUNT = z.int().min(0);
const NONCE = z.string().regex(/^[0-9a-f]{32}$/);
export const PRICE = z.strictObject({ msat: COUNT, per: z.enum(['MiB', 'min']) });

export const QUOTE: z.ZodType<Quote> = z.strictObject({
  exit: z.string().regex(/^0[23][0-9a-f]{64}$/),
  session: NONCE,
  mode: z.enum(PAYMENT_MODES),
  price: PRICE,
  windowBytes: COUNT,
  unitsMax: COUNT,
  atMs: z.number().min(0),
  validForMs: COUNT,
  nonce: NONCE,
  signature: z.string().max(200),
});

/** The exit's side of a ServiceAccount. */
export type Statement = Omit<ServiceAccount, 'countedBytes' | 'spentMsat'>;

export const STATEMENT = z.strictObject({
  mode: z.enum([...PAYMENT_MODES, 'free']),
  state: z.enum(['free', 'unpaid', 'active', 'paused', 'closed']),
  price: PRICE.nullable(),
  servedBytes: COUNT,
  paidMsat: COUNT,
  dueMsat: COUNT,
  creditMsat: COUNT,
  leftBytes: COUNT.nullable(),
  leftMs: z.number().min(0).nullable(),
}) satisfies z.ZodType<Statement>;

const id = COUNT;

export const REQUEST = z.discriminatedUnion('ask', [
  z.strictObject({ id, ask: z.literal('quote') }),
  z.strictObject({ id, ask: z.literal('accept'), nonce: NONCE, units: COUNT.min(1) }),
  /** `after`: once the payment with this sequence number has come, or will not any more. */
  z.strictObject({ id, ask: z.literal('account'), after: COUNT.max(SEQUENCE_MAX).nullable() }),
  z.strictObject({ id, ask: z.literal('close') }),
]);
export type Request = z.infer<typeof REQUEST>;
export type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

/** An answer to a request, or, with no id, news: the service stands still, goes on, or something is due. */
export const ANSWER = z.union([
  z.strictObject({ id, quote: QUOTE }),
  z.strictObject({ id, account: STATEMENT }),
  z.strictObject({ id, refused: z.string().max(400) }),
  z.strictObject({ news: STATEMENT }),
]);
export type Answer = z.infer<typeof ANSWER>;
