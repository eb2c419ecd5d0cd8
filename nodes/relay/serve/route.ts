/** What a file in routes/ is: a function that adds its routes, each with zod schemas that check requests and make the OpenAPI document. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyTypeProvider } from 'fastify';
import type { z } from 'zod';
import { SessionError } from '../../errors.ts';
import type { RelayClient } from '../../node.ts';
import type { Forwards } from './forwards.ts';
import type { OnDemandSessions } from './on-demand.ts';
import type { ServedSessions } from './served-sessions.ts';
import type { UdpAssociations } from './socks-udp.ts';

interface ZodTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  readonly serializer: unknown;
}

/** Handlers get params, query and body as their schemas read them. */
export type Api = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypes>;

/** What routes speak to. */
export interface Served {
  readonly relay: RelayClient;
  readonly sessions: ServedSessions;
  readonly socks: ServedSocks;
  /** What callers must show. */
  readonly token: string;
  readonly forwards: Forwards;
}

export interface ServedSocks {
  readonly udp: UdpAssociations;
  readonly udpPort: number;
  readonly onDemand: OnDemandSessions;
}

export type Routes = (api: Api, served: Served) => void;

/** Aborts when the caller hangs up: nobody waits for the answer any more. */
export const gone = (reply: Pick<FastifyReply, 'raw'>): AbortSignal => {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new SessionError('the caller hung up'));
  });
  return controller.signal;
};
