/** What is up on this engine that is ours, by run: how to reach each node by hand. */
import type Docker from 'dockerode';
import type { Waiting } from '../node.ts';
import { imageUse } from './images/image-use.ts';
import { inspectImage } from './images/present.ts';
import { ownerState } from './labels.ts';

export interface RunningNetwork {
  readonly runId: string;
  /** `held`: kept on purpose; `living`: a run is using it; `orphan`: left by one that was killed. */
  readonly state: ReturnType<typeof ownerState>;
  readonly containers: readonly RunningPart[];
}

export interface RunningPart {
  /** As Docker knows it. */
  readonly container: string;
  /** As the scenario knows it: n0, n0-relay, bitcoind. */
  readonly name: string;
  /** In Docker's words: `Up 3 minutes`. */
  readonly status: string;
  /** Container port → port of 127.0.0.1. */
  readonly ports: ReadonlyMap<number, number>;
  /** Published under the same number. */
  readonly udpPorts: readonly number[];
  /** Where an LND keeps its files in there; null for what is no LND. */
  readonly lndDir: string | null;
}

const LND_GRPC_PORT = 10_009;

export async function runningNetworks(docker: Docker, { signal }: Waiting = {}): Promise<readonly RunningNetwork[]> {
  const containers = await docker.listContainers({ all: true, filters: { label: ['leyden'] } });
  signal?.throwIfAborted();
  const runs = Map.groupBy(containers, ({ Labels }) => Labels.leyden ?? '');
  const networks = [...runs].map(async ([runId, own]) => ({
    runId,
    state: ownerState(own[0]!.Labels),
    containers: (await Promise.all(own.map((info) => partOf(docker, runId, info)))).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }));
  return Promise.all(networks);
}

async function partOf(docker: Docker, runId: string, info: Docker.ContainerInfo): Promise<RunningPart> {
  const container = info.Names[0]?.slice(1) ?? info.Id;
  const published = info.Ports.filter(({ PublicPort }) => PublicPort !== undefined);
  const ports = new Map(published.filter(({ Type }) => Type === 'tcp').map(({ PrivatePort, PublicPort }) => [PrivatePort, PublicPort]));
  const udpPorts = [...new Set(published.filter(({ Type }) => Type === 'udp').map(({ PublicPort }) => PublicPort))];
  const image = ports.has(LND_GRPC_PORT) ? await inspectImage(docker, info.Image) : null;
  return {
    container,
    name: container.replace(`leyden-${runId}-`, ''),
    status: info.Status,
    ports,
    udpPorts,
    lndDir: image === null ? null : imageUse(info.Image, image, 'lnd').dataDir,
  };
}
