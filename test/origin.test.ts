import { createCipheriv, createHash } from 'node:crypto';
import { request } from 'node:http';
import { Duplex, PassThrough, pipeline, Readable } from 'node:stream';
import test from 'ava';
import { originBytes, originChunks, originSha256, type SinkAnswer, serveOrigin } from '../nodes/origin.ts';

/** Two ends of a virtual socket. */
function socketPair(): [Duplex, Duplex] {
  const there = new PassThrough();
  const back = new PassThrough();
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })];
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

function ask(method: string, path: string, body?: Readable, now?: () => number): Promise<Answer> {
  const [client, server] = socketPair();
  serveOrigin(server, now);
  return new Promise((resolve, reject) => {
    const asked = request({ method, path, host: 'shop', createConnection: () => client }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    asked.on('error', reject);
    if (body === undefined) asked.end();
    else pipeline(body, asked, () => {});
  });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the stream of a seed is the AES-256-CTR keystream under the SHA-256 of the seed', (t) => {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update('seven').digest(), Buffer.alloc(16));
  const whole = cipher.update(Buffer.alloc(100_000));
  const next = originBytes('seven');
  t.deepEqual(Buffer.concat([next(1), next(99), next(99_900)]), whole, 'however it is cut');
  t.deepEqual(Buffer.concat([...originChunks('seven', 100_000)]), whole);
  t.is(originSha256('seven', 100_000), sha256(whole));
});

test('the keystream of a seed begins with the cipher of the zero block', (t) => {
  const cipher = createCipheriv('aes-256-ecb', createHash('sha256').update('x').digest(), null);
  t.deepEqual(originBytes('x')(16), cipher.update(Buffer.alloc(16)));
});

test('an origin answers with as many bytes of the seed as were asked for', async (t) => {
  for (const length of [0, 1, 16_384, 300_001]) {
    const { status, headers, body } = await ask('GET', `/bytes/${length}?seed=a-${length}`);
    t.is(status, 200);
    t.is(headers['content-length'], String(length));
    t.is(sha256(body), originSha256(`a-${length}`, length));
  }
});

test('an answer carries no date, so that the same request has the same answer at any time', async (t) => {
  const { headers } = await ask('GET', '/');
  t.false('date' in headers);
});

test('a sink says how many bytes it read, their hash, and when they came', async (t) => {
  let clock = 0;
  const { status, body } = await ask('POST', '/sink', Readable.from(originChunks('up', 5_000_000), { objectMode: false }), () => ++clock);
  const said = JSON.parse(body.toString()) as SinkAnswer;
  t.is(status, 200);
  t.is(said.bytes, 5_000_000);
  t.is(said.sha256, originSha256('up', 5_000_000));
  t.true(said.arrivals.length > 1 && said.arrivals.length <= 129, `${said.arrivals.length} marks`);
  t.deepEqual(said.arrivals.at(-1), [5_000_000, clock], 'the last byte is among them');
  t.deepEqual(
    [...said.arrivals].sort((a, b) => a[0] - b[0]),
    said.arrivals,
  );
});

test('a sink without a clock tells no times', async (t) => {
  const { body } = await ask('POST', '/sink', Readable.from([Buffer.alloc(10)]));
  t.deepEqual(JSON.parse(body.toString()).arrivals, []);
});

test('an origin refuses more than it would ever send and what it does not know', async (t) => {
  t.is((await ask('GET', '/bytes/1073741825?seed=a')).status, 413);
  t.is((await ask('GET', `/bytes/1?seed=${'s'.repeat(257)}`)).status, 400);
  t.is((await ask('GET', '/bytes/-1')).status, 404);
  t.is((await ask('DELETE', '/sink')).status, 404);
  t.is((await ask('GET', '//[')).status, 404);
});

test('a client that leaves in the middle ends only its own connection', async (t) => {
  const [client, server] = socketPair();
  serveOrigin(server);
  client.write('GET /bytes/10000000?seed=a HTTP/1.1\r\nHost: shop\r\n\r\n');
  await new Promise((resolve) => client.once('data', resolve));
  client.on('error', () => {});
  client.destroy();
  t.is((await ask('GET', '/')).status, 200);
});
