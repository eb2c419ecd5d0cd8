import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import type Docker from 'dockerode';
import { cleanDocker, type Leftover, listOurs, removeRun, toRemove } from '../../nodes/docker/clean.ts';
import { startContainer } from '../../nodes/docker/container.ts';
import { LOCAL_BITCOIND_REF } from '../../nodes/docker/images/profiles.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { engineTest } from './with-engine.ts';

engineTest('what a killed run left goes; what a living one holds, and what is not ours, stays', async (t, { docker }) => {
  const [dead, living] = [newRunId(), newRunId()];
  t.teardown(() => Promise.all([removeRun(docker, dead), removeRun(docker, living)]));
  // It lives until what it owns is to be cleaned: runs of other test files remove what is nobody's.
  const owner = spawn('sleep', ['600']);
  t.teardown(() => owner.kill('SIGKILL'));
  const orphaned = { ...labelsOf({ runId: dead, keep: false }), ...(await ownerLabels(owner.pid!)) };
  const foreign = await docker.createNetwork({ Name: `not-ours-${dead}` });
  t.teardown(() => foreign.remove());
  for (const [runId, labels] of [
    [dead, orphaned],
    [living, labelsOf({ runId: living, keep: false })],
  ] as const) {
    const name = `leyden-${runId}`;
    await docker.createNetwork({ Name: name, Labels: { ...labels } });
    await docker.createVolume({ Name: name, Labels: { ...labels } });
    await startContainer(docker, {
      name,
      hostname: 'sleeper',
      image: LOCAL_BITCOIND_REF,
      command: ['sleep', '600'],
      labels,
      network: name,
      ports: [],
      dataDir: '/data',
    });
  }
  const anonymous = (await docker.getContainer(`leyden-${dead}`).inspect()).Mounts[0]?.Name;
  t.truthy(anonymous);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const removed = await cleanDocker(docker);
  const kinds = (runId: string) => removed.filter((leftover) => leftover.runId === runId).map(({ kind }) => kind);
  t.deepEqual(kinds(dead), ['container', 'network', 'volume']);
  t.deepEqual(kinds(living), []);
  const left = await listOurs(docker);
  t.false(left.some(({ runId }) => runId === dead));
  t.is(left.filter(({ runId }) => runId === living).length, 3);
  t.true((await docker.listNetworks()).some(({ Name }) => Name === `not-ours-${dead}`));
  // The container's anonymous volume went with it.
  t.false((await docker.listVolumes()).Volumes.some(({ Name }) => Name === anonymous));
});

engineTest('a volume that a killed run was still filling goes with what filled it, a whole one stays', async (t, { docker }) => {
  const runId = newRunId();
  t.teardown(() => removeRun(docker, runId));
  const owner = spawn('sleep', ['600']);
  t.teardown(() => owner.kill('SIGKILL'));
  const labels = { ...labelsOf({ runId, keep: false }), ...(await ownerLabels(owner.pid!)) };
  for (const name of ['keeping', 'sealing']) {
    const volume = `leyden-${name}-${runId}`;
    await docker.createVolume({ Name: volume, Labels: { ...labels, 'leyden.keep': 'true' } });
    await docker.createContainer({
      name: `leyden-${runId}-${name}`,
      Image: LOCAL_BITCOIND_REF,
      Cmd: ['true'],
      Labels: labels,
      HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/kept' }] },
    });
  }
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await cleanDocker(docker);
  const left = (await listOurs(docker)).filter((leftover) => leftover.runId === runId);
  t.deepEqual(
    left.map(({ name }) => name),
    [`leyden-sealing-${runId}`],
  );
});

/** Its number, and when it began (proc(5), field 22). */
const ownerLabels = async (pid: number) => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return { 'leyden.pid': String(pid), 'leyden.started': stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]! };
};

test('what was kept goes only when all is asked for, and what a living run holds never', (t) => {
  const leftover = (state: Leftover['state']): Leftover => ({ kind: 'network', id: state, name: state, runId: state, state });
  const ours = [leftover('orphan'), leftover('held'), leftover('living')];
  t.deepEqual(
    toRemove(ours, false).map(({ id }) => id),
    ['orphan'],
  );
  t.deepEqual(
    toRemove(ours, true).map(({ id }) => id),
    ['orphan', 'held'],
  );
});

test('a volume that is being filled is its run’s, whatever it says of itself; once it is whole it is kept', async (t) => {
  const living = labelsOf({ runId: 'living', keep: false });
  const dead = { ...labelsOf({ runId: 'dead', keep: false }), 'leyden.pid': '999999999' };
  const up = labelsOf({ runId: 'up', keep: true });
  const container = (name: string, labels: Record<string, string>, volume: string) => ({
    Id: name,
    Names: [`/leyden-${name}`],
    Labels: labels,
    Mounts: [{ Name: volume }],
  });
  const volume = (name: string, labels: Record<string, string>) => ({
    Name: name,
    Labels: { ...labels, leyden: 'kept-key', 'leyden.keep': 'true' },
  });
  const engine = {
    listContainers: async () => [
      container('living-keeping', living, 'filled'),
      container('dead-keeping', dead, 'half'),
      container('dead-sealing', dead, 'whole'),
      container('up-keeping', up, 'held'),
    ],
    listNetworks: async () => [],
    listVolumes: async () => ({ Volumes: [volume('filled', living), volume('half', dead), volume('whole', dead), volume('held', up)] }),
  } as unknown as Docker;
  const ours = await listOurs(engine);
  t.deepEqual(
    ours.filter(({ kind }) => kind === 'volume').map(({ name, runId, state }) => [name, runId, state]),
    [
      ['filled', 'living', 'living'],
      ['half', 'dead', 'orphan'],
      ['whole', 'kept-key', 'held'],
      ['held', 'up', 'held'],
    ],
  );
  t.deepEqual(
    toRemove(ours, false).map(({ name }) => name),
    ['leyden-dead-keeping', 'leyden-dead-sealing', 'half'],
  );
});
