/**
 * Cleanup as a promise: whatever ends a run, the engine is as it was before once the next `sim` has looked. Containers and networks of
 * these runs are counted, and all volumes that no container has, since a node's data lies in such, but for networks that are kept on
 * purpose. Of a run that is killed while it keeps one, what it kept is counted too.
 *
 * `LEYDEN_KILLS` (10) is how often a run is killed outright, `LEYDEN_RUNS_IN_A_ROW` (2; twenty before a release) how many follow each other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type Docker from 'dockerode';
import { KEEPING } from '../../nodes/docker/labels.ts';
import type { Report } from '../../sim/measure/report.ts';
import { engineTest } from './with-engine.ts';

const KILLS = Number(process.env.LEYDEN_KILLS ?? 10);
const IN_A_ROW = Number(process.env.LEYDEN_RUNS_IN_A_ROW ?? 2);
const RUN_MS = 5 * 60_000;
/** Some seconds of workload between bring-up from a kept network and taking down. */
const PAYMENTS = 60;

const SCENARIO = `name: two
question: Do two nodes come up and go?
topology: { line: { nodes: 2, capacity: 10M sat } }
origins: { shop: { near: n1, port: 80 } }
relay: { on: all, exit: { n1: { allow: ['shop:80'] } } }
workloads:
  - { kind: payment, hops: [1], count: COUNT }
thresholds: { accounting_error_msat: value == 0 }
`;

engineTest(`a run that is killed outright at ${KILLS} random moments leaves nothing once the next one has run`, async (t, { docker }) => {
  t.timeout(RUN_MS + KILLS * 60_000);
  const before = await inventory(docker);
  // The first leaves a kept network, the second starts from it as those that are killed do.
  await wholeMs(t, 1);
  const runMs = await wholeMs(t, PAYMENTS);
  for (let kill = 1; kill <= KILLS; kill++) {
    const { child } = await sim(t, PAYMENTS);
    // One in each tenth of a run, so that bring-up, workload and taking down all have theirs.
    const ms = ((kill - Math.random()) * runMs) / KILLS;
    await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, ms))]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    t.log(
      `${kill}: killed after ${ms.toFixed(0)} of ${runMs.toFixed(0)} ms, left ${(await inventory(docker)).length - before.length} things`,
    );
  }
  await settled(docker);
  const { child, output } = await sim(t, 5);
  await once(child, 'exit');
  t.is(child.exitCode, 0, output());
  t.deepEqual(await inventory(docker), before);
});

engineTest('a run that is killed while its network is copied leaves no half of a kept one', async (t, { docker }) => {
  t.timeout(2 * RUN_MS);
  const before = await inventory(docker);
  // A capacity that no other run has: nothing was kept of it before.
  const { child, output } = await sim(t, 5, ['--set', `topology.line.capacity=${randomInt(1_000_000, 9_000_000)} sat`]);
  const filters = { label: [`leyden.pid=${child.pid}`] };
  const volumes = async () => ((await docker.listVolumes({ filters })).Volumes ?? []).map(({ Name }) => Name);
  t.teardown(async () => {
    for (const name of await volumes()) await docker.getVolume(name).remove();
  });
  const copying = async () => (await docker.listContainers({ all: true, filters: { ...filters, name: [KEEPING] } })).length > 0;
  while (child.exitCode === null && !(await copying())) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  t.is(child.signalCode, 'SIGKILL', output());
  await settled(docker);
  // It looks for no kept network: nothing but the cleanup before a run can have removed what the other was making.
  const next = await sim(t, 5, ['--fresh']);
  await once(next.child, 'exit');
  t.is(next.child.exitCode, 0, next.output());
  t.deepEqual(await volumes(), []);
  t.deepEqual(await inventory(docker), before);
});

engineTest('SIGINT in the middle of a workload: a report of what there was, exit 105, nothing left', async (t, { docker }) => {
  t.timeout(RUN_MS);
  const before = await inventory(docker);
  const { child, out, output } = await sim(t, 100_000);
  await said(child, output, 'payment, 1 hop');
  child.kill('SIGINT');
  await once(child, 'exit');
  t.is(child.exitCode, 105, output());
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
  t.is(report.ended?.error, 'InterruptedError');
  t.deepEqual(await inventory(docker), before);
});

engineTest('SIGTERM while the network comes up: exit 105, nothing left', async (t, { docker }) => {
  t.timeout(RUN_MS);
  const before = await inventory(docker);
  const { child, output } = await sim(t, 5);
  while (child.exitCode === null && (await inventory(docker)).length === before.length)
    await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGTERM');
  await once(child, 'exit');
  t.is(child.exitCode, 105, output());
  t.deepEqual(await inventory(docker), before);
});

for (const [what, more] of [
  ['a network', []],
  ['a network with links', ['--set', 'links.delay=1 ms']],
] as const)
  engineTest(`${what} that does not come up keeps its logs and nothing else`, async (t, { docker }) => {
    t.timeout(RUN_MS);
    const before = await inventory(docker);
    const { child, out, output } = await sim(t, 5, ['--set', 'nodes.flags=["--no-such-flag=1"]', ...more]);
    await once(child, 'exit');
    t.is(child.exitCode, 2, output());
    const logs = await readdir(join(out, 'logs'));
    t.true(logs.includes('n0.log') && logs.includes('bitcoind.log'), logs.join());
    t.regex(await readFile(join(out, 'logs', 'n0.log'), 'utf8'), /no-such-flag/);
    t.deepEqual(await inventory(docker), before);
  });

engineTest('two runs side by side both end well, and neither takes what is the other’s', async (t, { docker }) => {
  t.timeout(2 * RUN_MS);
  const before = await inventory(docker);
  const both = [await sim(t, 20), await sim(t, 20)];
  await Promise.all(both.map(({ child }) => once(child, 'exit')));
  for (const { child, output } of both) t.is(child.exitCode, 0, output());
  t.deepEqual(await inventory(docker), before);
});

engineTest(`${IN_A_ROW} runs in a row leave containers, networks, volumes and layers as before`, async (t, { docker }) => {
  t.timeout(IN_A_ROW * RUN_MS);
  const before = await inventory(docker);
  const layers = (await docker.df()) as { LayersSize: number };
  for (let run = 1; run <= IN_A_ROW; run++) {
    const { child, output } = await sim(t, 5);
    await once(child, 'exit');
    t.is(child.exitCode, 0, output());
  }
  t.deepEqual(await inventory(docker), before);
  t.is(((await docker.df()) as { LayersSize: number }).LayersSize, layers.LayersSize);
});

/** How long a run takes that nobody disturbs. */
const wholeMs = async (t: ExecutionContext, payments: number): Promise<number> => {
  const startMs = performance.now();
  const { child, output } = await sim(t, payments);
  await once(child, 'exit');
  t.is(child.exitCode, 0, output());
  return performance.now() - startMs;
};

/** As one process: signals reach it, and its number is on what it makes. */
const sim = async (
  t: ExecutionContext,
  payments: number,
  more: readonly string[] = [],
): Promise<{ child: ChildProcess; out: string; output: () => string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'two.yaml');
  await writeFile(file, SCENARIO.replace('COUNT', String(payments)));
  const out = join(folder, 'out');
  const child = spawn(process.execPath, ['sim/cli.mjs', 'run', file, '--network', 'docker', '--out', out, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(String(child.pid));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return { child, out, output: () => text };
};

const said = async (child: ChildProcess, output: () => string, words: string): Promise<void> => {
  while (child.exitCode === null && child.signalCode === null && !output().includes(words))
    await new Promise((resolve) => setTimeout(resolve, 200));
};

const LOOKS_MAX = 10;

/** The engine still makes what a run asked for that was killed since. */
const settled = async (docker: Docker): Promise<void> => {
  let last: string | null = null;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const now = (await inventory(docker)).join();
    if (now === last) return;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
};

/** Numbers of the processes that this file started: others may use the engine too. */
const started = new Set<string>();

/** Containers and networks of ours, and the volumes that no container has; sorted. */
const inventory = async (docker: Docker): Promise<readonly string[]> => {
  const filters = { label: ['leyden'] };
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters: { dangling: ['true'] } }),
  ]);
  const ours = (labels: Record<string, string> | undefined) => started.has(labels?.['leyden.pid'] ?? '');
  return [
    ...containers.filter(({ Labels }) => ours(Labels)).map(({ Names }) => `container ${Names[0]}`),
    ...networks.filter(({ Labels }) => ours(Labels)).map(({ Name }) => `network ${Name}`),
    ...(Volumes ?? []).filter(({ Name }) => !Name.startsWith('leyden-kept-')).map(({ Name }) => `volume ${Name}`),
  ].toSorted();
};
