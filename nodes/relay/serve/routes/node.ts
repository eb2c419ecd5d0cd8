/** Whose relay this is. */
import { z } from 'zod';
import type { Routes } from '../route.ts';
import { PUBLIC_KEY } from '../schemas.ts';

const NODE = z.strictObject({ node: z.string(), publicKey: PUBLIC_KEY }).meta({ description: 'The node that the relay stands beside' });

export const nodeRoutes: Routes = (api, { relay }) => {
  api.get(
    '/v1/node',
    { schema: { operationId: 'node', tags: ['node'], summary: 'The node that this relay stands beside', response: { 200: NODE } } },
    () => ({ node: relay.node, publicKey: relay.publicKey }),
  );
};
