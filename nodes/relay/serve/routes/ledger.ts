/** What this relay paid and was paid. */
import { z } from 'zod';
import type { RelayLedger } from '../../../node.ts';
import { PURPOSES } from '../../payment/ledger.ts';
import { gone, type Routes } from '../route.ts';
import { COUNT, MSAT, PUBLIC_KEY } from '../schemas.ts';

const LEDGER: z.ZodType<RelayLedger> = z
  .strictObject({
    deliveredMsat: MSAT,
    feesMsat: MSAT,
    receivedMsat: MSAT,
    htlcsSettled: COUNT,
    htlcsFailed: COUNT,
    budgetMsat: MSAT,
    routes: z.array(z.strictObject({ hops: z.array(PUBLIC_KEY), earnedMsat: z.array(MSAT), deliveredMsat: MSAT, htlcs: COUNT })),
    budgetPerDayMsat: MSAT.exactOptional(),
    spentDayMsat: MSAT.exactOptional(),
    accounts: z
      .array(z.strictObject({ session: z.string(), purpose: z.enum(PURPOSES), deliveredMsat: MSAT, feesMsat: MSAT, htlcs: COUNT }))
      .exactOptional(),
  })
  .meta({ description: 'Settled payments, exact; summed per route' });

export const ledgerRoutes: Routes = (api, { relay }) => {
  api.get(
    '/v1/ledger',
    {
      schema: {
        operationId: 'ledger',
        tags: ['accounting'],
        summary: 'What this relay paid and was paid',
        description: 'Answers when no payment of the relay is on its way.',
        response: { 200: LEDGER },
      },
    },
    (_request, reply) => relay.ledger({ signal: gone(reply) }),
  );
};
