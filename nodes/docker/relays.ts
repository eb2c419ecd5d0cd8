/** A relay in a container beside each LND that has one, and the origins that only one relay reaches. */
import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { unary } from '../lnd/grpc.ts';
import type { LndNode } from '../lnd/index.ts';
import { RELAY_PERMISSIONS } from '../lnd/relay-permissions.ts';
import type { RelayEndpoint, Waiting } from '../node.ts';
import { originEntry } from '../origin-entry.ts';
import type { NetworkPlan, NodePlan, OriginPlan, RelayPlan } from '../plan.ts';
import { LAST_LINES, type RunningContainer, startContainer } from './container.ts';
import { freeUdpPorts } from './free-ports.ts';
import { ownFile } from './images/package-root.ts';
import { certPath, type LndContainer } from './lnd-container.ts';
import { LND_GRPC_PORT } from './lnd-flags.ts';
import { together } from './together.ts';
import { type StartedTunnelEnd, TUN_PORT } from './tunnel-ends.ts';
import { until } from './until.ts';

/** Inside a relay's container; published on ports of this machine that a run draws. */
export const API_PORT = 9500;
export const SOCKS_PORT = 1080;
/** For TCP forwards that people ask for by hand. */
export const FORWARD_PORTS = [9510, 9511];
export const GATEWAY_PORT = 9580;
const READY_DEADLINE_MS = 60_000;

export interface RelaysRequest extends Waiting {
  readonly docker: Docker;
  readonly plan: NetworkPlan;
  readonly runId: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stack: AsyncDisposableStack;
  readonly logs: RunningContainer[];
  /** Holds the relay and the origin. */
  readonly image: string;
  readonly lnds: ReadonlyMap<string, LndContainer>;
  readonly answering: ReadonlyMap<string, Promise<LndNode>>;
  readonly tunnelEnds: readonly StartedTunnelEnd[];
}

/** Resolves when every relay answers. */
export const startRelays = async (request: RelaysRequest): Promise<readonly StartedRelay[]> => {
  const { plan, stack, logs, signal } = request;
  const origins: StartedOrigin[] = [];
  for (const origin of plan.origins) origins.push(await startOrigin(request, origin));
  const names = plan.nodes.filter(({ relay }) => relay !== null).map(({ name }) => name);
  const udpPorts = await freeUdpPorts(names.length);
  const starting = names.map((name, index) =>
    startRelay(
      request,
      name,
      udpPorts[index] as number,
      origins.filter(({ plan: { near } }) => near === name),
    ),
  );
  const relays = await together(stack, starting);
  await until(
    async () => {
      const states = await Promise.all(
        relays.map(async ({ container, endpoint }) => {
          await container.assertRunning();
          return { name: container.name, state: (await answers(endpoint.apiUrl)) ? '' : 'does not answer' };
        }),
      );
      return states.filter(({ state }) => state !== '');
    },
    {
      what: 'every relay to answer',
      deadlineMs: READY_DEADLINE_MS,
      lastLog: async (name) => (await logs.find((container) => container.name === name)?.lastLog(LAST_LINES)) ?? '',
      signal,
    },
  );
  return relays;
};

export interface StartedRelay extends AsyncDisposable {
  readonly container: RunningContainer;
  readonly endpoint: RelayEndpoint;
}

interface StartedOrigin {
  readonly plan: OriginPlan;
  readonly container: RunningContainer;
  readonly networkId: string;
}

/** Alone on a network of its own; the relay that is near joins it. */
const startOrigin = async ({ docker, runId, labels, stack, logs, image }: RelaysRequest, origin: OriginPlan): Promise<StartedOrigin> => {
  const name = `leyden-${runId}-${origin.name}`;
  const network = await docker.createNetwork({ Name: name, Driver: 'bridge', Internal: true, Labels: { ...labels } });
  stack.defer(async () => {
    await network.remove();
  });
  const container = await startContainer(docker, {
    name,
    hostname: origin.name,
    image,
    command: ['node', ownFile('nodes/origin'), String(origin.port)],
    labels,
    network: name,
    ports: [],
  });
  stack.use(container);
  logs.push(container);
  return { plan: origin, container, networkId: network.id };
};

const startRelay = async (
  request: RelaysRequest,
  name: string,
  udpPort: number,
  origins: readonly StartedOrigin[],
): Promise<StartedRelay> => {
  const { docker, plan, runId, network, labels, logs, image, lnds, answering } = request;
  const lnd = lnds.get(name) as LndContainer;
  const node = await (answering.get(name) as Promise<LndNode>);
  const { relay: asked } = plan.nodes.find((candidate) => candidate.name === name) as NodePlan;
  // Limits are the container's; the program in it knows no such settings.
  const { memoryBytes, cpus, ...relay } = asked as RelayPlan;
  const token = randomBytes(32).toString('hex');
  const placed = origins.map(({ plan: origin, container }) => ({ plan: origin, address: container.address }));
  const cert = await lnd.container.read(certPath(lnd.spec.image.dataDir));
  const configuration = {
    name,
    lnd: {
      socket: `${name}:${LND_GRPC_PORT}`,
      certFile: '/leyden/tls.cert',
      macaroonFile: '/leyden/relay.macaroon',
      peerSocket: node.socket,
    },
    api: { host: '0.0.0.0', port: API_PORT },
    // Only this machine reaches the published ports, and the money is regtest's.
    gateway: { host: '0.0.0.0', port: GATEWAY_PORT },
    socks: { host: '0.0.0.0', port: SOCKS_PORT, udpPort, onDemand: 'anyone' },
    ...tunOf(request, name),
    token,
    plan: { ...relay, allow: relay.allow.map((entry) => originEntry(entry, placed)) },
  };
  const secret = (path: string, content: Uint8Array) => ({ path: `leyden/${path}`, content, mode: 0o600 });
  const container = await startContainer(docker, {
    name: `leyden-${runId}-${name}-relay`,
    hostname: `${name}-relay`,
    image,
    command: ['node', ownFile('sim/cli'), 'node', '--config', '/leyden/relay.json'],
    labels,
    network,
    ports: [API_PORT, SOCKS_PORT, GATEWAY_PORT, ...FORWARD_PORTS],
    udpPorts: [udpPort],
    memoryBytes,
    cpus,
    files: [
      secret('relay.json', Buffer.from(JSON.stringify(configuration))),
      secret('tls.cert', cert as Buffer),
      secret('relay.macaroon', await bakeRelayMacaroon(node)),
    ],
  });
  logs.push(container);
  try {
    for (const { networkId } of origins) await container.joinNetwork(networkId);
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
  const endpoint: RelayEndpoint = {
    node: name,
    publicKey: node.publicKey,
    apiUrl: `http://127.0.0.1:${container.hostPort(API_PORT)}`,
    socksHost: '127.0.0.1',
    socksPort: container.hostPort(SOCKS_PORT),
    socksUdpPort: udpPort,
    gatewayPort: container.hostPort(GATEWAY_PORT),
    token,
  };
  return { container, endpoint, [Symbol.asyncDispose]: () => container[Symbol.asyncDispose]() };
};

const tunOf = ({ tunnelEnds }: RelaysRequest, name: string) => {
  const end = tunnelEnds.find(({ plan }) => plan.near === name);
  if (end === undefined) return {};
  return { tun: { address: end.plan.address, host: '0.0.0.0', port: TUN_PORT, peer: { host: end.container.address, port: TUN_PORT } } };
};

const bakeRelayMacaroon = async ({ lnd }: LndNode): Promise<Buffer> => {
  const { macaroon } = await unary<{ macaroon: string }>(lnd, 'default', 'bakeMacaroon', { permissions: RELAY_PERMISSIONS });
  return Buffer.from(macaroon, 'hex');
};

export const answers = async (apiUrl: string): Promise<boolean> => {
  try {
    // Any HTTP answer will do: without the token it is 401.
    await fetch(apiUrl, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
};
