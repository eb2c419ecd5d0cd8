/**
 * The event stream over WebSocket. The token comes by header, as a subprotocol (`leyden.token.…`, for browsers), or as the first
 * message `{"token": …}`; never in the URL, which ends up in logs. Each event is one JSON text message, the first one `listening`.
 */

import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { RefusedError } from '../../../errors.ts';
import { CARRIERS } from '../../../plan.ts';
import type { TimedEvent } from '../../../relay-events.ts';
import { PROBLEM } from '../problem.ts';
import type { Routes } from '../route.ts';
import { COUNT, MSAT, SESSION_ID } from '../schemas.ts';
import { bearer, sameToken } from '../token.ts';

const EVENTS_PATH = '/v1/events';
/** What the server answers of the subprotocols that a client offers. */
export const EVENTS_PROTOCOL = 'leyden.events';
const TOKEN_PROTOCOL = 'leyden.token.';
const FIRST_MESSAGE_DEADLINE_MS = 5_000;
/** Connections that have not shown a token yet. */
const STRANGERS_MAX = 16;
/** RFC 6455 §7.4.2: for private use; named after HTTP's 401, 409 and 429. */
const CLOSED = { unauthorized: 4401, refused: 4409, strangers: 4429 } as const;

const ROLE = z.enum(['client', 'exit']).meta({ description: 'Which end of the session this relay is' });
const AT = { atMs: z.number() };
const ofSession = { session: SESSION_ID, role: ROLE, ...AT };

const EVENT: z.ZodType<TimedEvent> = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('session-opened'), carrier: z.enum(CARRIERS), hops: COUNT, ...ofSession }),
    z.strictObject({ kind: z.literal('session-resumed'), ...ofSession }),
    z.strictObject({ kind: z.literal('session-closed'), reason: z.string(), ...ofSession }),
    z.strictObject({
      kind: z.literal('datagram-dropped'),
      session: SESSION_ID,
      host: z.string(),
      port: z.int(),
      reason: z.enum(['too-long', 'no-room']),
      bytes: z.int(),
      limitBytes: z.int(),
      ...AT,
    }),
    z.strictObject({ kind: z.literal('connection-refused'), host: z.string(), port: z.int(), reason: z.string(), ...ofSession }),
    z.strictObject({
      kind: z.literal('message'),
      id: z.string(),
      replyTo: z.string().exactOptional(),
      from: z.string().exactOptional(),
      text: z.string().exactOptional(),
      bytes: z.string().exactOptional(),
      ...AT,
    }),
    z.strictObject({
      kind: z.literal('payments'),
      deliveredMsat: MSAT,
      feesMsat: MSAT,
      receivedMsat: MSAT,
      htlcsSettled: COUNT,
      htlcsFailed: COUNT,
      ...AT,
    }),
    z.strictObject({ kind: z.literal('contract'), contract: z.string(), state: z.string(), reason: z.string().exactOptional(), ...AT }),
    z.strictObject({
      kind: z.literal('page'),
      site: z.string(),
      path: z.string(),
      bytes: COUNT,
      role: z.enum(['client', 'server']),
      ...AT,
    }),
    z.strictObject({ kind: z.literal('missed'), count: COUNT, ...AT }),
  ])
  .meta({ description: 'Switched to WebSocket; each text message is one of these, after a first {"kind": "listening"}' });

export const eventRoutes: Routes = (api, { relay, token }) => {
  let strangers = 0;
  /** Whether the first message of a connection carries the token. */
  const introduced = async (socket: WebSocket): Promise<boolean> => {
    if (strangers >= STRANGERS_MAX) {
      socket.close(CLOSED.strangers, 'too many connections without a token');
      return false;
    }
    strangers += 1;
    try {
      const [data] = await once(socket, 'message', { signal: AbortSignal.timeout(FIRST_MESSAGE_DEADLINE_MS) });
      return sameToken(tokenIn(String(data)), token);
    } catch {
      return false;
    } finally {
      strangers -= 1;
    }
  };
  const serve = async (socket: WebSocket, headers: IncomingHttpHeaders): Promise<void> => {
    const gone = new AbortController();
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => gone.abort());
    if (!sameToken(offered(headers), token) && !(await introduced(socket))) {
      socket.close(CLOSED.unauthorized, 'a bearer token is expected');
      return;
    }
    if (gone.signal.aborted) return;
    const events = await relay.events({ signal: gone.signal });
    await send(socket, { kind: 'listening', node: relay.node, publicKey: relay.publicKey });
    for await (const event of events) await send(socket, event);
    socket.close(1001, 'the relay stops');
  };

  api.route({
    method: 'GET',
    url: EVENTS_PATH,
    schema: {
      operationId: 'events',
      tags: ['events'],
      summary: 'What happens at this relay, over WebSocket',
      description:
        'Authorization by header, by an offered subprotocol `leyden.token.TOKEN` beside `leyden.events`, or by the first message ' +
        '`{"token": "TOKEN"}` within 5 s. Nothing is replayed: events are told from `listening` on. A listener that reads too slowly is ' +
        'told how many it missed.',
      response: { 101: EVENT, 426: PROBLEM.meta({ description: 'Asked without an upgrade' }) },
    },
    config: { tokenOverWebSocket: true },
    handler: (_request, reply) =>
      reply.code(426).header('upgrade', 'websocket').send({ error: 'UpgradeRequired', message: 'this is a WebSocket' }),
    wsHandler: (socket, { headers }) => {
      serve(socket, headers).catch((error: Error) => socket.close(CLOSED.refused, reason(error)));
    },
  });
};

const offered = (headers: IncomingHttpHeaders): string => {
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const token = protocols.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL));
  return bearer(headers.authorization) || (token?.slice(TOKEN_PROTOCOL.length) ?? '');
};

const tokenIn = (message: string): string => {
  try {
    return z.strictObject({ token: z.string() }).parse(JSON.parse(message)).token;
  } catch {
    return '';
  }
};

/** Resolves when the socket took it: a slow reader is waited for here, while its queue fills. */
const send = (socket: WebSocket, event: object): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(JSON.stringify(event), (error) => (error ? reject(new RefusedError('the listener is gone', { cause: error })) : resolve()));
  });

/** A close frame holds 123 bytes of it. */
const reason = ({ message }: Error): string => Buffer.from(message).toString('utf8', 0, 120);
