/** From a plan to LNDs that answer, phase by phase; everything started is on the stack, so that a failure half-way leaves nothing. */
import type Docker from 'dockerode';
import type { LndNode } from '../lnd/index.ts';
import type { Phase, Waiting } from '../node.ts';
import type { NetworkPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';
import { type Bitcoind, startBitcoind } from './bitcoind.ts';
import { LAST_LINES, type RunningContainer } from './container.ts';
import { type NetworkImages, resolveImages } from './images/resolve.ts';
import { type LndContainer, startLnd } from './lnd-container.ts';
import type { Subnet } from './subnet.ts';
import { together } from './together.ts';
import { until } from './until.ts';

/** Coinbase outputs can be spent after 100 blocks; from height 112 on a final expiry takes two bytes in the onion, as on mainnet nearly. */
const BLOCKS_AT_START = 112;
/** LND's default `--bitcoin.minhtlc`. */
const HTLC_MINIMUM_MSAT = 1000;
/** Wallet creation is 6 s of CPU a node (scrypt); a slow or busy machine takes several times that. */
const LND_READY_MS = 60_000;
const LND_READY_MS_PER_NODE = 20_000;

export interface BringUp extends Waiting {
  readonly docker: Docker;
  readonly plan: NetworkPlan;
  readonly runId: string;
  readonly network: string;
  readonly subnet: Pick<Subnet, 'address'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly stack: AsyncDisposableStack;
  /** Every container started is added, so that its log can be kept when a later one fails. */
  readonly logs: RunningContainer[];
  readonly phase: (name: string) => void;
}

export interface Lnds {
  readonly bitcoind: Bitcoind;
  readonly containers: ReadonlyMap<string, LndContainer>;
  readonly nodes: ReadonlyMap<string, LndNode>;
  readonly images: readonly NetworkImages[];
}

/** Phases timed from one mark to the next. */
export const phaseTimer = (progress: (name: string) => void): { phases: Phase[]; phase: (name: string) => void } => {
  const phases: Phase[] = [];
  let mark = wallClock.now();
  return {
    phases,
    phase(name) {
      const now = wallClock.now();
      phases.push({ name, ms: Math.round(now - mark) });
      mark = now;
      progress(name);
    },
  };
};

export const bringUpLnds = async (request: BringUp): Promise<Lnds> => {
  const { docker, plan, runId, network, subnet, labels, stack, logs, phase, signal } = request;
  const names = [...new Set(plan.nodes.map(({ image }) => image))];
  const images = new Map(await Promise.all(names.map(async (name) => [name, await resolveImages(docker, name, { signal })] as const)));
  const imageOf = (name: string) => images.get(name) as NetworkImages;
  const first = imageOf(names[0] as string);

  const bitcoind = stack.use(
    await startBitcoind(docker, { image: first.bitcoind, runId, network, address: subnet.address(0), labels, signal }),
  );
  logs.push(bitcoind.container);
  await bitcoind.mine(BLOCKS_AT_START, { signal });
  phase('bitcoind up');

  const starting = plan.nodes.map((node, index) => {
    const { lnd } = imageOf(node.image);
    const own = plan.channels.filter(({ from, to }) => from === node.name || to === node.name);
    const policies = own.map((channel) => channel.policies[channel.from === node.name ? 0 : 1]);
    return startLnd(docker, {
      image: lnd,
      runId,
      network,
      address: subnet.address(index + 1),
      labels,
      node,
      bitcoind,
      onionMessages: lnd.onionMessages,
      policy: policies[0] ?? null,
      htlcMinimumMsat: Math.min(HTLC_MINIMUM_MSAT, ...own.flatMap((channel) => channel.policies.map((policy) => policy.htlcMinimumMsat))),
      capacitySatMax: Math.max(0, ...own.map(({ capacitySat }) => capacitySat)),
    });
  });
  const started = await together(stack, starting);
  const containers = new Map(started.map((lnd) => [lnd.spec.node.name, lnd]));
  logs.push(...started.map(({ container }) => container));
  phase('containers started');

  const nodes = await lndsReady(plan, containers, signal);
  phase('LND answers');
  return { bitcoind, containers, nodes, images: [...images.values()] };
};

export const lastLogOf =
  (containers: ReadonlyMap<string, LndContainer>) =>
  async (name: string): Promise<string> =>
    (await containers.get(name)?.container.lastLog(LAST_LINES)) ?? '';

/** In the plan's order. */
const lndsReady = async (
  plan: NetworkPlan,
  containers: ReadonlyMap<string, LndContainer>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, LndNode>> => {
  const ready = new Map<string, LndNode>();
  await until(
    async () => {
      await Promise.all(
        [...containers].map(async ([name, container]) => {
          if (ready.has(name)) return;
          const node = await container.tryOpen({ signal }).catch((error: unknown) => {
            if (isStarting(error)) return null;
            throw error;
          });
          if (node) ready.set(name, node);
        }),
      );
      return plan.nodes
        .filter(({ name }) => !ready.has(name))
        .map(({ name }) => ({ name, state: 'does not answer, or is not synced to the chain' }));
    },
    {
      what: 'every LND to answer and to be synced to the chain',
      deadlineMs: LND_READY_MS + LND_READY_MS_PER_NODE * plan.nodes.length,
      lastLog: lastLogOf(containers),
      signal,
    },
  );
  return new Map(plan.nodes.map(({ name }) => [name, ready.get(name) as LndNode]));
};

/** While LND starts its gRPC refuses connections, then calls ("wallet locked", "server is still in the process of starting"). */
const isStarting = (error: unknown): boolean => error instanceof Error && error.name === 'LndError';
