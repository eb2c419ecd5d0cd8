/** The file of `sim node --config`. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { readConfiguration } from '../../sim/commands/node/configuration.ts';

test('the README’s example is read as it stands, its paths from where the file is', async (t) => {
  const [, example] = /```json\n(\{ "name"[^`]+)```/.exec(await readFile('README.md', 'utf8'))!;
  const folder = await folderWith(t, { 'relay.json': example!, 'tls.cert': 'a certificate', 'relay.macaroon': 'a macaroon' });
  const { lnd, api, socks, plan, journal, shelf } = await readConfiguration(join(folder, 'relay.json'));
  t.deepEqual([lnd.socket, String(lnd.cert), String(lnd.macaroon)], ['localhost:10009', 'a certificate', 'a macaroon']);
  t.deepEqual([api, socks.port, socks.onDemand], [{ host: '127.0.0.1', port: 9_500 }, 1_080, 'token']);
  t.deepEqual(plan.terms?.price, { msat: 10_000, per: 'MiB' });
  t.deepEqual([journal, shelf], [join(folder, 'journal.sqlite'), join(folder, 'pages')]);
});

test('everything that is wrong with it is named by its key, and a file that is missing by its path', async (t) => {
  const bad = { name: '', lnd: { socket: 'localhost:10009', certFile: 'tls.cert', macaroonFile: 'none' }, token: 'short', luck: true };
  const folder = await folderWith(t, { 'relay.json': JSON.stringify(bad), 'no.json': '{' });
  const error = await t.throwsAsync(readConfiguration(join(folder, 'relay.json')), { instanceOf: ScenarioError });
  for (const key of ['name', 'token', 'luck', 'api', 'socks', 'plan']) t.regex(error.message, new RegExp(`\\b${key}\\b`));
  await t.throwsAsync(readConfiguration(join(folder, 'no.json')), { instanceOf: ScenarioError, message: /no\.json is no JSON/ });
  await t.throwsAsync(readConfiguration(join(folder, 'nowhere.json')), {
    instanceOf: ScenarioError,
    message: /nowhere\.json cannot be read/,
  });
});

const folderWith = async (t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-node-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  return folder;
};
