/** Paying the exit of a session whose carrier pays nothing: quote, accept, refresh, close; prepaid and window; the account. */
import { z } from 'zod';
import { ContractError } from '../../../errors.ts';
import type { ServiceAccount, SessionPayment } from '../../../node.ts';
import { QUOTE, STATEMENT } from '../../payment/messages.ts';
import { UNITS_MAX } from '../../payment/quote.ts';
import { gone, type Routes } from '../route.ts';
import { COUNT, MSAT } from '../schemas.ts';

const BY_ID = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'The session’s id', examples: ['00112233445566ff'] }),
});
const UNITS = z.int().min(1).max(UNITS_MAX).meta({ description: 'Whole MiB or minutes, as the price has it' });
const ACCEPTANCE = z
  .strictObject({ nonce: z.string().regex(/^[0-9a-f]{32}$/), units: UNITS })
  .meta({ examples: [{ nonce: '00112233445566778899aabbccddeeff', units: 10 }] });
const REFRESH = z.strictObject({ units: UNITS }).meta({ examples: [{ units: 10 }] });
const PREPAID = z.strictObject({ amountMsat: MSAT.min(1) }).meta({ examples: [{ amountMsat: 50_000 }] });
const WINDOWS = z.strictObject({ maxMsat: MSAT }).meta({ examples: [{ maxMsat: 100_000 }] });

const ACCOUNT: z.ZodType<ServiceAccount> = z
  .strictObject({ ...STATEMENT.shape, countedBytes: COUNT, spentMsat: MSAT })
  .meta({ description: 'The service as the exit accounts for it, beside what this end counted and spent' });

const tags = ['payment'];
const params = BY_ID;

export const paymentRoutes: Routes = (api, { sessions }) => {
  const payment = (id: string): SessionPayment => {
    const { session } = sessions.get(id);
    if (session.payment === undefined) throw new ContractError('this relay cannot pay exits');
    return session.payment;
  };
  api.post(
    '/v1/sessions/:id/quote',
    {
      schema: {
        operationId: 'quote',
        tags,
        summary: 'The exit’s terms, signed with its node key',
        params,
        response: { 200: QUOTE.meta({ description: 'Stands for validForMs' }) },
      },
    },
    ({ params: { id } }, reply) => payment(id).quote({ signal: gone(reply) }),
  );
  api.post(
    '/v1/sessions/:id/accept',
    {
      schema: {
        operationId: 'acceptQuote',
        tags,
        summary: 'Take so many units of a quote and pay them',
        params,
        body: ACCEPTANCE,
        response: { 200: ACCOUNT },
      },
    },
    ({ params: { id }, body }, reply) => payment(id).accept(body.nonce, body.units, { signal: gone(reply) }),
  );
  api.post(
    '/v1/sessions/:id/refresh',
    {
      schema: {
        operationId: 'refreshContract',
        tags,
        summary: 'More units, at no higher price than was accepted',
        params,
        body: REFRESH,
        response: { 200: ACCOUNT },
      },
    },
    ({ params: { id }, body }, reply) => payment(id).refresh(body.units, { signal: gone(reply) }),
  );
  api.post(
    '/v1/sessions/:id/prepay',
    {
      schema: {
        operationId: 'prepay',
        tags,
        summary: 'Pay an exit of mode prepaid ahead',
        params,
        body: PREPAID,
        response: { 200: ACCOUNT },
      },
    },
    ({ params: { id }, body }, reply) => payment(id).prepay(body.amountMsat, { signal: gone(reply) }),
  );
  api.post(
    '/v1/sessions/:id/pay-as-served',
    {
      schema: {
        operationId: 'payAsServed',
        tags,
        summary: 'Pay an exit of mode window each time it served a window, up to a bound',
        params,
        body: WINDOWS,
        response: { 200: ACCOUNT },
      },
    },
    ({ params: { id }, body }, reply) => payment(id).payAsServed(body.maxMsat, { signal: gone(reply) }),
  );
  api.post(
    '/v1/sessions/:id/close-contract',
    {
      schema: {
        operationId: 'closeContract',
        tags,
        summary: 'End the service; what was not used is not paid back',
        params,
        response: { 200: ACCOUNT },
      },
    },
    ({ params: { id } }, reply) => payment(id).close({ signal: gone(reply) }),
  );
  api.get(
    '/v1/sessions/:id/account',
    { schema: { operationId: 'serviceAccount', tags, summary: 'What was served and paid', params, response: { 200: ACCOUNT } } },
    ({ params: { id } }, reply) => payment(id).account({ signal: gone(reply) }),
  );
};
