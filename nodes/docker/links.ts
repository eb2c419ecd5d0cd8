/** The edges that a plan gives a link: carried by one proxy beside the nodes, which is all that their LNDs dial. */
import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';
import type { CutManner } from '../faults.ts';
import type { LndNode } from '../lnd/index.ts';
import type { LinkFindings, Waiting } from '../node.ts';
import type { EdgePlan, LinkPlan, NetworkPlan } from '../plan.ts';
import { LAST_LINES, type RunningContainer, startContainer } from './container.ts';
import { LND_PEER_PORT } from './lnd-flags.ts';
import { type PeerWatch, watchPeers } from './peer-watch.ts';
import type { EdgeFindings, ProxyConfiguration } from './proxy/configuration.ts';
import { until } from './until.ts';

const CONTROL_PORT = 9700;
/** Two for each edge, from here on. */
const FIRST_PORT = 20_000;
const READY_DEADLINE_MS = 60_000;
const ANSWER_DEADLINE_MS = 10_000;
/** Shares of the CPU where it is scarce, 1024 being what others have: a link that waits for a core is no link. */
const CPU_SHARES = 16_384;

export interface LinksRequest extends Waiting {
  readonly docker: Docker;
  readonly plan: NetworkPlan;
  readonly runId: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly logs: RunningContainer[];
  /** The relay's: it holds the proxy too. */
  readonly image: string;
}

export interface Links extends AsyncDisposable {
  /** Names in any order. `half-open` resets `a` and leaves `b` with a connection that answers nothing. */
  cut(a: string, b: string, how?: CutManner, waiting?: Waiting): Promise<void>;
  /** As the plan has it again: what was held goes on, what was degraded is not. */
  heal(a: string, b: string, waiting?: Waiting): Promise<void>;
  degrade(a: string, b: string, link: LinkPlan, waiting?: Waiting): Promise<void>;
  /** Where `from` dials `to`; null where no proxy stands between them. */
  dialled(from: string, to: string): string | null;
  /** From now on every connection that these nodes have over an edge is looked at. */
  watch(nodes: ReadonlyMap<string, LndNode>): void;
  findings(waiting?: Waiting): Promise<readonly LinkFindings[]>;
}

/** Resolves when the proxy listens. @throws InfrastructureError, DeadlineError. */
export const startLinks = async (request: LinksRequest): Promise<Links> => {
  const { docker, plan, runId, network, labels, logs, image, signal } = request;
  const edges = plan.links ?? [];
  const token = randomBytes(32).toString('hex');
  const configuration: ProxyConfiguration = {
    seed: plan.seed,
    control: { host: '0.0.0.0', port: CONTROL_PORT, token },
    edges: edges.map(({ ends: [a, b], link }, index) => ({ ends: [endOf(a, 2 * index), endOf(b, 2 * index + 1)], link })),
  };
  const container = await startContainer(docker, {
    name: `leyden-${runId}-links`,
    hostname: 'links',
    image,
    command: ['node', 'nodes/docker/proxy/start.ts', '/leyden/links.json'],
    labels,
    network,
    ports: [CONTROL_PORT],
    cpuShares: CPU_SHARES,
    files: [{ path: 'leyden/links.json', content: Buffer.from(JSON.stringify(configuration)), mode: 0o600 }],
  });
  logs.push(container);
  const ask = control(`http://127.0.0.1:${container.hostPort(CONTROL_PORT)}`, token);
  let watching: PeerWatch | undefined;
  try {
    await until(
      async () => {
        await container.assertRunning();
        await ask('GET', '/findings', undefined, { signal });
        return [];
      },
      { what: 'the link proxy to answer', deadlineMs: READY_DEADLINE_MS, lastLog: () => container.lastLog(LAST_LINES), signal },
    );
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
  const known = (a: string, b: string): void => {
    if (edges.some(({ ends }) => joins(ends, a, b))) return;
    throw new InfrastructureError(`no link stands between ${a} and ${b}: their connection does not go through the proxy`);
  };
  return {
    async cut(a, b, how = 'blackhole', waiting = {}) {
      known(a, b);
      await ask('POST', '/cut', { a, b, how }, waiting);
    },
    async heal(a, b, waiting = {}) {
      known(a, b);
      await ask('POST', '/heal', { a, b }, waiting);
    },
    async degrade(a, b, link, waiting = {}) {
      known(a, b);
      await ask('POST', '/degrade', { a, b, link }, waiting);
    },
    dialled(from, to) {
      const index = edges.findIndex(({ ends }) => joins(ends, from, to));
      return index < 0 ? null : `${container.address}:${FIRST_PORT + 2 * index + ((edges[index] as EdgePlan).ends[0] === to ? 0 : 1)}`;
    },
    watch(nodes) {
      watching = watchPeers(nodes, edges, container.address);
    },
    async findings(waiting = {}) {
      const found = (await ask('GET', '/findings', undefined, waiting)) as readonly EdgeFindings[];
      return found.map((edge) => ({ ...edge, dialledPast: watching?.past(edge.ends) ?? [] }));
    },
    async [Symbol.asyncDispose]() {
      watching?.stop();
      await container[Symbol.asyncDispose]();
    },
  };
};

/** The same nodes, each dialling a peer behind a link where the proxy listens for it, whatever address it is given. */
export const throughLinks = (nodes: ReadonlyMap<string, LndNode>, links: Links): ReadonlyMap<string, LndNode> => {
  const names = new Map([...nodes].map(([name, { publicKey }]) => [publicKey, name]));
  return new Map(
    [...nodes].map(([name, node]) => [
      name,
      {
        ...node,
        connect: (publicKey, socket, waiting) =>
          node.connect(publicKey, links.dialled(name, names.get(publicKey) ?? '') ?? socket, waiting),
      },
    ]),
  );
};

const endOf = (name: string, index: number) => ({ name, listenPort: FIRST_PORT + index, target: { host: name, port: LND_PEER_PORT } });

const joins = (ends: readonly [string, string], a: string, b: string): boolean => a !== b && ends.includes(a) && ends.includes(b);

const control =
  (url: string, token: string) =>
  async (method: 'GET' | 'POST', path: string, body: unknown, { signal }: Waiting): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_DEADLINE_MS), ...(signal ? [signal] : [])]),
    });
    const answer = (await response.json()) as { error?: string };
    if (!response.ok) throw new InfrastructureError(`the link proxy refused ${path}: ${answer.error ?? response.status}`);
    return answer;
  };
