/** How the bench speaks to the proxy: HTTP on a port of loopback, with a token. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CUT_MANNERS, type CutManner } from '../../faults.ts';
import type { LinkPlan } from '../../plan.ts';
import type { Edge } from './edge.ts';

const BODY_BYTES_MAX = 4_096;

interface Order {
  readonly a: string;
  readonly b: string;
  readonly how?: CutManner;
  readonly link?: LinkPlan;
}

export const controlServer = (edges: readonly Edge[], token: string): Server =>
  createServer((request, response) => {
    answer(edges, token, request, response).catch((error: unknown) => {
      end(response, 400, { error: error instanceof Error ? error.message : String(error) });
    });
  });

const answer = async (edges: readonly Edge[], token: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (!sameToken(request.headers.authorization ?? '', `Bearer ${token}`)) return end(response, 401, { error: 'wrong token' });
  if (request.method === 'GET' && request.url === '/findings')
    return end(
      response,
      200,
      edges.map((edge) => edge.findings()),
    );
  const order = JSON.parse(await bodyOf(request)) as Order;
  const edge = edges.find(({ ends }) => ends.includes(order.a) && ends.includes(order.b) && order.a !== order.b);
  if (request.method !== 'POST' || edge === undefined) return end(response, 404, { error: `no edge ${order.a}-${order.b}` });
  switch (request.url) {
    case '/cut':
      if (order.how === undefined || !CUT_MANNERS.includes(order.how))
        return end(response, 400, { error: `expected how: ${CUT_MANNERS.join(', ')}` });
      edge.cut(order.how, edge.ends[0] === order.a ? 0 : 1);
      break;
    case '/heal':
      edge.restore();
      break;
    case '/degrade':
      edge.change(order.link as LinkPlan);
      break;
    default:
      return end(response, 404, { error: `no ${request.url}` });
  }
  end(response, 200, {});
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) {
    body += part as string;
    if (body.length > BODY_BYTES_MAX) throw new Error(`expected at most ${BODY_BYTES_MAX} characters`);
  }
  return body;
};

const end = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const sameToken = (given: string, expected: string): boolean =>
  given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
