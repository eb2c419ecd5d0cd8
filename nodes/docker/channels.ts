/** From LNDs that answer to a graph that every node knows: fund, connect, open, announce. Barriers between. */
import { createChainAddress, getChannels, openChannel, updateRoutingFees } from 'ln-service';
import { asked } from '../lnd/failures.ts';
import type { LndNode } from '../lnd/index.ts';
import type { ChannelPolicy, Waiting } from '../node.ts';
import type { ChannelPlan, NetworkPlan } from '../plan.ts';
import type { Bitcoind } from './bitcoind.ts';
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

export interface Building extends Waiting {
  readonly plan: NetworkPlan;
  readonly nodes: ReadonlyMap<string, LndNode>;
  readonly bitcoind: Bitcoind;
  readonly lastLog: (name: string) => Promise<string>;
  readonly phase: (name: string) => void;
}

export const buildChannels = async (building: Building): Promise<void> => {
  const { plan, bitcoind, phase, signal } = building;
  if (plan.channels.length === 0) return;
  await fund(building);
  await heightsEqual(building);
  phase('funded');
  await Promise.all(plan.channels.map(({ from, to }) => connect(building, from, to)));
  await peersOnline(building);
  phase('peered');
  await Promise.all(plan.channels.map((channel) => open(building, channel)));
  await bitcoind.mine(ANNOUNCE_CONFIRMATIONS, { signal });
  phase('channels opened');
  await heightsEqual(building);
  await channelsActive(building);
  phase('channels active');
  await Promise.all(plan.channels.map((channel) => setPolicies(building, channel)));
  await graphsComplete(building);
  phase('graph complete');
};

/** One transaction for all: an output for each channel that a node opens, and one to spare. */
const fund = async ({ plan, nodes, bitcoind, signal }: Building): Promise<void> => {
  const outputs: Record<string, number> = {};
  for (const [name, { lnd }] of nodes) {
    const opened = plan.channels.filter(({ from }) => from === name);
    for (const { capacitySat } of opened) {
      const { address } = await asked('make an address', createChainAddress({ lnd, format: 'p2wpkh' }));
      outputs[address] = (capacitySat + FEE_RESERVE_SAT) / SAT_PER_BTC;
    }
  }
  await bitcoind.rpc('sendmany', ['', outputs], { signal });
  await bitcoind.mine(1, { signal });
};

const heightsEqual = async ({ nodes, bitcoind, lastLog, signal }: Building): Promise<void> => {
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

const connect = (building: Building, from: string, to: string): Promise<void> => {
  const { publicKey, socket } = nodeOf(building, to);
  return nodeOf(building, from).connect(publicKey, socket, { signal: building.signal });
};

/** LND answers a connect before the handshake has ended at the other side; a channel opened then fails with "peer is not online". */
const peersOnline = async (building: Building): Promise<void> => {
  const { plan, nodes, lastLog, signal } = building;
  await until(
    async () =>
      laggards(nodes, async (node) => {
        const peers = new Set(await node.peers({ signal }));
        const neighbours = plan.channels.flatMap(({ from, to }) => (from === node.name ? [to] : to === node.name ? [from] : []));
        const missing = neighbours.filter((name) => !peers.has(nodeOf(building, name).publicKey));
        return missing.length === 0 ? null : `not connected to ${missing.join(', ')}`;
      }),
    { what: 'both ends of every channel to be connected', deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );
};

const open = async (building: Building, channel: ChannelPlan): Promise<void> => {
  const from = nodeOf(building, channel.from);
  const to = nodeOf(building, channel.to);
  const [policy] = channel.policies;
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
};

const channelsActive = async (building: Building): Promise<void> => {
  const { plan, nodes, lastLog, signal } = building;
  await until(
    async () =>
      laggards(nodes, async (node) => {
        const wanted = plan.channels.filter(({ from, to }) => from === node.name || to === node.name).length;
        const active = (await node.channels({ signal })).filter((channel) => channel.active).length;
        return active === wanted ? null : `${active} of ${wanted} channels active`;
      }),
    { what: 'every channel active at both ends', deadlineMs: BARRIER_DEADLINE_MS, lastLog, signal },
  );
};

/** LND announces each side with the policy of its own flags and of the opening; what differs is set here. */
const setPolicies = async (building: Building, channel: ChannelPlan): Promise<void> => {
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
const graphsComplete = async (building: Building): Promise<void> => {
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

const edgeAsPlanned = (building: Building, channel: ChannelPlan, edges: Edges): boolean => {
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

const nodeOf = ({ nodes }: Building, name: string): LndNode => nodes.get(name) as LndNode;

const laggards = async (
  nodes: ReadonlyMap<string, LndNode>,
  stateOf: (node: LndNode) => Promise<string | null>,
): Promise<readonly Laggard[]> => {
  const states = await Promise.all([...nodes.values()].map(async (node) => ({ name: node.name, state: await stateOf(node) })));
  return states.filter((laggard): laggard is Laggard => laggard.state !== null);
};
