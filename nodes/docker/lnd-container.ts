/** One LND in a container, until it answers and has seen the chain; its credentials come out by getArchive. */
import type Docker from 'dockerode';
import { unary } from '../lnd/grpc.ts';
import { type LndNode, openLnd } from '../lnd/index.ts';
import type { Waiting } from '../node.ts';
import { type RunningContainer, startContainer } from './container.ts';
import type { ImageUse } from './images/image-use.ts';
import type { KeptNetwork } from './kept/kept-network.ts';
import { LND_GRPC_PORT, LND_PEER_PORT, type LndFlags, lndConfiguration } from './lnd-flags.ts';

export interface LndSpec extends LndFlags {
  readonly image: ImageUse;
  readonly runId: string;
  readonly network: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kept?: KeptNetwork | null;
}

export interface LndContainer extends AsyncDisposable {
  readonly container: RunningContainer;
  readonly spec: LndSpec;
  /** null until LND has made its wallet and answers. */
  tryOpen(waiting: Waiting): Promise<LndNode | null>;
}

export const startLnd = async (docker: Docker, spec: LndSpec): Promise<LndContainer> => {
  const { image, node, runId, labels, network, address, kept } = spec;
  const container = await startContainer(docker, {
    name: `leyden-${runId}-${node.name}`,
    hostname: node.name,
    image: image.ref,
    command: [...image.command, '--configfile=/leyden/lnd.conf'],
    labels,
    network,
    address,
    ports: [LND_GRPC_PORT],
    stepsDown: image.execUser !== '',
    dataDir: image.dataDir,
    prepare: kept ? (container) => kept.restore(node.name, container, image.dataDir) : undefined,
    storage: node.storage,
    memoryBytes: node.memoryBytes,
    cpus: node.cpus,
    files: [{ path: 'leyden/lnd.conf', content: Buffer.from(lndConfiguration(spec)) }],
  });
  let open: LndNode | undefined;
  return {
    container,
    spec,
    async tryOpen({ signal }) {
      open ??= (await openWhenReady(container, spec)) ?? undefined;
      if (!open) return null;
      signal?.throwIfAborted();
      const { synced_to_chain } = await unary<{ synced_to_chain: boolean }>(open.lnd, 'default', 'getInfo', {}, { signal });
      return synced_to_chain ? open : null;
    },
    async [Symbol.asyncDispose]() {
      await open?.[Symbol.asyncDispose]();
      await container[Symbol.asyncDispose]();
    },
  };
};

export const certPath = (dataDir: string): string => `${dataDir}/tls.cert`;
const macaroonPath = (dataDir: string): string => `${dataDir}/data/chain/bitcoin/regtest/admin.macaroon`;

const openWhenReady = async (container: RunningContainer, { image, node }: LndSpec): Promise<LndNode | null> => {
  await container.assertRunning();
  const macaroon = await container.read(macaroonPath(image.dataDir));
  const cert = macaroon && (await container.read(certPath(image.dataDir)));
  if (!macaroon || !cert) return null;
  return openLnd({
    name: node.name,
    // A name: LND's certificate has no 127.0.0.1 of the host, and TLS takes no address as a server name.
    socket: `localhost:${container.hostPort(LND_GRPC_PORT)}`,
    cert,
    macaroon,
    peerSocket: `${container.address}:${LND_PEER_PORT}`,
  });
};
