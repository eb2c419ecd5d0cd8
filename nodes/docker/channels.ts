/** From LNDs that answer to a graph that every node knows: fund, connect, open, announce. Barriers between. */
import { createChainAddress, getChannels, getUtxos, openChannel, updateRoutingFees } from 'ln-service';
import { LndError, PeerError } from '../errors.ts';
import { asked } from '../lnd/failures.ts';
import type { LndNode } from '../lnd/index.ts';
import type { ChannelPolicy, Waiting } from '../node.ts';
import type { ChannelPlan, NetworkPlan } from '../plan.ts';
import type { Bitcoind } from './bitcoind.ts';
import { type Redialled, redial } from './redial.ts';
import { type Laggard, until } from './until.ts';

/** BOLT 7: a channel is announced once its funding has six confirmations. */
const ANNOUNCE_CONFIRMATIONS = 6;
const SAT_PER_BTC = 100_000_000;
/** On top of a channel's capacity, for the funding transaction's fee. */
const FEE_RESERVE_SAT = 1_000_000;
const BARRIER_DEADLINE_MS = 60_000;
const GRAPH_DEADLINE_MS = 120_000;
/** A funding transaction a block would take forever to fill; regtest has room for this rate. */
const FUNDING_SAT_PER_VBYTE = 2;
const NOT_ONLINE = /PeerIsNotOnline/;

export interface Building extends Waiting {
  readonly plan: NetworkPlan;
  readonly answering: ReadonlyMap<string, Promise<LndNode>>;
  readonly bitcoind: Bitcoind;
  readonly lastLog: (name: string) => Promise<string>;
  readonly phase: (name: string) => void;
  /** Wallets and channels are there already: their nodes have only to find each other. */
  readonly restored: boolean;
  /** Where `from` dials `to`, if not at its own address. */
  readonly dialled?: ((from: string, to: string) => Promise<string | null>) | undefined;
}

/** Once every LND answers. */
interface Built extends Building {
  readonly nodes: ReadonlyMap<string, LndNode>;
}

/**
 * Peers connect as soon as both answer: making a wallet keeps a core busy for seconds. Money waits for all of them and for a block, since
 * a wallet that is still starting does not hear of a transaction that no block has.
 */
export const buildChannels = async (building: Building): Promise<void> => {
  const { plan, answering, bitcoind, phase, restored, signal } = building;
  // However many channels they have, two nodes have one connection.
  const pairs = new Map(plan.channels.map(({ from, to }) => [[from, to].toSorted().join(' '), { from, to }]));
  const peered = [...pairs.values()].map((pair) => peer(building, pair));
  const all = Promise.allSettled(peered);
  const nodes = new Map(await Promise.all([...answering].map(async ([name, node]) => [name, await node] as const)));
  phase('LND answers');
  if (plan.channels.length === 0) return;
  const built: Built = { ...building, nodes };
  if (!restored) {
    await Promise.all(plan.nodes.map(({ name }) => fund(built, name)));
    await bitcoind.mine(1, { signal });
    await moneySeen(built);
    phase('funded');
  }
  await Promise.all(peered);
  await all;
  phase('peered');
  if (!restored) {
    await Promise.all(plan.channels.map((channel) => open(built, channel)));
    await bitcoind.mine(ANNOUNCE_CONFIRMATIONS, { signal });
    phase('channels opened');
  }
  await heightsEqual(built);
  await channelsActive(built);
  phase('channels active');
  await Promise.all(plan.channels.map((channel) => setPolicies(built, channel)));
  await graphsComplete(built);
  phase('graph complete');
};

/** One transaction: an output for each channel that the node opens. */
const fund = async ({ plan, nodes, bitcoind, signal }: Built, name: string): Promise<void> => {
  const { lnd } = nodes.get(name) as LndNode;
  const outputs: Record<string, number> = {};
  for (const { capacitySat } of opensOf(plan, name)) {
    const { address } = await asked('make an address', createChainAddress({ lnd, format: 'p2wpkh' }));
    outputs[address] = (capacitySat + FEE_RESERVE_SAT) / SAT_PER_BTC;
  }
  if (Object.keys(outputs).length > 0) await bitcoind.rpc('sendmany', ['', outputs], { signal });
};

const moneySeen = ({ plan, nodes, lastLog, signal }: Built): Promise<void> =>
  until(
    async () =>
      laggards(nodes, async ({ name, lnd }) => {
        const wanted = opensOf(plan, name).length;
        if (wanted === 0) return null;
        const { utxos } = await asked('list outputs', getUtxos({ lnd, min_confirmations: 1 }));
        return utxos.length >= wanted ? null : `sees ${utxos.length} of ${wanted} outputs`;
      }),
    { what: 'every LND to see its money', deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );

const opensOf = (plan: NetworkPlan, name: string): readonly ChannelPlan[] => plan.channels.filter(({ from }) => from === name);

/** LND answers a connect before the handshake has ended at the other side; a channel opened then fails with "peer is not online". */
const peer = async ({ answering, dialled, lastLog, signal }: Building, { from, to }: Pick<ChannelPlan, 'from' | 'to'>): Promise<void> => {
  const [near, far] = await Promise.all([answeringNode(answering, from), answeringNode(answering, to)]);
  await near.connect(far.publicKey, (await dialled?.(from, to)) ?? far.socket, { signal }).catch((error: unknown) => {
    // LND goes on dialling: what is waited for below says who is late, and what it logged.
    if (!(error instanceof PeerError)) throw error;
  });
  await until(
    async () => {
      const [ofNear, ofFar] = await Promise.all([near.peers({ signal }), far.peers({ signal })]);
      return [
        ...(ofNear.includes(far.publicKey) ? [] : [{ name: from, state: `not connected to ${to}` }]),
        ...(ofFar.includes(near.publicKey) ? [] : [{ name: to, state: `not connected to ${from}` }]),
      ];
    },
    { what: `${from} and ${to} to be connected`, deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );
};

const answeringNode = (answering: Building['answering'], name: string): Promise<LndNode> => answering.get(name) as Promise<LndNode>;

const heightsEqual = async ({ nodes, bitcoind, lastLog, signal }: Built): Promise<void> => {
  const tip = await bitcoind.rpc<number>('getblockcount', [], { signal });
  await until(
    async () =>
      laggards(nodes, async (node) => {
        const height = await node.height({ signal });
        return height === tip ? null : `at height ${height}, bitcoind at ${tip}`;
      }),
    { what: 'every LND at the height of bitcoind', deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );
};

/** LND may hang up on a peer that it has just met when both dialled: a channel asked for in that moment is asked for again. */
const open = async ({ nodes, lastLog, signal }: Built, channel: ChannelPlan): Promise<void> => {
  const [from, to] = [nodes.get(channel.from) as LndNode, nodes.get(channel.to) as LndNode];
  const [policy] = channel.policies;
  await until(
    async () => {
      try {
        await asked(
          `open ${channel.name}`,
          openChannel({
            lnd: from.lnd,
            partner_public_key: to.publicKey,
            local_tokens: channel.capacitySat,
            give_tokens: Math.round(channel.capacitySat * (1 - channel.balance)),
            base_fee_mtokens: String(policy.feeBaseMsat),
            fee_rate: policy.feeProportionalMillionths,
            chain_fee_tokens_per_vbyte: FUNDING_SAT_PER_VBYTE,
          }),
        );
        return [];
      } catch (error) {
        if (!(error instanceof LndError) || !NOT_ONLINE.test(error.code)) throw error;
        return [{ name: channel.from, state: `${channel.to} is not online` }];
      }
    },
    { what: `${channel.name} to be opened`, deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );
};

/** Nodes that were restored dial their peers by themselves while they are dialled here: where both dials were given up, once more. */
const channelsActive = async (building: Built): Promise<void> => {
  const { plan, nodes, lastLog, signal } = building;
  const over = new AbortController();
  redial(dialling(building), () => plan.channels).watch(over.signal);
  await until(
    async () =>
      laggards(nodes, async (node) => {
        const wanted = plan.channels.filter(({ from, to }) => from === node.name || to === node.name).length;
        const active = (await node.channels({ signal })).filter((channel) => channel.active).length;
        return active === wanted ? null : `${active} of ${wanted} channels active`;
      }),
    { what: 'every channel active at both ends', deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  ).finally(() => over.abort());
};

/** The nodes, each dialling the others where they are to be dialled. */
const dialling = ({ nodes, dialled }: Built): ReadonlyMap<string, Redialled> => {
  const names = new Map([...nodes].map(([name, { publicKey }]) => [publicKey, name]));
  const connectOf =
    (name: string, node: LndNode): LndNode['connect'] =>
    async (publicKey, socket, waiting) =>
      node.connect(publicKey, (await dialled?.(name, names.get(publicKey) as string)) ?? socket, waiting);
  return new Map([...nodes].map(([name, node]) => [name, { ...node, connect: connectOf(name, node) }]));
};

/** LND announces each side with the policy of its own flags and of the opening; what differs is set here. */
const setPolicies = async (building: Built, channel: ChannelPlan): Promise<void> => {
  const ends = [
    [channel.from, channel.to, channel.policies[0]],
    [channel.to, channel.from, channel.policies[1]],
  ] as const;
  for (const [own, other, policy] of ends) {
    const node = nodeOf(building, own);
    const partner = nodeOf(building, other).publicKey;
    const edge = (await node.graph()).edges.find(
      ({ ends: keys }) => keys.some((end) => end.publicKey === partner) && keys.some((end) => end.publicKey === node.publicKey),
    );
    const announced = edge?.ends.find((end) => end.publicKey === node.publicKey)?.policy;
    if (!announced || samePolicy(announced, policy)) continue;
    const { channels } = await asked('list channels', getChannels({ lnd: node.lnd, partner_public_key: partner }));
    for (const { transaction_id, transaction_vout } of channels)
      await asked(
        `set the policy of ${channel.name} at ${own}`,
        updateRoutingFees({
          lnd: node.lnd,
          transaction_id,
          transaction_vout,
          base_fee_mtokens: String(policy.feeBaseMsat),
          fee_rate: policy.feeProportionalMillionths,
          cltv_delta: policy.cltvExpiryDelta,
          min_htlc_mtokens: String(policy.htlcMinimumMsat),
          max_htlc_mtokens: String(Math.floor(channel.capacitySat * 0.99) * 1000),
        }),
      );
  }
};

/** Both policies of every edge, as planned, on every node. */
const graphsComplete = async (building: Built): Promise<void> => {
  const { plan, nodes, lastLog, signal } = building;
  const wanted = plan.channels.length;
  await until(
    async () =>
      laggards(nodes, async (node) => {
        const { edges } = await node.graph({ signal });
        const known = plan.channels.filter((channel) => edgeAsPlanned(building, channel, edges)).length;
        return known >= wanted ? null : `knows ${known} of ${wanted} channels with both policies`;
      }),
    { what: 'every node to know every channel with both policies', deadlineMs: GRAPH_DEADLINE_MS, lastLog, signal },
  );
};

type Edges = Awaited<ReturnType<LndNode['graph']>>['edges'];

const edgeAsPlanned = (building: Built, channel: ChannelPlan, edges: Edges): boolean => {
  const from = nodeOf(building, channel.from).publicKey;
  const to = nodeOf(building, channel.to).publicKey;
  return edges.some(({ ends }) => {
    const atFrom = ends.find((end) => end.publicKey === from);
    const atTo = ends.find((end) => end.publicKey === to);
    return (
      atFrom?.policy != null &&
      atTo?.policy != null &&
      samePolicy(atFrom.policy, channel.policies[0]) &&
      samePolicy(atTo.policy, channel.policies[1])
    );
  });
};

const samePolicy = (a: ChannelPolicy, b: ChannelPolicy): boolean =>
  a.feeBaseMsat === b.feeBaseMsat &&
  a.feeProportionalMillionths === b.feeProportionalMillionths &&
  a.cltvExpiryDelta === b.cltvExpiryDelta &&
  a.htlcMinimumMsat === b.htlcMinimumMsat;

const nodeOf = ({ nodes }: Built, name: string): LndNode => nodes.get(name) as LndNode;

const laggards = async (
  nodes: ReadonlyMap<string, LndNode>,
  stateOf: (node: LndNode) => Promise<string | null>,
): Promise<readonly Laggard[]> => {
  const states = await Promise.all([...nodes.values()].map(async (node) => ({ name: node.name, state: await stateOf(node) })));
  return states.filter((laggard): laggard is Laggard => laggard.state !== null);
};
