/** The relay's HTTP API: what RelayClient offers, for a program that holds the token. Every body is checked before anybody acts on it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import { SessionError } from '../../errors.ts';
import type { RelayClient, SessionRequest, UnitsRequest } from '../../node.ts';
import { CARRIERS } from '../../plan.ts';
import { problemOf } from './problem.ts';
import type { ServedSessions } from './served-sessions.ts';

const BODY_BYTES_MAX = 16_384;
const UNITS_MAX = 100_000;
const PUBLIC_KEY = z.string().regex(/^0[23][0-9a-f]{64}$/);
const ONION_BYTES = z.union([z.literal(1366), z.literal(32834), z.literal(65498)]);

const SESSION_REQUEST = z.strictObject({ exit: PUBLIC_KEY, carrier: z.enum(CARRIERS), onionBytesMax: ONION_BYTES.optional() });

const UNITS_REQUEST = z.strictObject({
  id: z.string().min(1).max(100),
  to: PUBLIC_KEY,
  carrier: z.enum(CARRIERS),
  onionBytesMax: ONION_BYTES.optional(),
  unitBytes: z.int().min(1).max(65_535).optional(),
  count: z.int().min(1).max(UNITS_MAX),
  inFlight: z.int().min(1).max(1_000).optional(),
  ratePerS: z.number().positive().max(100_000).optional(),
});

export interface ApiOptions {
  readonly relay: RelayClient;
  readonly sessions: ServedSessions;
  /** What `Authorization: Bearer` must carry. */
  readonly token: string;
}

export const openApi = ({ relay, sessions, token }: ApiOptions): FastifyInstance => {
  const api = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  api.addHook('onRequest', async (request, reply) => {
    if (!authorized(request, token)) await reply.code(401).send({ error: 'Unauthorized', message: 'a bearer token is expected' });
  });
  api.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    return reply.code(problem.status).send(problem.body);
  });

  api.get('/v1/node', () => ({ node: relay.node, publicKey: relay.publicKey }));
  api.get('/v1/ledger', (request, reply) => relay.ledger({ signal: gone(request, reply) }));

  api.post('/v1/sessions', async (request, reply) => {
    const asked = SESSION_REQUEST.parse(request.body) as SessionRequest;
    const session = await sessions.open({ ...asked, signal: gone(request, reply) });
    return { id: session.id, hops: session.hops };
  });
  const session = (request: FastifyRequest) => sessions.get((request.params as { id: string }).id);
  api.get('/v1/sessions/:id', (request) => session(request).session.stats());
  api.post('/v1/sessions/:id/ping', async (request, reply) => ({
    ms: await session(request).session.ping({ signal: gone(request, reply) }),
  }));
  /** Why the last connections through SOCKS failed: its own reply has room for a number only. */
  api.get('/v1/sessions/:id/failures', (request) => session(request).failures);
  api.delete('/v1/sessions/:id', async (request) => {
    await sessions.close((request.params as { id: string }).id);
    return {};
  });

  api.post('/v1/units', (request, reply) =>
    relay.sendUnits({ ...(UNITS_REQUEST.parse(request.body) as UnitsRequest), signal: gone(request, reply) }),
  );
  api.get('/v1/units/:id', (request) => relay.receivedUnits((request.params as { id: string }).id));
  return api;
};

/** Aborts when the caller hangs up: nobody waits for the answer any more. */
const gone = (_request: FastifyRequest, reply: FastifyReply): AbortSignal => {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new SessionError('the caller hung up'));
  });
  return controller.signal;
};

const authorized = (request: FastifyRequest, token: string): boolean => {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
};
