/** The command as its user runs it, on real nodes; and what stays behind when it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type Docker from 'dockerode';
import { cleanDocker } from '../../nodes/docker/clean.ts';
import type { Report } from '../../sim/measure/report.ts';
import { engineTest } from './with-engine.ts';

const RUN_DEADLINE_MS = 8 * 60_000;

engineTest('the smallest scenario runs on real nodes, reports, and leaves nothing behind', async (t, { docker }) => {
  t.timeout(RUN_DEADLINE_MS);
  const { child, out, output } = await sim(t);
  await once(child, 'exit');
  t.is(child.exitCode, 0, output());
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
  t.is(report.network.kind, 'docker');
  t.is(report.metrics.find(({ name }) => name === 'accounting_error_msat')?.value, 0);
  t.true(report.metrics.some(({ name, tags }) => name === 'tunnel_goodput_bytes_per_s' && tags.carrier === 'peer-message'));
  const used = report.metrics.filter(({ name, tags }) => name === 'cpu_s_per_mib' && tags.node !== 'n2');
  t.true(used.length > 0 && used.every(({ value }) => (value ?? 0) > 0), 'no process carries bytes for nothing');
  const growth = report.metrics.find(({ name, tags }) => name === 'database_bytes_per_mib' && tags.carrier === 'keysend');
  t.true((growth?.value ?? 0) > 0, 'every keysend stands in LND’s database');
  const { cores, clockSource, load1, dataVolume } = report.host;
  t.true(cores > 0 && load1 >= 0 && clockSource !== '');
  t.truthy(dataVolume?.storage);
  t.true((dataVolume?.fsyncsPerS ?? 0) > 0);
  t.deepEqual(await ownedBy(docker, child), []);
});

engineTest('Ctrl-C while nodes come up ends with 105 and leaves nothing behind', async (t, { docker }) => {
  t.timeout(RUN_DEADLINE_MS);
  const { child, output } = await sim(t);
  await containers(docker, child);
  child.kill('SIGINT');
  await once(child, 'exit');
  t.is(child.exitCode, 105, output());
  t.deepEqual(await ownedBy(docker, child), []);
});

engineTest('what a run leaves that was killed outright is gone after the next cleaning', async (t, { docker }) => {
  t.timeout(RUN_DEADLINE_MS);
  const { child } = await sim(t);
  await containers(docker, child);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.not((await ownedBy(docker, child)).length, 0, 'there was something to leave');
  await settled(docker, child);
  await cleanDocker(docker);
  t.deepEqual(await ownedBy(docker, child), []);
});

engineTest('three minutes of churn lose no byte and no msat, and the report says how long each event was felt', async (t, { docker }) => {
  t.timeout(2 * RUN_DEADLINE_MS);
  const { child, out, output } = await sim(t, 'soak-short');
  await once(child, 'exit');
  t.is(child.exitCode, 0, output());
  const { metrics } = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
  t.is(metrics.find(({ name }) => name === 'accounting_error_msat')?.value, 0);
  t.true(metrics.some(({ name, summary }) => name === 'recovery_ms' && summary !== undefined && summary.max < 60_000));
  const values = (wanted: string) => metrics.filter(({ name }) => name === wanted).map(({ value }) => value ?? Number.NaN);
  const whole = metrics.filter(({ name, tags }) => name === 'soak_transfers' && tags.outcome === 'whole');
  t.deepEqual(whole.map(({ tags }) => tags.carrier).toSorted(), ['htlc-record', 'keysend', 'onion-message', 'peer-message']);
  // sim and three relays. In three minutes they still warm up: what doubles is a leak all the same.
  t.is(values('memory_drift_ratio').length, 4);
  for (const ratio of [...values('memory_drift_ratio'), ...values('descriptor_drift_ratio')]) t.true(ratio < 1.5, `${ratio}`);
  t.is(values('database_growth_bytes').length, 3);
  t.deepEqual(await ownedBy(docker, child), []);
});

/** `sim run scenarios/… --network docker`, as one process: signals reach it and its number is on what it makes. */
const sim = async (t: ExecutionContext, scenario = 'smallest'): Promise<{ child: ChildProcess; out: string; output: () => string }> => {
  const out = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(out, { recursive: true, force: true }));
  const child = spawn(process.execPath, ['sim/cli.mjs', 'run', `scenarios/${scenario}.yaml`, '--network', 'docker', '--out', out], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return { child, out, output: () => text };
};

const ownedBy = async (docker: Docker, child: ChildProcess): Promise<readonly string[]> => {
  const filters = { label: [`leyden.pid=${child.pid}`] };
  const [found, networks] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listNetworks({ filters })]);
  return [...found.flatMap(({ Names }) => Names), ...networks.map(({ Name }) => Name)];
};

/** The engine still makes what it was asked for before the kill. */
const settled = async (docker: Docker, child: ChildProcess): Promise<void> => {
  for (let before = ''; ; ) {
    const now = JSON.stringify((await ownedBy(docker, child)).toSorted());
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
};

/** Until bitcoind and two of the LNDs run: the middle of bring-up. */
const containers = async (docker: Docker, child: ChildProcess): Promise<void> => {
  while (child.exitCode === null && child.signalCode === null) {
    const running = await docker.listContainers({ filters: { label: [`leyden.pid=${child.pid}`] } });
    if (running.length >= 3) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
