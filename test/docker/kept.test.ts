/** Keeping and restoring data folders, with processes that are no LNDs: what LND makes of it is tested in kept-and-linked.test.ts. */

import { listOurs, toRemove } from '../../nodes/docker/clean.ts';
import { startContainer } from '../../nodes/docker/container.ts';
import { buildImage } from '../../nodes/docker/images/build.ts';
import { LOCAL_BITCOIND_REF } from '../../nodes/docker/images/profiles.ts';
import { SILENT } from '../../nodes/docker/images/progress.ts';
import { findKept, KEPT_LABEL, keepNetwork } from '../../nodes/docker/kept/kept-network.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { engineTest } from './with-engine.ts';

const DATA = '/root/.data';

engineTest(
  'data folders that were kept stand in new containers before they start, and only clean --all removes them',
  async (t, { docker }) => {
    const key = `test-${newRunId()}`;
    const runOf = () => {
      const runId = newRunId();
      return { docker, key, runId, labels: labelsOf({ runId, keep: false }), image: LOCAL_BITCOIND_REF };
    };
    t.teardown(async () => {
      const { Volumes } = await docker.listVolumes({ filters: { label: [`${KEPT_LABEL}=${key}`] } });
      for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
    });
    await using stack = new AsyncDisposableStack();
    const first = runOf();
    const network = await docker.createNetwork({ Name: `leyden-${first.runId}`, Labels: first.labels });
    stack.defer(() => network.remove());
    const sleeper = (run: typeof first, name: string, prepare?: Parameters<typeof startContainer>[1]['prepare']) =>
      startContainer(docker, {
        name: `leyden-${run.runId}-${name}`,
        hostname: name,
        image: LOCAL_BITCOIND_REF,
        command: ['sleep', '600'],
        labels: run.labels,
        network: `leyden-${first.runId}`,
        ports: [],
        dataDir: DATA,
        prepare,
      });
    t.is(await findKept(first), null);
    const made = [stack.use(await sleeper(first, 'n0')), stack.use(await sleeper(first, 'n1'))];
    for (const { name, run } of made)
      await run(['sh', '-c', `mkdir -p ${DATA}/deep && echo ${name} > ${DATA}/deep/file && chmod 600 ${DATA}/deep/file`]);
    await keepNetwork(
      first,
      made.map(({ name, id }) => ({ name, containerId: id, dataDir: DATA })),
    );
    const states = await Promise.all(made.map(async ({ id }) => (await docker.getContainer(id).inspect()).State.Paused));
    t.deepEqual(states, [false, false], 'they go on');
    const volume = (await listOurs(docker)).find(({ name }) => name.includes(key))!;
    t.is(volume.state, 'held');
    t.deepEqual(toRemove([volume], false), []);
    t.deepEqual(toRemove([volume], true), [volume]);

    const second = runOf();
    await using kept = await findKept(second);
    t.truthy(kept);
    const again = stack.use(await sleeper(second, 'n1', (container) => kept!.restore('n1', container, DATA)));
    t.is((await again.run(['cat', `${DATA}/deep/file`])).toString(), 'n1\n');
    t.is((await again.run(['stat', '-c', '%a', `${DATA}/deep/file`])).toString(), '600\n');
    await again.run(['sh', '-c', `echo changed > ${DATA}/deep/file`]);
    const third = stack.use(await sleeper(runOf(), 'n1', (container) => kept!.restore('n1', container, DATA)));
    t.is((await third.run(['cat', `${DATA}/deep/file`])).toString(), 'n1\n', 'a run does not change what is kept');
    await kept!.forget();
    t.is(await findKept(runOf()), null);
  },
);

engineTest('an image that declares a volume of its own leaves none behind, and what is kept stays', async (t, { docker }) => {
  const [key, ref] = [`test-${newRunId()}`, 'leyden-test/with-volume:1'];
  const dockerfile = `FROM ${LOCAL_BITCOIND_REF}\nVOLUME /declared\n`;
  await buildImage(docker, { ref, context: [{ path: 'Dockerfile', content: Buffer.from(dockerfile) }], progress: SILENT });
  t.teardown(() => docker.getImage(ref).remove());
  const runOf = () => {
    const runId = newRunId();
    return { docker, key, runId, labels: labelsOf({ runId, keep: false }), image: ref };
  };
  const volume = await keepNetwork(runOf(), []);
  t.teardown(() => docker.getVolume(volume).remove());
  const second = runOf();
  const kept = await findKept(second);
  const { Mounts } = await docker.getContainer(`leyden-${second.runId}-kept`).inspect();
  const declared = Mounts.map(({ Name = '' }) => Name).filter((name) => name !== volume);
  t.is(declared.length, 1);
  await kept?.[Symbol.asyncDispose]();
  const left = (await docker.listVolumes()).Volumes.map(({ Name }) => Name);
  t.false(left.includes(declared[0]!));
  t.true(left.includes(volume));
});
