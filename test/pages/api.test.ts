/** Pages over a relay's API, as the bench and `sim node publish|get` use them. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { IntegrityError, NotFoundError, RefusedError, ScenarioError } from '../../nodes/errors.ts';
import { connectRelay } from '../../nodes/relay/client.ts';
import type { EnginePages } from '../../nodes/relay/pages/pages.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { wallClock } from '../../nodes/wall.ts';
import { fakeRelay } from '../relay/fake-relay.ts';
import { type Joined, joined, PUBLISHER, READER } from './direct.ts';
import { bytesOf, file, noise } from './line.ts';

const TOKEN = 'c'.repeat(64);
const LARGE = noise('large', 2_000_000);

const served = async (t: ExecutionContext, pages: EnginePages, publicKey: string) => {
  const relay = { ...fakeRelay(), publicKey, pages };
  const nodeKey = async () => publicKey;
  const common = { host: '127.0.0.1', apiPort: 0, socksPort: 0, socksUdpPort: 0, onDemand: 'token' as const, clock: wallClock };
  const server = await serveRelay(relay, { ...common, nodeKey, token: TOKEN });
  t.teardown(() => server[Symbol.asyncDispose]());
  const endpoint = {
    node: 'n',
    publicKey,
    apiUrl: `http://127.0.0.1:${server.apiPort}`,
    socksHost: '127.0.0.1',
    socksPort: 0,
    socksUdpPort: 0,
    token: TOKEN,
  };
  return { client: connectRelay(endpoint, wallClock).pages, apiUrl: endpoint.apiUrl };
};

const both = async (
  t: ExecutionContext,
): Promise<{ pages: Joined; publisher: Awaited<ReturnType<typeof served>>; reader: Awaited<ReturnType<typeof served>> }> => {
  const pages = await joined();
  t.teardown(() => pages[Symbol.asyncDispose]());
  return { pages, publisher: await served(t, pages.publisher, PUBLISHER), reader: await served(t, pages.reader, READER) };
};

test('a site is published and read through two relays’ APIs, in bounded pieces', async (t) => {
  const { pages, publisher, reader } = await both(t);
  let told = 0;
  const progress = (bytes: number): void => {
    told = bytes;
  };
  const site = await publisher.client.publish({ files: [file('index.html', 'hello'), file('large.bin', LARGE)], progress });
  t.is(told, 2_000_005);
  t.deepEqual(await publisher.client.sites(), [site]);
  const page = await reader.client.get({ url: pages.url('/large.bin') });
  t.like(page, { path: 'large.bin', size: 2_000_000, first: 0, bytes: 2_000_000, root: site.root });
  t.true((await bytesOf(page)).equals(LARGE));
  const part = await reader.client.get({ url: pages.url('/large.bin'), range: { first: 70_000, last: 70_009 } });
  t.true((await bytesOf(part)).equals(LARGE.subarray(70_000, 70_010)));
});

test('failures keep their names, also those in the middle of a file', async (t) => {
  const { pages, publisher, reader } = await both(t);
  await publisher.client.publish({ files: [file('large.bin', LARGE)] });
  await t.throwsAsync(reader.client.get({ url: pages.url('/none') }), { instanceOf: NotFoundError });
  await t.throwsAsync(reader.client.get({ url: 'http://elsewhere/' }), { instanceOf: ScenarioError });
  await t.throwsAsync(reader.client.get({ url: pages.url('/large.bin'), bytesMax: 5 }), { instanceOf: RefusedError });
  await t.throwsAsync(publisher.client.publish({ files: [file('../a', 'x')] }), { instanceOf: RefusedError });
  let seen = 0;
  pages.way.down = (bytes) => {
    seen += bytes.length;
    if (seen < 1_000_000) return bytes;
    const altered = Buffer.from(bytes);
    altered[altered.length - 1]! ^= 1;
    return altered;
  };
  await t.throwsAsync(async () => bytesOf(await reader.client.get({ url: pages.url('/large.bin'), from: 'cold' })), {
    instanceOf: IntegrityError,
  });
});

test('a half upload over the API changes nothing and can be given up', async (t) => {
  const { publisher } = await both(t);
  const before = await publisher.client.publish({ files: [file('a', 'one')] });
  const upload = await publisher.client.begin('');
  await upload.chunks([Buffer.from('two')]);
  t.deepEqual(await publisher.client.sites(), [before]);
  await upload.cancel();
  await t.throwsAsync(upload.publish(), { instanceOf: RefusedError });
  await t.throwsAsync(upload.chunks([Buffer.alloc(65_537)]));
  t.deepEqual(await publisher.client.sites(), [before]);
});

test('sim node publish and get: a folder goes in, a file comes out, whole or not at all', async (t) => {
  t.timeout(240_000); // five processes
  const { pages, publisher, reader } = await both(t);
  const folder = await mkdtemp(join(tmpdir(), 'leyden-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'index.html'), '<h1>by hand</h1>');
  await writeFile(join(folder, 'large.bin'), LARGE);
  const [tokenFile, out] = [join(folder, '.token'), await mkdtemp(join(tmpdir(), 'leyden-out-'))];
  t.teardown(() => rm(out, { recursive: true, force: true }));
  await writeFile(tokenFile, `${TOKEN}\n`);
  const sim = async (apiUrl: string, ...args: string[]) => {
    const env = { ...process.env, LEYDEN_API: apiUrl, LEYDEN_TOKEN_FILE: tokenFile };
    return promisify(execFile)(process.execPath, ['sim/cli.mjs', 'node', ...args], { env, encoding: 'buffer', maxBuffer: 10_000_000 });
  };
  const said = (await sim(publisher.apiUrl, 'publish', folder, '--name', 'blog')).stdout.toString();
  t.true(said.startsWith(`leyden://blog.${PUBLISHER}/`), said);
  const target = join(out, 'large.bin');
  await sim(reader.apiUrl, 'get', pages.url('/large.bin', 'blog'), '-o', target);
  t.true((await readFile(target)).equals(LARGE));
  t.is((await sim(reader.apiUrl, 'get', pages.url('/', 'blog'))).stdout.toString(), '<h1>by hand</h1>');
  const failed = (await t.throwsAsync(sim(reader.apiUrl, 'get', pages.url('/none', 'blog'), '-o', join(out, 'none')))) as Error & {
    code?: number;
    stderr?: Buffer;
  };
  t.is(failed.code, 99);
  t.regex(String(failed.stderr), /the site has no none/);
  t.deepEqual(await readdir(out), ['large.bin']);
  const usage = (await t.throwsAsync(sim(reader.apiUrl, 'get', 'http://x/'))) as Error & { code?: number };
  t.is(usage.code, 104);
});

test('Ctrl-C in the middle of a get leaves no half file, and the next get goes on from the relay’s cache', async (t) => {
  t.timeout(240_000);
  const { pages, publisher, reader } = await both(t);
  await publisher.client.publish({ files: [file('large.bin', LARGE)] });
  const out = await mkdtemp(join(tmpdir(), 'leyden-out-'));
  t.teardown(() => rm(out, { recursive: true, force: true }));
  await writeFile(join(out, '.token'), TOKEN);
  let seen = 0;
  pages.way.down = (bytes) => {
    seen += bytes.length;
    return seen < 1_500_000 ? bytes : Buffer.alloc(0); // then silence
  };
  const args = ['get', pages.url('/large.bin'), '-o', join(out, 'large.bin'), '--api', reader.apiUrl, '--token-file', join(out, '.token')];
  const child = spawn(process.execPath, ['sim/cli.mjs', 'node', ...args], { stdio: 'ignore' });
  while (seen < 1_500_000 || !(await readdir(out)).includes('large.bin.part')) await wallClock.sleep(50);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  t.is(code, 105);
  t.deepEqual(await readdir(out), ['.token']);
  pages.way.down = (bytes) => bytes;
  const before = pages.way.bytes;
  t.true((await bytesOf(await reader.client.get({ url: pages.url('/large.bin') }))).equals(LARGE));
  t.true(pages.way.bytes - before < 1_100_000, `${pages.way.bytes - before} B were fetched again`);
});
