/** Removes what runs left behind, by label: never anything that is not ours or still has a living owner. */
import type Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { wallClock } from '../wall.ts';
import { KEEPING, ownerState } from './labels.ts';

export interface Leftover {
  readonly kind: 'container' | 'network' | 'volume';
  readonly id: string;
  readonly name: string;
  readonly runId: string;
  readonly state: 'held' | 'living' | 'orphan';
}

const LABEL = 'leyden';

/** Everything of ours on this engine, containers first: a network goes only when its containers are gone. */
export const listOurs = async (docker: Docker): Promise<readonly Leftover[]> => {
  const filters = { label: [LABEL] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const row = (kind: Leftover['kind'], id: string, name: string, labels: Record<string, string> = {}): Leftover => ({
    kind,
    id,
    name,
    runId: labels[LABEL] ?? '',
    state: ownerState(labels),
  });
  const filling = fillers(containers);
  return [
    ...containers.map((container) => row('container', container.Id, container.Names[0]?.slice(1) ?? container.Id, container.Labels)),
    ...networks.map((network) => row('network', network.Id, network.Name, network.Labels)),
    ...(volumes ?? []).map((volume) => row('volume', volume.Name, volume.Name, filling.get(volume.Name) ?? volume.Labels)),
  ];
};

/**
 * By volume, the labels of the container through which a network is being copied there, or was when its run was killed. Such a volume says
 * from the start that it is kept; that it is whole is written last, and the container removed right after: until then it goes with that.
 */
const fillers = (containers: readonly Docker.ContainerInfo[]): ReadonlyMap<string, Record<string, string>> => {
  const filling = containers.filter(({ Names }) => Names.some((name) => name.endsWith(KEEPING)));
  return new Map(filling.flatMap(({ Labels, Mounts }) => (Mounts ?? []).map(({ Name = '' }) => [Name, Labels] as const)));
};

/** Removes orphans (with `all` also what is held); returns what went. What vanishes meanwhile counts as gone. */
export const cleanDocker = async (
  docker: Docker,
  { all = false, signal }: Waiting & { all?: boolean } = {},
): Promise<readonly Leftover[]> => {
  const ours = await listOurs(docker);
  const doomed = toRemove(ours, all);
  for (const kind of ['container', 'network', 'volume'] as const) {
    signal?.throwIfAborted();
    await Promise.all(doomed.filter((leftover) => leftover.kind === kind).map((leftover) => remove(docker, leftover, signal)));
  }
  return doomed;
};

/** Orphans always, what is held only when all is asked for, what a living run holds never. */
export const toRemove = (ours: readonly Leftover[], all: boolean): readonly Leftover[] =>
  ours.filter(({ state }) => state === 'orphan' || (all && state === 'held'));

/** Removes everything of one run, whoever owns it. */
export const removeRun = async (docker: Docker, runId: string): Promise<void> => {
  const ours = (await listOurs(docker)).filter((leftover) => leftover.runId === runId);
  for (const kind of ['container', 'network', 'volume'] as const)
    await Promise.all(ours.filter((leftover) => leftover.kind === kind).map((leftover) => remove(docker, leftover)));
};

const HTTP_NOT_FOUND = 404;
/** A container that somebody else is removing, a volume that is in use. */
const HTTP_CONFLICT = 409;
/** A network whose containers are not gone yet. */
const HTTP_FORBIDDEN = 403;
const AGAIN_MS = 200;
const BUSY_MS_MAX = 20_000;

/**
 * What is gone already counts as removed, and so does a volume that somebody uses. What somebody else is removing is waited for.
 * @throws InfrastructureError where it does not go.
 */
const remove = async (docker: Docker, { kind, id, name }: Leftover, signal?: AbortSignal): Promise<void> => {
  const lateMs = wallClock.now() + BUSY_MS_MAX;
  for (;;)
    try {
      if (kind === 'container') await docker.getContainer(id).remove({ force: true, v: true });
      else if (kind === 'network') await docker.getNetwork(id).remove();
      else await docker.getVolume(id).remove();
      return;
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      if (statusCode === HTTP_NOT_FOUND || (statusCode === HTTP_CONFLICT && kind === 'volume')) return;
      const busy = statusCode === HTTP_CONFLICT || (statusCode === HTTP_FORBIDDEN && kind === 'network');
      if (!busy) throw error;
      if (wallClock.now() > lateMs)
        throw new InfrastructureError(`expected the ${kind} ${name} to go, but Docker held on to it: ${(error as Error).message}`, {
          cause: error,
          hint: `docker ${kind} inspect ${name}`,
        });
      await wallClock.sleep(AGAIN_MS, { signal });
    }
};
