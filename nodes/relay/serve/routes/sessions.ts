/** Sessions to the relay beside another node. Their streams are reached over SOCKS5, with the id as user name. */
import { z } from 'zod';
import type { SessionRequest, SessionStats } from '../../../node.ts';
import { gone, type Routes } from '../route.ts';
import { CARRIER, COUNT, exampleKey, HOPS, MSAT, NOTHING, ONION_BYTES, PUBLIC_KEY, SESSION_ID } from '../schemas.ts';

const BY_ID = z.strictObject({ id: SESSION_ID });

const IDENTITY = z.enum(['anonymous', 'named']).meta({
  description: 'Whether the exit learns this node’s key; anonymous unless asked, and refused where there is no way back past others',
});

const SESSION_REQUEST: z.ZodType<Omit<SessionRequest, 'signal'>> = z
  .strictObject({
    exit: PUBLIC_KEY,
    carrier: z.union([CARRIER, z.literal('auto')]).meta({ description: 'auto: chosen by what the way supports, price and size' }),
    bytes: COUNT.exactOptional().meta({ description: 'How much it is to carry, for auto' }),
    onionBytesMax: ONION_BYTES.exactOptional(),
    budgetMsat: MSAT.exactOptional(),
    identity: IDENTITY.exactOptional(),
  })
  .meta({ examples: [{ exit: exampleKey, carrier: 'peer-message' }] });

const CHOICE = z.strictObject({ carrier: CARRIER, reason: z.string() }).meta({ description: 'What auto came to, and why' });

const OPENED = z
  .strictObject({ id: SESSION_ID, hops: HOPS, identity: IDENTITY, choice: CHOICE.exactOptional() })
  .meta({ description: 'The handshake has ended' });

const STATS: z.ZodType<SessionStats> = z
  .strictObject({
    unitsSent: COUNT,
    unitsReceived: COUNT,
    unitsLost: COUNT,
    bytesSent: COUNT,
    bytesReceived: COUNT,
    datagramsSent: COUNT,
    datagramsReceived: COUNT,
    datagramsDropped: COUNT,
    moves: COUNT,
    path: z
      .array(PUBLIC_KEY)
      .exactOptional()
      .meta({ description: 'The circuit it goes by now: the nodes after this one, the exit’s last' }),
  })
  .meta({ description: 'Counters of this end' });

const PONG = z.strictObject({ ms: z.number().min(0) }).meta({ description: 'There and back' });

export const FAILURES = z
  .array(z.strictObject({ host: z.string(), port: z.int(), error: z.string(), message: z.string() }))
  .meta({ description: 'The newest last' });

const tags = ['sessions'];

export const sessionRoutes: Routes = (api, { sessions }) => {
  api.post(
    '/v1/sessions',
    {
      schema: {
        operationId: 'openSession',
        tags,
        summary: 'Open a session to the relay beside a node',
        body: SESSION_REQUEST,
        response: { 200: OPENED },
      },
    },
    async ({ body }, reply) => {
      const session = await sessions.open({ ...body, signal: gone(reply) });
      const { id, hops, identity, choice } = session;
      return { id, hops, identity, ...(choice && { choice }) };
    },
  );
  api.get(
    '/v1/sessions/:id',
    { schema: { operationId: 'sessionStats', tags, summary: 'What a session sent and received', params: BY_ID, response: { 200: STATS } } },
    ({ params }) => sessions.get(params.id).session.stats(),
  );
  api.post(
    '/v1/sessions/:id/ping',
    { schema: { operationId: 'ping', tags, summary: 'One round trip through a session', params: BY_ID, response: { 200: PONG } } },
    async ({ params }, reply) => ({ ms: await sessions.get(params.id).session.ping({ signal: gone(reply) }) }),
  );
  api.get(
    '/v1/sessions/:id/failures',
    {
      schema: {
        operationId: 'sessionFailures',
        tags,
        summary: 'Why the last connections of a session failed',
        description: 'SOCKS5’s own reply has room for a number only.',
        params: BY_ID,
        response: { 200: FAILURES },
      },
    },
    ({ params }) => sessions.get(params.id).failures,
  );
  api.delete(
    '/v1/sessions/:id',
    { schema: { operationId: 'closeSession', tags, summary: 'Close a session', params: BY_ID, response: { 200: NOTHING } } },
    async ({ params }) => {
      await sessions.close(params.id);
      return {};
    },
  );
};
