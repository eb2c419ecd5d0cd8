/** The relay's HTTP API for a program that holds the token. Every request is checked against its route's schema before anybody acts on it. */
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import { type FastifyInstance, type FastifySchema, fastify } from 'fastify';
import type { z } from 'zod';
import { foreign } from './local.ts';
import { describe, OPENAPI, OPENAPI_PATH } from './openapi.ts';
import { problemOf } from './problem.ts';
import type { Api, Served } from './route.ts';
import { EVENTS_PROTOCOL } from './routes/events.ts';
import { ROUTES } from './routes.ts';
import { bearer, sameToken } from './token.ts';

/** Unless a route asks for more. */
const BODY_BYTES_MAX = 16_384;
/** What a WebSocket client may send: the token. */
const MESSAGE_BYTES_MAX = 4_096;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route itself asks for the token when it is opened as a WebSocket. */
    tokenOverWebSocket?: boolean;
  }
}

export const openApi = (served: Served): FastifyInstance => {
  const api = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  api.addHook('onRequest', async ({ headers, url, routeOptions }, reply) => {
    const refused = foreign(headers);
    if (refused !== null) await reply.code(refused.status).send({ error: 'Forbidden', message: refused.message });
    else if (url === OPENAPI_PATH || (headers.upgrade !== undefined && routeOptions.config.tokenOverWebSocket)) return;
    else if (!sameToken(bearer(headers.authorization), served.token))
      await reply.code(401).send({ error: 'Unauthorized', message: 'a bearer token is expected' });
  });
  // Nobody reads the socket of an upgrade that was refused: it would stay half open for ever.
  api.addHook('onResponse', async ({ headers, raw }) => {
    if (headers.upgrade !== undefined) raw.socket.destroySoon();
  });
  api.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    return reply.code(problem.status).send(problem.body);
  });
  api.setNotFoundHandler(({ method, url }, reply) => reply.code(404).send({ error: 'NotFound', message: `no route ${method} ${url}` }));
  api.setValidatorCompiler<z.ZodType>(({ schema }) => (value) => {
    const read = schema.safeParse(value);
    return read.success ? { value: read.data } : { error: read.error };
  });
  // What handlers answer is ours already; the tests hold it against the schemas.
  api.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  api.register(websocket, {
    options: {
      maxPayload: MESSAGE_BYTES_MAX,
      handleProtocols: (offered: Set<string>) => (offered.has(EVENTS_PROTOCOL) ? EVENTS_PROTOCOL : false),
    },
  });
  api.register(swagger, {
    openapi: OPENAPI,
    stripBasePath: false,
    convertConstToEnum: false,
    transform: describe as (from: { schema: FastifySchema; url: string }) => { schema: FastifySchema; url: string },
  });
  api.register(async (scope) => {
    for (const routes of ROUTES) routes(scope as unknown as Api, served);
    scope.get(OPENAPI_PATH, { schema: { hide: true } }, () => api.swagger());
  });
  return api;
};
