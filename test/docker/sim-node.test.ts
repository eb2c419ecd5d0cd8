/** `sim node` beside LNDs that the bench did not start, with the macaroon that its own documented line makes: two programs of the host, two LNDs in containers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { AnonymityError, RefusedError } from '../../nodes/errors.ts';
import type { RelayClient } from '../../nodes/node.ts';
import { serveOrigin } from '../../nodes/origin.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { wallClock } from '../../nodes/wall.ts';
import { scratch } from '../commands/scratch.ts';
import { download, expected } from '../relay-contract/http.ts';
import { type ForeignLnd, startForeignLnds } from './foreign-lnds.ts';
import { engineTest } from './with-engine.ts';

const CLI = fileURLToPath(new URL('../../sim/cli.mjs', import.meta.url));
const BYTES = { keysend: 3_000, 'onion-message': 30_000, 'peer-message': 300_000 } as const;
const READY_MS = 90_000;

engineTest('docker: sim node serves beside LNDs of others, with the macaroon that it asks for', async (t, { docker }) => {
  t.timeout(220_000);
  const folder = await scratch(t);
  const origin = await listening(t, true);
  const elsewhere = await listening(t, false);
  const nobodyAt = sim(t, folder, [
    '--lnd-socket',
    `localhost:${await closedPort()}`,
    ...(await credentials(folder, 'none', Buffer.from(rootCertificates[0]!), Buffer.from('m'))),
  ]);
  await using foreign = await startForeignLnds(docker);
  const [alice, bob] = foreign.lnds;
  t.log('two LNDs with a channel', `${Math.round(performance.now())} ms`);

  const bake = (await ended(sim(t, folder, ['--help']))).out.split('The least macaroon that serves:\n')[1]!;
  t.true(bake.startsWith('lncli bakemacaroon '));
  const baked = async (lnd: ForeignLnd): Promise<Buffer> => {
    await lnd.run(['sh', '-c', bake]);
    return lnd.run(['cat', 'relay.macaroon']);
  };
  const [atAlice, atBob] = [await baked(alice), await baked(bob)];
  const refusals: [string, Promise<Ended>, number, RegExp][] = [];
  const refused = async (what: string, socket: string, cert: Buffer, macaroon: Buffer, code: number, says: RegExp): Promise<void> => {
    const run = sim(t, folder, ['--lnd-socket', socket, ...(await credentials(folder, what, cert, macaroon))]);
    refusals.push([what, ended(run), code, says]);
  };

  const client = await relay(t, folder, 'alice', alice, atAlice, []);
  const exit = await relay(t, folder, 'bob', bob, atBob, ['--allow', `127.0.0.1:${origin.port}`]);
  t.log('two relays', `${Math.round(performance.now())} ms`);
  await t.throwsAsync(client.relay.openSession({ exit: bob.publicKey, carrier: 'keysend' }), { instanceOf: AnonymityError });
  for (const carrier of ['keysend', 'onion-message', 'peer-message'] as const) {
    await using session = await client.relay.openSession({ exit: bob.publicKey, carrier, identity: 'named' });
    const got = await download(await session.connect('127.0.0.1', origin.port), BYTES[carrier], carrier);
    t.deepEqual(got, expected(BYTES[carrier], carrier), carrier);
    const no = await t.throwsAsync(session.connect('127.0.0.1', elsewhere.port), { instanceOf: RefusedError });
    t.regex(no.message, /allowlist/);
    t.log(carrier, `${Math.round(performance.now())} ms`, await session.stats());
  }
  t.is(elsewhere.calls(), 0, 'nobody was let through');
  t.truthy(await client.relay.own.sign(Buffer.from('hello')));

  for (const { child } of [client, exit]) child.kill('SIGINT');
  for (const { over, name } of [client, exit]) {
    const { code, out, err } = await over;
    t.is(code, 0, `${name}: ${out}${err}`);
    t.regex(out, /relay stopping/);
  }

  const readonly = await alice.run(['cat', `${alice.dataDir}/data/chain/bitcoin/regtest/readonly.macaroon`]);
  await refused('a macaroon of another LND', alice.socket, alice.cert, atBob, 104, /refuses this macaroon/);
  await refused('what is no macaroon', alice.socket, alice.cert, Buffer.from('nothing'), 104, /refuses this macaroon/);
  await refused(
    'a macaroon that permits too little',
    alice.socket,
    alice.cert,
    readonly,
    104,
    /does not permit what a relay needs: offchain:write, /,
  );
  await refused('a certificate of another LND', alice.socket, bob.cert, atAlice, 104, /another certificate/);
  for (const [what, run, code, says] of refusals) {
    const result = await run;
    t.is(result.code, code, `${what}: ${result.out}${result.err}`);
    t.regex(result.err, says, what);
    t.log(what, result.err);
  }
  const late = await ended(nobodyAt);
  t.is(late.code, 2);
  t.regex(late.err, /did not answer within 60 s: .*ECONNREFUSED/);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly over: Promise<Ended>;
  out(): string;
}

/** As a person would start it; `npm_command` as npx has it, so that it ends when this process does. */
const sim = (t: ExecutionContext, folder: string, words: readonly string[]): Run => {
  const own = words.includes('--help') ? [] : ['--api-port', '0', '--socks-port', '0'];
  const child = spawn(process.execPath, [CLI, 'node', ...words, ...own], {
    cwd: folder,
    env: { ...process.env, npm_command: 'exec' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk;
  });
  t.teardown(() => child.kill('SIGKILL'));
  return { child, over: once(child, 'close').then(([code]) => ({ code: code as number | null, ...said })), out: () => said.out };
};

/** One that should have refused, and serves instead, is stopped. */
const ended = async ({ child, over }: Run): Promise<Ended> => {
  const stop = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  return over.finally(() => clearTimeout(stop));
};

const credentials = async (folder: string, name: string, cert: Buffer, macaroon: Buffer): Promise<string[]> => {
  const [certFile, macaroonFile] = [join(folder, `${name}.cert`), join(folder, `${name}.macaroon`)];
  await writeFile(certFile, cert);
  await writeFile(macaroonFile, macaroon);
  return ['--lnd-cert', certFile, '--lnd-macaroon', macaroonFile, '--folder', join(folder, name)];
};

/** Resolves when it is ready. */
const relay = async (
  t: ExecutionContext,
  folder: string,
  name: string,
  { socket, cert, publicKey }: ForeignLnd,
  macaroon: Buffer,
  more: readonly string[],
): Promise<Run & { readonly name: string; readonly relay: RelayClient }> => {
  const tokenFile = join(folder, `${name}.token`);
  const files = await credentials(folder, name, cert, macaroon);
  const run = sim(t, folder, [
    '--lnd-socket',
    socket,
    ...files,
    '--token-file',
    tokenFile,
    '--name',
    name,
    '--budget-sat',
    '10000',
    ...more,
  ]);
  for (const deadline = performance.now() + READY_MS; !run.out().includes('relay ready'); ) {
    if (run.child.exitCode !== null || performance.now() > deadline)
      throw new Error(`no relay beside ${name}: ${JSON.stringify(await Promise.race([run.over, run.out()]))}`);
    await wallClock.sleep(50);
  }
  const [, apiUrl, socksPort] = /API (http:\S+), SOCKS5 127\.0\.0\.1:(\d+)/.exec(run.out())!;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const endpoint = { node: name, publicKey, apiUrl: apiUrl!, socksHost: '127.0.0.1', socksPort: Number(socksPort), socksUdpPort: 0, token };
  return { ...run, name, relay: connectRelay(endpoint, wallClock) };
};

const listening = async (t: ExecutionContext, serves: boolean): Promise<{ readonly port: number; calls(): number }> => {
  let calls = 0;
  const server: Server = createServer((socket) => {
    calls++;
    if (serves) serveOrigin(socket);
    else socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return { port: (server.address() as AddressInfo).port, calls: () => calls };
};

const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
