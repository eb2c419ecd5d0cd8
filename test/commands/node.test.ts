import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { BAKE_COMMAND, RELAY_PERMISSIONS } from '../../nodes/lnd/relay-permissions.ts';
import { configurationOf, type NodeFlags } from '../../sim/commands/node/flags.ts';
import { assertMayPay } from '../../sim/commands/node/real-money.ts';
import { tokenOf } from '../../sim/commands/node/token-file.ts';
import { scratch } from './scratch.ts';

const PLAN = { budgetMsat: 1_000, feeLimitMsat: 10, allow: [] };

const flags = async (folder: string, more: Partial<NodeFlags> = {}): Promise<NodeFlags> => {
  await writeFile(join(folder, 'tls.cert'), 'cert');
  await writeFile(join(folder, 'relay.macaroon'), 'macaroon');
  return {
    lndSocket: 'localhost:10009',
    lndCert: join(folder, 'tls.cert'),
    lndMacaroon: join(folder, 'relay.macaroon'),
    name: 'relay',
    folder: join(folder, 'state'),
    tokenFile: undefined,
    apiPort: 0,
    socksPort: 0,
    gatewayPort: undefined,
    allow: ['shop:80'],
    budgetSat: 100,
    budgetSatPerDay: 50,
    budgetSatPerSession: undefined,
    feeLimitSat: 10,
    ...more,
  };
};

test('flags make the configuration of a relay, on loopback, and a token that its owner alone reads', async (t) => {
  const folder = await scratch(t);
  const made = await configurationOf(await flags(folder));
  t.deepEqual(made.plan, { budgetMsat: 100_000, budgetPerDayMsat: 50_000, feeLimitMsat: 10_000, allow: ['shop:80'] });
  t.is(made.api.host, '127.0.0.1');
  t.is(made.socks.onDemand, 'token');
  t.regex(made.token, /^[0-9a-f]{64}$/);
  const file = join(folder, 'state', 'token');
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.is((await readFile(file, 'utf8')).trim(), made.token);
  t.is((await configurationOf(await flags(folder))).token, made.token, 'the same at the next start');
});

test('what is missing or wrong is named, with the macaroon’s command', async (t) => {
  const folder = await scratch(t);
  const missing = await t.throwsAsync(configurationOf(await flags(folder, { lndMacaroon: undefined })), { instanceOf: ScenarioError });
  t.true(missing.hint?.includes(BAKE_COMMAND));
  for (const wrong of [{ lndCert: join(folder, 'none') }, { apiPort: 70_000 }, { budgetSat: 1.5 }, { budgetSatPerDay: -1 }])
    await t.throwsAsync(configurationOf(await flags(folder, wrong)), { instanceOf: ScenarioError });
});

test('a token that others can read, or that is too short, is refused', async (t) => {
  const file = join(await scratch(t), 'token');
  await writeFile(file, 'a'.repeat(64));
  await chmod(file, 0o644);
  t.regex((await t.throwsAsync(tokenOf(file), { instanceOf: ScenarioError })).message, /mode 644/);
  await chmod(file, 0o600);
  t.is(await tokenOf(file), 'a'.repeat(64));
  await writeFile(file, 'short');
  await t.throwsAsync(tokenOf(file), { instanceOf: ScenarioError });
});

test('real money wants --mainnet and a budget for each day', (t) => {
  t.notThrows(() => assertMayPay(['regtest'], PLAN, false));
  t.regex(
    t.throws(() => assertMayPay(['mainnet'], PLAN, false), { instanceOf: ScenarioError }).hint ?? '',
    /--mainnet --budget-sat-per-day/,
  );
  t.throws(() => assertMayPay(['mainnet'], { ...PLAN, budgetPerDayMsat: 5 }, false), { instanceOf: ScenarioError });
  t.regex(t.throws(() => assertMayPay(['mainnet'], PLAN, true), { instanceOf: ScenarioError }).message, /each day/);
  t.notThrows(() => assertMayPay(['mainnet'], { ...PLAN, budgetPerDayMsat: 5 }, true));
});

test('the permissions leave on-chain funds, channels and further macaroons out of reach', (t) => {
  for (const { entity } of RELAY_PERMISSIONS) t.false(['onchain', 'address', 'macaroon'].includes(entity), entity);
  t.false(RELAY_PERMISSIONS.some(({ entity, action }) => entity === 'info' && action === 'write'));
  t.false(RELAY_PERMISSIONS.some(({ entity, action }) => entity === 'invoices' && action === 'write'));
  for (const { entity, action } of RELAY_PERMISSIONS) t.true(BAKE_COMMAND.includes(`${entity}:${action}`));
});
