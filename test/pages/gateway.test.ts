/** The gateway as a browser meets it, and as somebody meets it who is none. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { RefusedError } from '../../nodes/errors.ts';
import { serveGateway } from '../../nodes/relay/pages/gateway/gateway.ts';
import { hostLabels } from '../../nodes/relay/pages/url.ts';
import { type Joined, joined, PUBLISHER, READER } from './direct.ts';
import { file, noise } from './line.ts';

const HOST = `${hostLabels({ key: PUBLISHER, name: '' })}.localhost`;
const LARGE = noise('large', 3_000_000);
const FILES = [
  file('index.html', '<h1>hello</h1>'),
  file('docs/index.html', 'docs'),
  file('large.bin', LARGE),
  file('a <b>.txt', 'text'),
  file('empty.txt', ''),
];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const opened = async (
  t: ExecutionContext,
): Promise<{ pages: Joined; port: number; ask: (path: string, headers?: object, method?: string) => Promise<Answer> }> => {
  const pages = await joined();
  await pages.publisher.publish({ files: FILES });
  const gateway = await serveGateway({ pages: pages.reader, host: '127.0.0.1', port: 0, log: (line) => t.log(line) });
  t.teardown(async () => {
    await gateway[Symbol.asyncDispose]();
    await pages[Symbol.asyncDispose]();
  });
  const ask = (path: string, headers: object = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const asking = request({
        host: '127.0.0.1',
        port: gateway.port,
        path,
        method,
        headers: { host: `${HOST}:${gateway.port}`, ...headers },
      });
      asking.on('error', reject);
      asking.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      asking.end();
    });
  return { pages, port: gateway.port, ask };
};

test('files, folders and what is not there', async (t) => {
  const { ask } = await opened(t);
  const index = await ask('/');
  t.is(index.status, 200);
  t.is(index.body.toString(), '<h1>hello</h1>');
  t.is(index.headers['content-type'], 'text/html; charset=utf-8');
  t.is((await ask('/docs/')).body.toString(), 'docs');
  const folder = await ask('/docs');
  t.is(folder.status, 301);
  t.is(folder.headers.location, '/docs/');
  t.is((await ask('/a%20%3Cb%3E.txt?q=1#f')).body.toString(), 'text');
  t.is((await ask('/empty.txt')).headers['content-length'], '0');
  t.true((await ask('/large.bin')).body.equals(LARGE));
  t.is((await ask('/missing')).status, 404);
});

test('every answer keeps the site to its own origin, and sets no cookie', async (t) => {
  const { ask } = await opened(t);
  for (const path of ['/', '/missing', '/docs', '/..%2f']) {
    const { headers } = await ask(path);
    t.regex(String(headers['content-security-policy']), /default-src 'self'/, path);
    t.is(headers['x-content-type-options'], 'nosniff');
    t.is(headers['referrer-policy'], 'no-referrer');
    t.is(headers['cross-origin-resource-policy'], 'same-origin');
    t.is(headers['set-cookie'], undefined);
    t.is(headers['access-control-allow-origin'], undefined);
  }
});

test('a host name that is no site is refused, however it looks', async (t) => {
  const { ask } = await opened(t);
  const label = hostLabels({ key: PUBLISHER, name: '' });
  for (const host of [
    'localhost',
    '127.0.0.1',
    'evil.example',
    `${label}.evil.example`,
    `${label}`,
    `${label}.localhost.evil.example`,
    `${PUBLISHER}.localhost`,
    `${label.slice(1)}a.localhost`,
    `a.b.${label}.localhost`,
    `-.${label}.localhost`,
  ])
    t.is((await ask('/', { host })).status, 421, host);
  t.is((await ask('/', { host: `${label.toUpperCase()}.LOCALHOST:80` })).status, 200, 'host names have no case');
  t.is((await ask('/', { host: `blog.${HOST}` })).status, 404, 'another site of the node');
  t.is((await ask('/', { host: `${hostLabels({ key: READER, name: '' })}.localhost` })).status, 404, 'this relay’s own, which has none');
});

test('pages of other origins may link here and no more', async (t) => {
  const { ask, port } = await opened(t);
  const status = async (headers: object) => (await ask('/', headers)).status;
  t.is(await status({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }), 200);
  t.is(await status({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }), 200);
  t.is(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }), 200);
  t.is(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }), 403);
  t.is(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }), 403);
  t.is(await status({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }), 403);
  t.is(await status({ origin: 'https://evil.example' }), 403);
  t.is(await status({ origin: 'null' }), 403);
  t.is(await status({ origin: `http://${HOST}:${port}` }), 200);
});

test('only reading: other methods are refused, HEAD has no body', async (t) => {
  const { ask } = await opened(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    const { status, headers } = await ask('/', {}, method);
    t.is(status, 405, method);
    t.is(headers.allow, 'GET, HEAD');
  }
  const head = await ask('/large.bin', {}, 'HEAD');
  t.is(head.status, 200);
  t.is(head.headers['content-length'], '3000000');
  t.is(head.body.length, 0);
});

test('ranges and unchanged files, as RFC 9110 has them', async (t) => {
  const { ask, pages } = await opened(t);
  const range = async (value: string, headers: object = {}) => ask('/large.bin', { range: value, ...headers });
  for (const [value, first, last] of [
    ['bytes=0-0', 0, 0],
    ['bytes=65530-65540', 65_530, 65_540],
    ['bytes=2999990-', 2_999_990, 2_999_999],
    ['bytes=-10', 2_999_990, 2_999_999],
    ['bytes=2999990-9999999', 2_999_990, 2_999_999],
  ] as const) {
    const answer = await range(value);
    t.is(answer.status, 206, value);
    t.is(answer.headers['content-range'], `bytes ${first}-${last}/3000000`);
    t.true(answer.body.equals(LARGE.subarray(first, last + 1)), value);
  }
  for (const value of ['bytes=3000000-', 'bytes=-0']) {
    const answer = await range(value);
    t.is(answer.status, 416, value);
    t.is(answer.headers['content-range'], 'bytes */3000000');
  }
  for (const value of ['bytes=5-1', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-']) t.is((await range(value)).status, 200, value);
  const { etag } = (await ask('/large.bin', {}, 'HEAD')).headers;
  t.regex(String(etag), /^"[0-9a-f]{64}"$/);
  const before = pages.way.bytes;
  for (const tag of [etag, `W/${etag}`, '*', `"x", ${etag}`]) t.is((await ask('/large.bin', { 'if-none-match': tag })).status, 304);
  t.is((await range('bytes=0-9', { 'if-range': etag })).status, 206);
  t.is((await range('bytes=0-9', { 'if-range': '"other"' })).status, 200);
  t.is(pages.way.bytes, before, 'all of it lay in the cache');
});

test('traversal in any spelling is no path', async (t) => {
  const { ask } = await opened(t);
  for (const path of [
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/docs/..%2findex.html',
    '/a%5cb',
    '/%00',
    '//etc/passwd',
    '/.git/config',
    '/%',
    '/%ff%fe',
  ])
    t.is((await ask(path)).status, 400, path);
  t.is((await ask('/docs/../index.html')).status, 400, 'whoever sends it so: a browser would not');
});

test('errors are plain pages with nothing of the request unescaped', async (t) => {
  const { ask, pages } = await opened(t);
  const missing = await ask('/%3Cscript%3Ealert(1)%3C%2Fscript%3E');
  t.is(missing.status, 400, 'an encoded slash');
  const script = await ask('/%3Cscript%3Ealert(1)');
  t.is(script.status, 404);
  t.false(script.body.toString().includes('<script'));
  pages.way.down = (bytes) => {
    const altered = Buffer.from(bytes);
    altered[altered.length - 1]! ^= 1;
    return altered;
  };
  pages.clock.nowMs += 100_000;
  const lying = await ask('/');
  t.is(lying.status, 502);
  t.regex(lying.body.toString(), /Nothing of what arrived was used/);
});

test('a browser that reads slowly holds no more than what may be asked ahead', async (t) => {
  const pages = await joined();
  const huge = noise('huge', 30_000_000);
  await pages.publisher.publish({ files: [file('huge.bin', huge)] });
  await using gateway = await serveGateway({ pages: pages.reader, host: '127.0.0.1', port: 0, log: () => {} });
  const socket = connect(gateway.port, '127.0.0.1');
  socket.pause();
  socket.write(`GET /huge.bin HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await once(socket, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  // What the kernel's own buffers on loopback take, and 32 chunks.
  t.true(pages.way.bytes < 14_000_000, `${pages.way.bytes} B came for a reader that took none`);
  socket.destroy();
  await pages[Symbol.asyncDispose]();
});

test('a file above what the gateway may fetch is refused by name', async (t) => {
  const pages = await joined();
  await pages.publisher.publish({ files: FILES });
  await t.throwsAsync(pages.reader.get({ url: pages.url('/large.bin'), bytesMax: 10 }), { instanceOf: RefusedError });
  await using gateway = await serveGateway({ pages: pages.reader, host: '127.0.0.1', port: 0, bytesMax: 1_000, log: () => {} });
  const answer = await new Promise<number>((resolve) => {
    request({ host: '127.0.0.1', port: gateway.port, path: '/large.bin', headers: { host: HOST } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    }).end();
  });
  t.is(answer, 403);
  await pages[Symbol.asyncDispose]();
});
