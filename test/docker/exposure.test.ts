import { existsSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type Docker from 'dockerode';
import { type ContainerSpec, type RunningContainer, startContainer } from '../../nodes/docker/container.ts';
import { LOCAL_BITCOIND_REF } from '../../nodes/docker/images/profiles.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { engineTest } from './with-engine.ts';

/** A container that does nothing, on a network of its own. */
const sleeper = async (
  t: ExecutionContext,
  docker: Docker,
  asked: Pick<ContainerSpec, 'ports'> & Partial<ContainerSpec>,
): Promise<RunningContainer> => {
  const runId = newRunId();
  const labels = labelsOf({ runId, keep: false });
  const name = `leyden-${runId}`;
  const network = await docker.createNetwork({ Name: name, Labels: labels });
  t.teardown(() => network.remove());
  const image = LOCAL_BITCOIND_REF;
  return startContainer(docker, {
    name: `${name}-sleeper`,
    hostname: 'sleeper',
    image,
    command: ['sleep', '600'],
    labels,
    network: name,
    ...asked,
  });
};

engineTest(
  'a container has no privilege, no bind mount, no port but on loopback, and the memory and CPU that it was given',
  async (t, { docker }) => {
    await using container = await sleeper(t, docker, {
      ports: [18_443],
      udpPorts: [],
      files: [{ path: 'leyden/secret', content: Buffer.from('hush'), mode: 0o600 }],
      memoryBytes: 64 * 2 ** 20,
      cpus: 0.5,
    });
    const { HostConfig, Mounts, NetworkSettings, Config } = await docker.getContainer(container.id).inspect();
    t.like(HostConfig, { Memory: 64 * 2 ** 20, NanoCpus: 500_000_000 });
    t.false(HostConfig.Privileged);
    t.deepEqual(HostConfig.CapDrop, ['ALL']);
    t.falsy(HostConfig.CapAdd?.length);
    t.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges']);
    t.falsy(HostConfig.Binds?.length);
    t.deepEqual(
      Mounts.filter(({ Type }) => Type === 'bind'),
      [],
    );
    for (const bound of Object.values(NetworkSettings.Ports).flat()) t.is(bound?.HostIp ?? '127.0.0.1', '127.0.0.1');
    t.false(JSON.stringify(Config).includes('hush'));
    const capabilities = (await container.run(['grep', '^Cap', '/proc/self/status'])).toString('utf8');
    t.regex(capabilities, /CapEff:\s*0000000000000000/);
    const mode = (await container.run(['stat', '-c', '%a', '/leyden/secret'])).toString('utf8').trim();
    t.is(mode, '600');
  },
);

const ofTun = 'a machine with a TUN device may set up its network, and nothing else';
if (!existsSync('/dev/net/tun')) test.serial.skip(`${ofTun} (skipped: no /dev/net/tun)`, () => {});
else
  engineTest(ofTun, async (t, { docker }) => {
    await using container = await sleeper(t, docker, { ports: [], tun: true });
    const { HostConfig } = await docker.getContainer(container.id).inspect();
    t.false(HostConfig.Privileged);
    t.deepEqual(HostConfig.CapDrop, ['ALL']);
    t.deepEqual(
      HostConfig.CapAdd.map((name: string) => name.replace(/^CAP_/, '')),
      ['NET_ADMIN'],
    );
  });
