/** What goes wrong on purpose on a network of containers: signals to their processes, and what LND and bitcoind are asked for. */
import { closeChannel, getChannels, getWalletInfo, updateRoutingFees } from 'ln-service';
import { InfrastructureError } from '../errors.ts';
import type { Edge, Fault, Faults, FaultyProcess } from '../faults.ts';
import { asked } from '../lnd/failures.ts';
import type { LndNode } from '../lnd/index.ts';
import type { Waiting } from '../node.ts';
import type { ChannelPlan, NetworkPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';
import type { Bitcoind } from './bitcoind.ts';
import type { Lnds } from './bring-up.ts';
import { LAST_LINES, type RunningContainer } from './container.ts';
import type { Deaths } from './deaths.ts';
import type { Links } from './links.ts';
import { redial } from './redial.ts';
import { answers, type StartedRelay } from './relays.ts';
import { until } from './until.ts';

/** LND opens its databases and finds its peers again in some 3.5 s; a busy machine takes several times that. */
const ANSWERS_MS = 90_000;
const CLOSED_MS = 60_000;
const MENDED_MS = 120_000;
const NEXT_BLOCK_MS = 5_000;
/** Until all who know the channel have seen it closed (LND's default for a cooperative close of this size is fewer). */
const CLOSE_BLOCKS = 6;

/** HTLCs that are under way end first; else LND refuses. */
const GRACEFUL = { is_graceful_close: true };

export interface Faulty {
  readonly plan: NetworkPlan;
  readonly lnds: Pick<Lnds, 'containers'>;
  readonly nodes: ReadonlyMap<string, LndNode>;
  readonly bitcoind: Bitcoind;
  readonly relays: readonly StartedRelay[];
  readonly deaths: Deaths;
  /** Aborted when the network is taken down. */
  readonly over: AbortSignal;
  /** null: no edge goes through a proxy. */
  readonly links: Links | null;
}

export const dockerFaults = (faulty: Faulty): Faults => {
  const closed = new Set<string>();
  const cut = new Map<string, Edge>();
  const isCut = ({ from, to }: ChannelPlan) => cut.has([from, to].toSorted().join(' '));
  const redialling = redial(faulty.nodes, () => faulty.plan.channels.filter((channel) => !closed.has(channel.name) && !isCut(channel)));
  let chainWentAway = false;
  const turns = new Map<string, Promise<unknown>>();
  /** One after the other. */
  const inTurn = (name: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work);
    turns.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  };
  return {
    pause: (ms, waiting) => wallClock.sleep(ms, waiting),
    async inflict(fault, waiting = {}) {
      redialling.watch(faulty.over);
      if ('process' in fault && fault.process.part === 'bitcoind') chainWentAway = true;
      if ('process' in fault) return inTurn(nameOf(fault.process), () => signalled(faulty, fault, waiting));
      switch (fault.kind) {
        case 'cut':
        case 'heal':
          return passage(faulty, fault, cut, waiting);
        case 'degrade':
          return degrade(faulty, fault, cut, waiting);
        case 'close':
          closed.add(fault.channel);
          return close(faulty, fault, waiting);
        case 'policy':
          return setPolicy(faulty, fault);
        case 'mine':
          await faulty.bitcoind.mine(fault.blocks, waiting);
      }
    },
    async mend(waiting = {}) {
      redialling.watch(faulty.over);
      for (const edge of cut.values()) await faulty.links?.heal(...edge);
      cut.clear();
      for (const process of processes(faulty))
        await inTurn(nameOf(process), async () => {
          const state = await containerOf(faulty, process).state();
          if (state === 'paused') await signalled(faulty, { kind: 'resume', process }, waiting);
          if (state === 'down') await signalled(faulty, { kind: 'restart', process }, waiting);
        });
      await channelsBack(faulty, closed, waiting);
      if (chainWentAway) await blocksHeard(faulty, waiting);
      chainWentAway = false;
    },
  };
};

/** Until it is healed, as one that is cut. */
const degrade = async (
  { links }: Faulty,
  { edges, link }: Extract<Fault, { kind: 'degrade' }>,
  cut: Map<string, Edge>,
  waiting: Waiting,
): Promise<void> => {
  if (links === null) throw new InfrastructureError('no edge of this plan goes through the link proxy: none can be degraded');
  for (const edge of edges) {
    await links.degrade(...edge, link, waiting);
    cut.set(edge.toSorted().join(' '), edge);
  }
};

/** `cut` holds what is cut now. That an edge is whole already is no error. */
const passage = async (
  { links }: Faulty,
  fault: Extract<Fault, { kind: 'cut' | 'heal' }>,
  cut: Map<string, Edge>,
  waiting: Waiting,
): Promise<void> => {
  if (fault.kind === 'cut' && links === null)
    throw new InfrastructureError('no edge of this plan goes through the link proxy: none can be cut');
  for (const edge of fault.edges) {
    const key = edge.toSorted().join(' ');
    if (fault.kind === 'heal' && !cut.delete(key)) continue;
    if (fault.kind === 'heal') await links?.heal(...edge, waiting);
    else {
      await links?.cut(...edge, fault.how, waiting);
      cut.set(key, edge);
    }
  }
};

type Signal = Extract<Fault, { process: FaultyProcess }>;

const signalled = async (faulty: Faulty, { kind, process }: Signal, waiting: Waiting): Promise<void> => {
  const container = containerOf(faulty, process);
  await faulty.deaths.look(container);
  if (kind !== 'pause' && kind !== 'resume') faulty.deaths.meant(container);
  if (kind !== 'restart') return container[kind]();
  await container.stop();
  await container.start();
  faulty.deaths.back(container);
  await until(
    async () => {
      await container.assertRunning();
      return (await ready(faulty, process, waiting)) ? [] : [{ name: nameOf(process), state: 'does not answer' }];
    },
    {
      what: `${nameOf(process)} to answer after its restart`,
      deadlineMs: ANSWERS_MS,
      lastLog: () => container.lastLog(LAST_LINES),
      signal: waiting.signal,
    },
  );
};

const ready = async ({ lnds, relays, bitcoind }: Faulty, process: FaultyProcess, waiting: Waiting): Promise<boolean> => {
  if (process.part === 'bitcoind') return (await bitcoind.rpc<number>('getblockcount', [], waiting)) > 0;
  if (process.part === 'lnd') return (await lnds.containers.get(process.node)?.tryOpen(waiting)) != null;
  return answers(relays.find(({ endpoint }) => endpoint.node === process.node)?.endpoint.apiUrl ?? '');
};

const processes = ({ plan, relays }: Faulty): FaultyProcess[] => [
  { part: 'bitcoind' },
  ...plan.nodes.map(({ name }) => ({ part: 'lnd', node: name }) as const),
  ...relays.map(({ endpoint }) => ({ part: 'relay', node: endpoint.node }) as const),
];

const containerOf = ({ lnds, relays, bitcoind }: Faulty, process: FaultyProcess): RunningContainer => {
  if (process.part === 'bitcoind') return bitcoind.container;
  const found =
    process.part === 'lnd'
      ? lnds.containers.get(process.node)?.container
      : relays.find(({ endpoint }) => endpoint.node === process.node)?.container;
  if (found === undefined) throw new InfrastructureError(`there is no ${nameOf(process)} on this network`);
  return found;
};

const nameOf = (process: FaultyProcess): string => {
  if (process.part === 'bitcoind') return 'bitcoind';
  return process.part === 'relay' ? `${process.node}.relay` : process.node;
};

/** The opener closes: it can whether or not the other end answers. */
const close = async (faulty: Faulty, { channel: name, how }: Extract<Fault, { kind: 'close' }>, waiting: Waiting): Promise<void> => {
  const plan = channelPlan(faulty, name);
  const { lnd } = nodeOf(faulty, plan.from);
  const { id } = await channelOf(faulty, plan, plan.from);
  await asked(`close ${name}`, closeChannel({ lnd, id, ...(how === 'force' ? { is_force_close: true } : GRACEFUL) }));
  await faulty.bitcoind.mine(CLOSE_BLOCKS, waiting);
  await until(
    async () => {
      const ends = await Promise.all(
        [plan.from, plan.to].map(async (end) => ({
          name: end,
          open: (await nodeOf(faulty, end).channels(waiting)).some((channel) => channel.id === id),
        })),
      );
      return ends.filter(({ open }) => open).map((end) => ({ name: end.name, state: `still has ${name}` }));
    },
    { what: `${name} to be closed at both ends`, deadlineMs: CLOSED_MS, signal: waiting.signal },
  );
};

const setPolicy = async (faulty: Faulty, { channel: name, from, policy }: Extract<Fault, { kind: 'policy' }>): Promise<void> => {
  const node = nodeOf(faulty, from);
  const { id, transaction_id, transaction_vout, capacity } = await channelOf(faulty, channelPlan(faulty, name), from);
  const edge = (await node.graph()).edges.find((candidate) => candidate.id === id);
  const now = edge?.ends.find(({ publicKey }) => publicKey === node.publicKey)?.policy;
  if (!now) throw new InfrastructureError(`${from} does not know its own policy of ${name}`);
  const next = { ...now, ...policy };
  await asked(
    `set the policy of ${name} at ${from}`,
    updateRoutingFees({
      lnd: node.lnd,
      transaction_id,
      transaction_vout,
      base_fee_mtokens: String(next.feeBaseMsat),
      fee_rate: next.feeProportionalMillionths,
      cltv_delta: next.cltvExpiryDelta,
      min_htlc_mtokens: String(next.htlcMinimumMsat),
      max_htlc_mtokens: String(Math.floor(capacity * 0.99) * 1000),
    }),
  );
};

/** As LND has it. Of several between the same two, the plan's first is the one opened first. */
const channelOf = async (faulty: Faulty, plan: ChannelPlan, from: string) => {
  const other = plan.from === from ? plan.to : plan.from;
  const alike = faulty.plan.channels.filter(
    (candidate) => [candidate.from, candidate.to].toSorted().join() === [plan.from, plan.to].toSorted().join(),
  );
  const { channels } = await asked(
    'list channels',
    getChannels({ lnd: nodeOf(faulty, from).lnd, partner_public_key: nodeOf(faulty, other).publicKey }),
  );
  const found = channels.toSorted((one, two) => one.id.localeCompare(two.id, 'en', { numeric: true }))[alike.indexOf(plan)];
  if (found === undefined) throw new InfrastructureError(`${from} has no channel ${plan.name} any more`);
  return found;
};

const channelPlan = ({ plan }: Faulty, name: string): ChannelPlan => plan.channels.find((channel) => channel.name === name) as ChannelPlan;

const nodeOf = ({ nodes }: Faulty, name: string): LndNode => nodes.get(name) as LndNode;

/**
 * An LND notices only after some 15 s (TCP's keepalive) that the bitcoind which told it of blocks is another one, and hears of those that
 * were mined meanwhile with the next: which comes by itself on any chain but this one.
 */
const blocksHeard = async ({ nodes, bitcoind }: Faulty, { signal }: Waiting): Promise<void> => {
  let nextMs = 0;
  await until(
    async () => {
      if (wallClock.now() >= nextMs) {
        await bitcoind.mine(1, { signal });
        nextMs = wallClock.now() + NEXT_BLOCK_MS;
      }
      const states = await Promise.all(
        [...nodes].map(async ([name, { lnd }]) => ({ name, ...(await asked('ask whether it is synced', getWalletInfo({ lnd }))) })),
      );
      return states
        .filter(({ is_synced_to_chain: synced }) => !synced)
        .map(({ name }) => ({ name, state: 'has not heard of the last block' }));
    },
    { what: 'every LND to hear of blocks again', deadlineMs: MENDED_MS, signal },
  );
};

/** A peer that came back is dialled by whoever misses it, after a pause that grows with every try: it is asked to at once. */
const channelsBack = async (faulty: Faulty, closed: ReadonlySet<string>, { signal }: Waiting): Promise<void> => {
  const open = faulty.plan.channels.filter(({ name }) => !closed.has(name));
  const lacking = async (node: LndNode): Promise<{ name: string; state: string }[]> => {
    const own = open.filter(({ from, to }) => from === node.name || to === node.name);
    const active = (await node.channels({ signal })).filter((channel) => channel.active);
    if (active.length >= own.length) return [];
    const peers = new Set(await node.peers({ signal }));
    // One end alone: two dials that cross may both be given up, and LND makes none after that.
    for (const { to } of own.filter(({ from }) => from === node.name)) {
      const other = nodeOf(faulty, to);
      if (!peers.has(other.publicKey)) await node.connect(other.publicKey, other.socket, { signal }).catch(() => {});
    }
    return [{ name: node.name, state: `${active.length} of ${own.length} channels active` }];
  };
  await until(async () => (await Promise.all([...faulty.nodes.values()].map(lacking))).flat(), {
    what: 'every channel to be active again after the events',
    deadlineMs: MENDED_MS,
    signal,
  });
};
