/** TCP ports of the relay's machine that lead through a session. */
import { z } from 'zod';
import type { Forward, ForwardRequest } from '../forwards.ts';
import type { Routes } from '../route.ts';
import { COUNT, NOTHING, SESSION_ID } from '../schemas.ts';

const FORWARD_ID = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'The forward’s id', examples: ['8899aabbccddeeff'] });

const ASKED = {
  session: SESSION_ID,
  listen: z.int().min(0).max(65_535).meta({ description: 'The port to listen on; 0: any that is free' }),
  host: z.string().min(1).max(255).meta({ description: 'As the exit’s allowlist names it' }),
  port: z.int().min(1).max(65_535),
};

const REQUEST: z.ZodType<ForwardRequest> = z
  .strictObject(ASKED)
  .meta({ examples: [{ session: '00112233445566ff', listen: 0, host: 'shop', port: 80 }] });

const FORWARD: z.ZodType<Forward> = z
  .strictObject({ id: FORWARD_ID, ...ASKED, connections: COUNT })
  .meta({ description: 'A port that leads through a session' });

const tags = ['tunnels'];

export const forwardRoutes: Routes = (api, { forwards }) => {
  api.post(
    '/v1/forwards',
    {
      schema: {
        operationId: 'openForward',
        tags,
        summary: 'Forward a TCP port through a session',
        description: 'What the exit refuses ends in a reset; the session’s failures say why.',
        body: REQUEST,
        response: { 200: FORWARD },
      },
    },
    ({ body }) => forwards.open(body),
  );
  api.get(
    '/v1/forwards',
    {
      schema: {
        operationId: 'forwards',
        tags,
        summary: 'Ports that are forwarded',
        response: { 200: z.array(FORWARD).meta({ description: 'In the order in which they were opened' }) },
      },
    },
    () => forwards.list(),
  );
  api.delete(
    '/v1/forwards/:id',
    {
      schema: {
        operationId: 'closeForward',
        tags,
        summary: 'End a forward and its connections',
        params: z.strictObject({ id: FORWARD_ID }),
        response: { 200: NOTHING },
      },
    },
    ({ params }) => {
      forwards.close(params.id);
      return {};
    },
  );
};
