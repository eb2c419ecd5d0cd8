/** The bare carrier, without session or acknowledgement: what the bench measures. */
import { z } from 'zod';
import type { UnitsReceived, UnitsRequest, UnitsSent } from '../../../node.ts';
import { gone, type Routes } from '../route.ts';
import { CARRIER, COUNT, exampleKey, HOPS, ONION_BYTES, PUBLIC_KEY } from '../schemas.ts';

const UNITS_MAX = 100_000;

const UNITS_ID = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'The sender’s name for these units', examples: ['run-1'] });

const UNITS_REQUEST: z.ZodType<Omit<UnitsRequest, 'signal'>> = z
  .strictObject({
    id: UNITS_ID,
    to: PUBLIC_KEY,
    carrier: CARRIER,
    onionBytesMax: ONION_BYTES.exactOptional(),
    unitBytes: z.int().min(1).max(65_535).exactOptional(),
    count: z.int().min(1).max(UNITS_MAX),
    inFlight: z.int().min(1).max(1_000).exactOptional(),
    ratePerS: z.number().positive().max(100_000).exactOptional(),
  })
  .meta({ examples: [{ id: 'run-1', to: exampleKey, carrier: 'keysend', count: 8, inFlight: 4 }] });

const MS = z.number().meta({ description: 'Milliseconds of this relay’s clock' });

const SENT: z.ZodType<UnitsSent> = z
  .strictObject({ hops: HOPS, unitBytes: COUNT, sent: COUNT, failed: COUNT, startMs: MS, endMs: MS })
  .meta({ description: 'All were sent' });

const RECEIVED: z.ZodType<UnitsReceived> = z
  .strictObject({ count: COUNT, bytes: COUNT, firstMs: MS, lastMs: MS, latencyMs: z.array(MS), arrivedMs: z.array(MS) })
  .meta({ description: 'In order of arrival' });

const tags = ['units'];

export const unitRoutes: Routes = (api, { relay }) => {
  api.post(
    '/v1/units',
    {
      schema: {
        operationId: 'sendUnits',
        tags,
        summary: 'Send units of random bytes to another relay',
        body: UNITS_REQUEST,
        response: { 200: SENT },
      },
    },
    ({ body }, reply) => relay.sendUnits({ ...body, signal: gone(reply) }),
  );
  api.get(
    '/v1/units/:id',
    {
      schema: {
        operationId: 'receivedUnits',
        tags,
        summary: 'What arrived here of the units sent under an id',
        params: z.strictObject({ id: UNITS_ID }),
        response: { 200: RECEIVED },
      },
    },
    ({ params }) => relay.receivedUnits(params.id),
  );
};
