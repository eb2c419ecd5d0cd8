/**
 * Sites for a browser: an HTTP server on loopback with an origin for each site, so that no site can read another's storage or pages.
 * Files are streamed as their chunks arrive; a browser that reads slowly holds what one reader may ask ahead, and no more.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeadlineError, IntegrityError, LeydenError, NotFoundError, RefusedError, ScenarioError } from '../../../errors.ts';
import type { PageAnswer, RelayPages } from '../../../node.ts';
import { INDEX, sitePathOf, urlPathOf } from '../site-path.ts';
import { formatPageUrl, type SiteAddress } from '../url.ts';
import { byteRange } from './byte-range.ts';
import { etagOf, fileHeaders, SAFE } from './headers.ts';
import { siteOf, whyForeign } from './origin.ts';
import { sayPlainly } from './plain-page.ts';

const CONNECTIONS_MAX = 256;
const HEADERS_BYTES_MAX = 16_384;
const HEADERS_DEADLINE_MS = 10_000;
/** A browser that takes nothing of what is there for it for so long is cut off. */
const TAKES_NOTHING_MS = 120_000;

export interface GatewayOptions {
  readonly pages: Pick<RelayPages, 'get'>;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Of a file that a browser asks for. Default: what a site may have. */
  readonly bytesMax?: number;
  /** For what is no answer of a site's: a bug of ours. */
  log(line: string): void;
}

export interface Gateway extends AsyncDisposable {
  readonly port: number;
}

/** @throws what listening throws: a port in use, say. */
export const serveGateway = async ({ pages, host, port, bytesMax, log }: GatewayOptions): Promise<Gateway> => {
  const server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX, headersTimeout: HEADERS_DEADLINE_MS }, (request, response) => {
    void answer(request, response, pages, bytesMax, log);
  });
  server.maxConnections = CONNECTIONS_MAX;
  // Only who leaves bytes lying: a page that takes minutes over keysend has none to take.
  server.on('connection', (socket) => socket.setTimeout(TAKES_NOTHING_MS, () => socket.writableLength > 0 && socket.destroy()));
  server.listen({ host, port });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => closed(server) };
};

const closed = async (server: Server): Promise<void> => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
};

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  pages: Pick<RelayPages, 'get'>,
  bytesMax: number | undefined,
  log: (line: string) => void,
): Promise<void> => {
  const left = new AbortController();
  response.once('close', () => left.abort());
  request.resume(); // a body that nobody reads
  try {
    const asked = readRequest(request);
    if ('status' in asked) {
      if (asked.status === 405) response.setHeader('allow', 'GET, HEAD');
      sayPlainly(response, asked.status, asked.message);
    } else await serve({ request, response, ...asked, pages, bytesMax, signal: left.signal });
  } catch (error) {
    if (left.signal.aborted) return;
    if (!(error instanceof LeydenError)) log(`gateway: ${error instanceof Error ? error.stack : String(error)}`);
    if (response.headersSent) response.destroy();
    else explain(response, error);
  }
};

/** Whose file it is, or why nobody's. */
const readRequest = ({
  method = '',
  headers,
  url = '/',
}: IncomingMessage): { status: number; message: string } | Pick<Asked, 'site' | 'path'> => {
  const site = siteOf(headers);
  if ('status' in site) return site;
  const foreign = whyForeign(headers);
  if (foreign !== null) return foreign;
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, message: 'Sites are read: GET and HEAD only.' };
  const path = sitePathOf(url.replace(/[?#].*$/s, ''));
  return path === null ? { status: 400, message: 'No site can have a file at this path.' } : { site, path };
};

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly site: SiteAddress;
  readonly path: string;
  readonly pages: Pick<RelayPages, 'get'>;
  readonly bytesMax: number | undefined;
  readonly signal: AbortSignal;
}

const serve = async (asked: Asked): Promise<void> => {
  const { request, response, site, path, pages, bytesMax, signal } = asked;
  const get = (file: string, range?: { first: number; last?: number }) =>
    pages.get({
      url: formatPageUrl({ ...site, path: file }),
      signal,
      ...(range === undefined ? {} : { range }),
      ...(bytesMax === undefined ? {} : { bytesMax }),
    });
  let page: PageAnswer;
  try {
    page = await get(path);
  } catch (error) {
    const folder = `${path}/${INDEX}`;
    if (!(error instanceof NotFoundError) || !(await exists(() => get(folder)))) throw error;
    response.writeHead(301, { ...SAFE, location: `${urlPathOf(path)}/`, 'content-length': 0 });
    response.end();
    return;
  }
  const unchanged = (request.headers['if-none-match'] ?? '')
    .split(',')
    .some((tag) => [etagOf(page), '*'].includes(tag.trim().replace(/^W\//, '')));
  if (unchanged) {
    response.writeHead(304, fileHeaders(page));
    response.end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const ranged = request.method === 'GET' && (ifRange === undefined || ifRange === etagOf(page)) ? request.headers.range : undefined;
  const range = byteRange(ranged, page.size);
  if (range === null) {
    response.setHeader('content-range', `bytes */${page.size}`);
    sayPlainly(response, 416, `The file has ${page.size} B.`);
    return;
  }
  if (range !== undefined) page = await get(path, range);
  const last = page.first + page.bytes - 1;
  const partial = range === undefined ? {} : { 'content-range': `bytes ${page.first}-${last}/${page.size}` };
  response.writeHead(range === undefined ? 200 : 206, { ...fileHeaders(page), ...partial, 'content-length': page.bytes });
  if (request.method === 'HEAD') response.end();
  else await pipeline(Readable.from(page.body, { objectMode: false }), response, { signal });
};

const exists = async (get: () => Promise<unknown>): Promise<boolean> => {
  try {
    await get();
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
};

const explain = (response: ServerResponse, error: unknown): void => {
  const { message, hint } =
    error instanceof LeydenError ? error : { message: 'The gateway failed, and its log says how.', hint: undefined };
  sayPlainly(response, statusOf(error), message, error instanceof IntegrityError ? 'Nothing of what arrived was used.' : hint);
};

const statusOf = (error: unknown): number => {
  if (error instanceof NotFoundError) return 404;
  if (error instanceof ScenarioError) return 400;
  if (error instanceof RefusedError) return 403;
  if (error instanceof DeadlineError) return 504;
  return error instanceof LeydenError ? 502 : 500;
};
