/**
 * A network as it was when its graph was first complete: chain, wallets and channels in a volume, from which the next one of the same
 * shape and images starts. Only data folders are kept, no process; what runs is as new as ever.
 */
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import type { NetworkPlan } from '../../plan.ts';
import { archivedFile, readArchive } from '../archive.ts';
import { fingerprint } from '../images/fingerprint.ts';
import type { NetworkImages } from '../images/resolve.ts';
import { tar } from '../images/tar.ts';
import { KEEPING, ownerState } from '../labels.ts';
import { SEALED_FILES, sealCheaply } from './seal.ts';

/** On the volume: what it is a network of. */
export const KEPT_LABEL = 'leyden.kept';
/** Raise it when what a bring-up makes is no longer what it was. */
const FORMAT = '1';
/** LND forgets channels whose updates are two weeks old (BOLT 7: "zombies"); half of that leaves a run its time. */
const AGE_MS_MAX = 7 * 24 * 3_600_000;
/** A channel database is 5 to 20 MB a node: more of them cost more to copy than wallets cost to make. */
const NODES_MAX = 16;
/** Shapes remembered; the oldest makes room. */
const KEPT_MAX = 4;
const FOLDER = '/kept';
const COMPLETE = 'complete';
/** Its wallets open in no time. */
const SEALED = 'sealed';
const HTTP_NOT_FOUND = 404;

export interface KeptNetwork extends AsyncDisposable {
  readonly volume: string;
  readonly sealed: boolean;
  /** Puts a process's data where it belongs, in a container that was not started yet. */
  restore(name: string, container: Docker.Container, dataDir: string): Promise<void>;
  /** It does not serve: never again. */
  forget(): Promise<void>;
}

export interface Keeping extends Waiting {
  readonly docker: Docker;
  readonly key: string;
  readonly runId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Any that is here: nothing of it runs. */
  readonly image: string;
}

export interface KeptProcess {
  readonly name: string;
  readonly containerId: string;
  readonly dataDir: string;
}

/** What two networks must have alike; null where keeping makes no sense: data in memory, or too many nodes. */
export const keptKey = (plan: NetworkPlan, images: ReadonlyMap<string, NetworkImages>): string | null => {
  if (plan.nodes.length > NODES_MAX || plan.channels.length === 0 || plan.nodes.some(({ storage }) => storage === 'tmpfs')) return null;
  const nodes = plan.nodes.map(({ relay: _relay, memoryBytes: _memory, cpus: _cpus, ...node }) => node);
  const ids = [...images].flatMap(([name, { lnd, bitcoind }]) => [name, lnd.id, bitcoind.id]);
  return fingerprint([
    FORMAT,
    JSON.stringify(nodes),
    JSON.stringify(plan.channels),
    JSON.stringify((plan.links ?? []).map(({ ends }) => ends)),
    ...ids,
  ]);
};

/** The newest of this key that is whole and young enough; others of the key that nobody can use any more are removed. */
export const findKept = async (keeping: Keeping): Promise<KeptNetwork | null> => {
  const { docker, key, runId, labels, image, signal } = keeping;
  for (const { Name: name, Labels, CreatedAt } of await keptVolumes(docker, key)) {
    signal?.throwIfAborted();
    const holder = await holderOf(docker, { name: `leyden-${runId}-kept`, volume: name, image, labels });
    const whole = await exists(holder, `${FOLDER}/${COMPLETE}`);
    if (whole && Date.now() - Date.parse(CreatedAt ?? '') < AGE_MS_MAX)
      return {
        volume: name,
        sealed: await exists(holder, `${FOLDER}/${SEALED}`),
        restore: async (part, container, dataDir) => {
          const files = await holder.getArchive({ path: `${FOLDER}/${part}/${basename(dataDir)}` });
          await container.putArchive(files, { path: dirname(dataDir) });
        },
        forget: async () => {
          await removeContainer(holder);
          await docker.getVolume(name).remove();
        },
        [Symbol.asyncDispose]: () => removeContainer(holder),
      };
    await removeContainer(holder);
    // One without its mark may be in the making: its maker's labels tell.
    if (whole || ownerState({ ...Labels, 'leyden.keep': '' }) === 'orphan')
      await docker
        .getVolume(name)
        .remove()
        .catch(() => {});
  }
  return null;
};

/**
 * Copies the data folders while none of their processes runs: as after a power cut of one process, from which bbolt and LevelDB start
 * again. The caller sees to it that bitcoind has flushed. Any failure leaves nothing kept, and what a kill leaves half made goes with the
 * container that fills it (clean.ts). The volume's name.
 */
export const keepNetwork = async (keeping: Keeping, processes: readonly KeptProcess[]): Promise<string> => {
  const { docker, key, runId, labels, image } = keeping;
  const volume = `leyden-kept-${key}-${runId}`;
  await docker.createVolume({ Name: volume, Labels: { ...labels, leyden: `kept-${key}`, 'leyden.keep': 'true', [KEPT_LABEL]: key } });
  try {
    const holder = await holderOf(docker, { name: `leyden-${runId}${KEEPING}`, volume, image, labels });
    try {
      const folders = processes.map(({ name }) => ({ path: `${name}/.of`, content: Buffer.from(name) }));
      await holder.putArchive(Readable.from(tar(folders)), { path: FOLDER });
      await whilePaused(docker, processes, async () => {
        await Promise.all(
          processes.map(async ({ name, containerId, dataDir }) =>
            holder.putArchive(await docker.getContainer(containerId).getArchive({ path: dataDir }), { path: `${FOLDER}/${name}` }),
          ),
        );
      });
      await mark(holder, COMPLETE);
    } finally {
      await removeContainer(holder);
    }
  } catch (error) {
    await docker
      .getVolume(volume)
      .remove()
      .catch(() => {});
    throw error;
  }
  const all = await keptVolumes(docker);
  for (const { Name } of all.slice(KEPT_MAX))
    await docker
      .getVolume(Name)
      .remove()
      .catch(() => {});
  return volume;
};

/**
 * Has the LNDs of a kept network start without the seconds that deriving keys takes them; it takes those seconds once, on every core, and
 * 256 MB for each thread of Node's pool. What ends it half-way leaves files that LND opens, or a network that does not come up and is
 * forgotten.
 */
export const sealKept = async (
  { docker, runId, labels, image, signal }: Omit<Keeping, 'key'>,
  volume: string,
  lnds: readonly Omit<KeptProcess, 'containerId'>[],
): Promise<void> => {
  // One that was removed meanwhile would be made again by the container, empty and without labels.
  await docker.getVolume(volume).inspect();
  const holder = await holderOf(docker, { name: `leyden-${runId}-sealing`, volume, image, labels });
  try {
    const files = lnds.flatMap(({ name, dataDir }) => SEALED_FILES.map((file) => `${FOLDER}/${name}/${basename(dataDir)}/${file}`));
    const sealing = await Promise.allSettled(
      files.map(async (path) => {
        const archive = await readArchive(holder, path, DATABASE_BYTES_MAX);
        if (archive === null) throw new InfrastructureError(`${volume} has no ${path}`);
        if ((await sealCheaply(archivedFile(archive))) === 0) return;
        signal?.throwIfAborted();
        await holder.putArchive(archive, { path: dirname(path) });
      }),
    );
    for (const one of sealing) if (one.status === 'rejected') throw one.reason;
    await mark(holder, SEALED);
  } finally {
    await removeContainer(holder);
  }
};

/** A wallet of some channels has 1 MB. */
const DATABASE_BYTES_MAX = 64 * 2 ** 20;

const mark = async (holder: Docker.Container, name: string): Promise<void> => {
  await holder.putArchive(Readable.from(tar([{ path: name, content: Buffer.from(new Date().toISOString()) }])), { path: FOLDER });
};

const whilePaused = async (docker: Docker, processes: readonly KeptProcess[], copy: () => Promise<void>): Promise<void> => {
  const containers = processes.map(({ containerId }) => docker.getContainer(containerId));
  const paused: Docker.Container[] = [];
  try {
    await Promise.all(
      containers.map(async (container) => {
        await container.pause();
        paused.push(container);
      }),
    );
    await copy();
  } finally {
    await Promise.all(paused.map((container) => container.unpause()));
  }
};

/** Newest first. */
const keptVolumes = async (docker: Docker, key?: string) => {
  const { Volumes } = await docker.listVolumes({ filters: { label: [key === undefined ? KEPT_LABEL : `${KEPT_LABEL}=${key}`] } });
  const createdAt = (volume: object): string => (volume as { CreatedAt?: string }).CreatedAt ?? '';
  return (Volumes ?? [])
    .map((volume) => ({ ...volume, CreatedAt: createdAt(volume) }))
    .sort((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1));
};

/** A container that never starts: files go in and out of its volume through the engine. */
const holderOf = (
  docker: Docker,
  { name, volume, image, labels }: { name: string; volume: string; image: string; labels: Readonly<Record<string, string>> },
): Promise<Docker.Container> =>
  docker.createContainer({
    name,
    Image: image,
    Cmd: ['true'],
    Labels: { ...labels },
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: FOLDER }] },
  });

/** With the volumes that its image declares; the one that is kept has a name, and stays. */
const removeContainer = async (container: Docker.Container): Promise<void> => {
  await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
    if (error.statusCode !== HTTP_NOT_FOUND) throw error;
  });
};

const exists = async (container: Docker.Container, path: string): Promise<boolean> => {
  try {
    const archive = await container.getArchive({ path });
    archive.resume();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === HTTP_NOT_FOUND) return false;
    throw error;
  }
};
