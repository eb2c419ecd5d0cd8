/** What must not be told: macaroons and tokens of a running network stand in no process list, container setting, log or report. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { engineTest } from './with-engine.ts';

const RUN_MS = 4 * 60_000;
const SCENARIO = `name: secrets
question: Does anything tell what it must not?
topology: { line: { nodes: 2, capacity: 10M sat } }
origins: { shop: { near: n1, port: 80 } }
relay: { on: all, exit: { n1: { allow: ['shop:80'] } } }
workloads:
  - { kind: payment, hops: [1], count: 100000 }
`;

engineTest('macaroons, tokens and passwords of a run stand in no process list, container setting, log or report', async (t, { docker }) => {
  t.timeout(RUN_MS);
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'secrets.yaml'), SCENARIO);
  const out = join(folder, 'out');
  const sim = spawn(process.execPath, ['sim/cli.mjs', 'run', join(folder, 'secrets.yaml'), '--network', 'docker', '--out', out], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [sim.stdout, sim.stderr]) stream.on('data', (chunk) => (output += chunk));
  while (sim.exitCode === null && !output.includes('payment, 1 hop')) await delay(200);
  t.is(sim.exitCode, null, output);

  const containers = (await docker.listContainers({ filters: { label: [`leyden.pid=${sim.pid}`] } })).map(({ Id }) =>
    docker.getContainer(Id),
  );
  const secrets = (await Promise.all(containers.map(secretsOf))).flat();
  t.is(secrets.filter(({ what }) => what === 'macaroon').length, 4, 'two nodes’ and their relays’');
  t.is(secrets.filter(({ what }) => what === 'token').length, 2);
  t.true(secrets.filter(({ what }) => what === 'password').length >= 2);
  const told = new Map<string, string>();
  // The processes in containers are this machine's, where the engine runs on it.
  told.set('the process list', (await promisify(execFile)('ps', ['-eo', 'args', '-ww'])).stdout);
  for (const container of containers) {
    const { Config, HostConfig, Name } = await container.inspect();
    told.set(`the settings of ${Name}`, JSON.stringify([Config, HostConfig]));
    told.set(`the log of ${Name}`, ((await container.logs({ stdout: true, stderr: true })) as unknown as Buffer).toString('latin1'));
  }
  sim.kill('SIGINT');
  await once(sim, 'exit');
  t.is(sim.exitCode, 105, output);
  told.set('what sim prints', output);
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) told.set(entry.name, await readFile(join(entry.parentPath, entry.name), 'latin1'));
  t.true(told.has('report.json') && told.has('report.html') && told.has('n0.log') && told.has('n0-relay.log'), [...told.keys()].join());
  t.regex(told.get('the process list')!, /lnd --configfile/);

  for (const [place, text] of told)
    for (const { what, forms } of secrets)
      t.false(
        forms.some((form) => text.includes(form)),
        `${place} holds a ${what}`,
      );
});

interface Secret {
  readonly what: 'macaroon' | 'token' | 'password';
  /** In whichever way it might be written. */
  readonly forms: readonly string[];
}

/** What this container was given to keep. */
const secretsOf = async (container: Docker.Container): Promise<Secret[]> => {
  const { Config, Mounts } = await container.inspect();
  const read = (path: string) => fileOf(container, path);
  const found: Secret[] = [];
  if (Config.Cmd.join(' ').includes('lnd.conf')) {
    const dataDir = Mounts.map(({ Destination }) => Destination).find((path) => path.endsWith('lnd'));
    found.push(macaroon(await read(`${dataDir}/data/chain/bitcoin/regtest/admin.macaroon`)));
    const [, password] = /bitcoind\.rpcpass=(\S+)/.exec((await read('/leyden/lnd.conf')).toString('utf8'))!;
    found.push({ what: 'password', forms: [password!] });
  }
  if (Config.Cmd.join(' ').includes('relay.json')) {
    found.push(macaroon(await read('/leyden/relay.macaroon')));
    found.push({ what: 'token', forms: [(JSON.parse((await read('/leyden/relay.json')).toString('utf8')) as { token: string }).token] });
  }
  return found;
};

/** Its last 32 bytes are the signature; what stands before it, permissions, may be known. */
const macaroon = (bytes: Buffer): Secret => {
  const signature = bytes.subarray(-32);
  return { what: 'macaroon', forms: [signature.toString('hex'), signature.toString('latin1'), bytes.toString('base64').slice(-40)] };
};

/** The first file of a tar archive. */
const fileOf = async (container: Docker.Container, path: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of (await container.getArchive({ path })) as AsyncIterable<Buffer>) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  return whole.subarray(512, 512 + Number.parseInt(whole.toString('latin1', 124, 135), 8));
};
