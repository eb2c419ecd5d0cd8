/** From a plan to LNDs that answer, phase by phase; everything started is on the stack, so that a failure half-way leaves nothing. */
import type Docker from 'dockerode';
import type { LndNode } from '../lnd/index.ts';
import type { Phase, Waiting } from '../node.ts';
import type { NetworkPlan, NodePlan } from '../plan.ts';
import { wallClock } from '../wall.ts';
import { type Bitcoind, startBitcoind } from './bitcoind.ts';
import { LAST_LINES, type RunningContainer } from './container.ts';
import { type NetworkImages, resolveImages } from './images/resolve.ts';
import { findKept, type KeptNetwork, keepNetwork, keptKey, sealKept } from './kept/kept-network.ts';
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
/** So many wallets are made at once: more would only make each of them late, and all of them need their memory for it. */
const TOGETHER_MAX = 16;

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
  /** Neither from a kept network nor kept for the next. */
  readonly fresh: boolean;
}

export interface Lnds {
  readonly bitcoind: Bitcoind;
  readonly containers: ReadonlyMap<string, LndContainer>;
  /** Each resolves when that LND answers and is synced to the chain: who needs two of them does not wait for the rest. */
  readonly answering: ReadonlyMap<string, Promise<LndNode>>;
  /** In the plan's order. */
  readonly nodes: Promise<ReadonlyMap<string, LndNode>>;
  readonly images: readonly NetworkImages[];
  /** What it was restored from. */
  readonly kept: KeptNetwork | null;
  /** Keeps it as it is now, where that is worth it and asked for. */
  keep(): Promise<void>;
  /** Has the next one start sooner from what is kept; takes the cores for seconds, so call it when nothing is measured any more. */
  sealKept(): Promise<void>;
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

/** Resolves when the containers run. */
export const bringUpLnds = async (request: BringUp): Promise<Lnds> => {
  const { docker, plan, runId, network, subnet, labels, stack, logs, phase, signal } = request;
  const names = [...new Set(plan.nodes.map(({ image }) => image))];
  const images = new Map(await Promise.all(names.map(async (name) => [name, await resolveImages(docker, name, { signal })] as const)));
  const imageOf = (name: string) => images.get(name) as NetworkImages;
  const first = imageOf(names[0] as string);

  const key = request.fresh ? null : keptKey(plan, images);
  const keeping = key === null ? null : { docker, key, runId, labels, image: first.bitcoind.ref, signal };
  const kept = keeping && (await findKept(keeping));
  if (kept) stack.use(kept);
  if (kept) phase('kept network found');

  const bitcoind = await startBitcoind(docker, {
    image: first.bitcoind,
    runId,
    network,
    address: subnet.address(0),
    labels,
    limits: plan.bitcoind,
    kept,
    stack,
    logs,
    signal,
  });
  // LND counts as synced only while the tip is young (two hours): a chain that was kept needs one block more.
  await bitcoind.mine(kept ? 1 : BLOCKS_AT_START, { signal });
  phase('bitcoind up');

  const start = async (node: NodePlan, index: number): Promise<LndContainer> => {
    const { lnd } = imageOf(node.image);
    const own = plan.channels.filter(({ from, to }) => from === node.name || to === node.name);
    const policies = own.map((channel) => channel.policies[channel.from === node.name ? 0 : 1]);
    const started = await startLnd(docker, {
      image: lnd,
      runId,
      network,
      address: subnet.address(index + 1),
      labels,
      node,
      bitcoind,
      kept,
      onionMessages: lnd.onionMessages,
      policy: policies[0] ?? null,
      htlcMinimumMsat: Math.min(HTLC_MINIMUM_MSAT, ...own.flatMap((channel) => channel.policies.map((policy) => policy.htlcMinimumMsat))),
      capacitySatMax: Math.max(0, ...own.map(({ capacitySat }) => capacitySat)),
    });
    logs.push(started.container);
    return started;
  };
  const started: LndContainer[] = [];
  while (started.length < plan.nodes.length) {
    const from = started.length;
    const batch = plan.nodes.slice(from, from + TOGETHER_MAX).map((node, index) => start(node, from + index));
    started.push(...(await together(stack, batch)));
    if (started.length === plan.nodes.length) break;
    await walletsMade(started.slice(from), signal);
    phase(`${started.length} of ${plan.nodes.length} LNDs answer`);
  }
  const containers = new Map(started.map((lnd) => [lnd.spec.node.name, lnd]));
  await kept?.[Symbol.asyncDispose]();
  phase('containers started');
  const dataFolders = [...containers].map(([name, { container, spec }]) => ({
    name,
    containerId: container.id,
    dataDir: spec.image.dataDir,
  }));
  let unsealed = kept?.sealed === false ? kept.volume : null;

  return {
    bitcoind,
    containers,
    ...lndsReady(plan, containers, signal),
    images: [...images.values()],
    kept,
    async keep() {
      if (keeping === null || kept !== null) return;
      // The only call that writes the chain's index to disk (Bitcoin Core, rpc/blockchain.cpp: ForceFlushStateToDisk).
      await bitcoind.rpc('gettxoutsetinfo', [], { signal });
      unsealed = await keepNetwork(keeping, [
        ...dataFolders,
        { name: 'bitcoind', containerId: bitcoind.container.id, dataDir: first.bitcoind.dataDir },
      ]);
      phase('kept for the next start');
    },
    async sealKept() {
      if (keeping !== null && unsealed !== null && !signal?.aborted) await sealKept(keeping, unsealed, dataFolders);
    },
  };
};

export const lastLogOf =
  (containers: ReadonlyMap<string, LndContainer>) =>
  async (name: string): Promise<string> =>
    (await containers.get(name)?.container.lastLog(LAST_LINES)) ?? '';

/** The next batch starts when these no longer need the machine. */
const walletsMade = (batch: readonly LndContainer[], signal: AbortSignal | undefined): Promise<void> =>
  until(
    async () => {
      const late = await Promise.all(batch.map(async (lnd) => ((await opened(lnd, signal)) === null ? [lnd.spec.node.name] : [])));
      return late.flat().map((name) => ({ name, state: 'does not answer' }));
    },
    { what: 'the LNDs that were started to answer', deadlineMs: LND_READY_MS + LND_READY_MS_PER_NODE * batch.length, signal },
  );

const opened = (lnd: LndContainer, signal: AbortSignal | undefined): Promise<LndNode | null> =>
  lnd.tryOpen({ ...(signal && { signal }) }).catch((error: unknown) => {
    if (isStarting(error)) return null;
    throw error;
  });

const lndsReady = (
  plan: NetworkPlan,
  containers: ReadonlyMap<string, LndContainer>,
  signal: AbortSignal | undefined,
): Pick<Lnds, 'answering' | 'nodes'> => {
  const waited = new Map(plan.nodes.map(({ name }) => [name, Promise.withResolvers<LndNode>()]));
  const late = new Map(containers);
  const all = until(
    async () => {
      await Promise.all(
        [...late].map(async ([name, container]) => {
          const node = await opened(container, signal);
          if (!node) return;
          late.delete(name);
          waited.get(name)?.resolve(node);
        }),
      );
      return [...late.keys()].map((name) => ({ name, state: 'does not answer, or is not synced to the chain' }));
    },
    {
      what: 'every LND to answer and to be synced to the chain',
      deadlineMs: LND_READY_MS + LND_READY_MS_PER_NODE * plan.nodes.length,
      lastLog: lastLogOf(containers),
      signal,
    },
  );
  all.catch((error: unknown) => {
    for (const { reject } of waited.values()) reject(error);
  });
  const answering = new Map([...waited].map(([name, { promise }]) => [name, promise]));
  const nodes = Promise.all([...answering].map(async ([name, node]) => [name, await node] as const)).then((entries) => new Map(entries));
  // Whoever waits hears of a failure; that nobody may wait yet is no reason to end the process.
  for (const promise of [nodes, ...answering.values()]) promise.catch(() => {});
  return { answering, nodes };
};

/** While LND starts its gRPC refuses connections, then calls ("wallet locked", "server is still in the process of starting"). */
const isStarting = (error: unknown): boolean => error instanceof Error && error.name === 'LndError';
