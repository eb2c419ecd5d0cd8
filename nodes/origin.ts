/**
 * The HTTP server behind an exit, the same on both networks: on docker a process of its own, simulated one connection at a time
 * over virtual sockets. node:http serves both: without Date headers and time-outs it does nothing by the machine's clock.
 *
 * GET /bytes/N?seed=S   N bytes that anyone who knows S can check
 * POST /sink            reads all of the body and answers JSON { bytes, sha256, arrivals }
 * GET /                 a line of text
 *
 * On docker its UDP port of the same number sends back every datagram that it gets; simulated, nodes/simulated/udp.ts does.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex, pipeline, Readable } from 'node:stream';
import { wallClock } from './wall.ts';

/** Of one answer or one upload. */
const ORIGIN_BYTES_MAX = 2 ** 30;
const SEED_CHARS_MAX = 256;
const CHUNK_BYTES = 65_536;
const CONNECTIONS_MAX = 1_000;
/** Even, so that thinning keeps every second. */
const ARRIVALS_MAX = 128;

export interface SinkAnswer {
  readonly bytes: number;
  readonly sha256: string;
  /** [bytes so far, ms of the origin's clock] in order, the last byte always among them; empty where the origin has no clock. */
  readonly arrivals: readonly (readonly [number, number])[];
}

/**
 * Serves one connection until it closes. `now` (ms) is the clock in the sink's arrivals: hand in the network's own, or none.
 */
export function serveOrigin(socket: Duplex, now?: () => number): void {
  socket.on('error', () => {}); // the far end may go at any time: its own side reports it
  originServer(now).emit('connection', socket);
}

/** The next bytes of the endless stream that `seed` stands for: AES-256 in counter mode from zero, its key the SHA-256 of the seed. */
export function originBytes(seed: string): (length: number) => Buffer {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}

/** SHA-256, in hex, of the first `length` bytes. */
export function originSha256(seed: string, length: number): string {
  const hash = createHash('sha256');
  for (const chunk of originChunks(seed, length)) hash.update(chunk);
  return hash.digest('hex');
}

export function* originChunks(seed: string, length: number): Generator<Buffer> {
  const next = originBytes(seed);
  for (let left = length; left > 0; left -= CHUNK_BYTES) yield next(Math.min(left, CHUNK_BYTES));
}

function originServer(now: (() => number) | undefined): Server {
  const server = createServer((request, response) => answer(request, response, now));
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, now: (() => number) | undefined): void {
  response.sendDate = false;
  const url = URL.parse(request.url ?? '/', 'http://origin');
  const bytes = url === null ? null : /^\/bytes\/(\d{1,10})$/.exec(url.pathname);
  if (request.method === 'GET' && url !== null && bytes !== null) {
    sendBytes(response, Number(bytes[1]), url.searchParams.get('seed') ?? '');
  } else if (request.method === 'POST' && url?.pathname === '/sink') {
    drain(request, response, now);
  } else if (request.method === 'GET' && url?.pathname === '/') {
    say(response, 200, 'A Leyden origin. GET /bytes/N?seed=S, POST /sink.\n');
  } else {
    say(response, 404, 'Not here. GET /bytes/N?seed=S, POST /sink.\n');
  }
}

function sendBytes(response: ServerResponse, length: number, seed: string): void {
  if (length > ORIGIN_BYTES_MAX) {
    say(response, 413, `At most ${ORIGIN_BYTES_MAX} bytes.\n`);
  } else if (seed.length > SEED_CHARS_MAX) {
    say(response, 400, `A seed has at most ${SEED_CHARS_MAX} characters.\n`);
  } else {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
    pipeline(Readable.from(originChunks(seed, length), { objectMode: false }), response, () => {});
  }
}

function drain(request: IncomingMessage, response: ServerResponse, now: (() => number) | undefined): void {
  const hash = createHash('sha256');
  const arrivals = new Arrivals();
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ORIGIN_BYTES_MAX) return request.destroy();
    hash.update(chunk);
    if (now !== undefined) arrivals.add(bytes, now());
  });
  request.on('error', () => {});
  request.on('end', () => {
    const said: SinkAnswer = { bytes, sha256: hash.digest('hex'), arrivals: arrivals.list() };
    say(response, 200, JSON.stringify(said), 'application/json');
  });
}

function say(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** When how many bytes had come, thinned as they grow in number: the last always stays. */
class Arrivals {
  #marks: [number, number][] = [];
  #every = 1;
  #seen = 0;
  #last: [number, number] | undefined;

  add(bytes: number, ms: number): void {
    this.#last = [bytes, ms];
    if (this.#seen++ % this.#every === 0) this.#marks.push(this.#last);
    if (this.#marks.length < ARRIVALS_MAX) return;
    this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  list(): [number, number][] {
    const last = this.#last;
    return last === undefined || this.#marks.at(-1) === last ? this.#marks : [...this.#marks, last];
  }
}

function main(port: number): void {
  const server = originServer(wallClock.now);
  const echo = createSocket('udp4');
  echo.on('message', (bytes, { address, port: from }) => echo.send(bytes, from, address, () => {}));
  echo.bind(port, '0.0.0.0', () => server.listen(port, '0.0.0.0', () => console.log('origin ready')));
  // As process 1 of a container nothing ends it unless it says so.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
}

// `import.meta.main` came with Node 24.2.
if (import.meta.main ?? process.argv[1] === import.meta.filename) main(Number(process.argv[2]));
