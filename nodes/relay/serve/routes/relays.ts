/** Other relays, before any session with them. */
import { z } from 'zod';
import type { RelayHello } from '../../../relay-hello.ts';
import { FACTS } from '../../hello/facts.ts';
import { gone, type Routes } from '../route.ts';
import { PUBLIC_KEY } from '../schemas.ts';

const HELLO: z.ZodType<RelayHello> = FACTS.extend({ publicKey: PUBLIC_KEY }).meta({
  description: 'Its protocol, carriers, prices and limits',
});
const OVER = z.strictObject({
  carrier: z
    .enum(['peer-message', 'onion-message'])
    .exactOptional()
    .meta({ description: 'Default: peer messages where relays stand all along the way, else onion messages' }),
});

export const relayRoutes: Routes = (api, { relay }) => {
  api.get(
    '/v1/relays/:publicKey',
    {
      schema: {
        operationId: 'relay',
        tags: ['node'],
        summary: 'What the relay beside a node says of itself',
        description: 'Asked anew each time, without a session and without a payment.',
        params: z.strictObject({ publicKey: PUBLIC_KEY }),
        querystring: OVER,
        response: { 200: HELLO },
      },
    },
    ({ params, query }, reply) => relay.hello({ of: params.publicKey, ...query, signal: gone(reply) }),
  );
};
