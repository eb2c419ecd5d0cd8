/** The topology section to nodes' names and channels with their policies. */
import type { ChannelPolicy } from '../../../nodes/node.ts';
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { SeededRandom } from '../../../nodes/seeded-random.ts';
import type { Complaints } from '../complaints.ts';
import type { DescribedGraph } from '../graph-file/described-graph.ts';
import type { Policy } from '../policy-schema.ts';
import { NODE_SETTINGS } from '../schema.ts';
import { DRAWN_KINDS, type DrawnKind, drawnTopology } from './drawn.ts';
import { channelCount, type GeneratedKind, shapeOf } from './edges.ts';
import { balanceOf, OPENER_SAT_MIN, type WrittenBalance } from './funds.ts';
import { importedTopology } from './imported.ts';
import { CHANNELS_MAX, NODES_MAX, type WrittenChannel, type WrittenTopology } from './schema.ts';

export interface TopologyPlan {
  readonly names: readonly string[];
  readonly channels: readonly ChannelPlan[];
  /** Of one piece, as it was made: nobody need look. */
  readonly whole?: true;
  /** What a reader of the run must know of it. */
  readonly notes?: readonly string[];
}

export interface TopologySurroundings {
  readonly seed: number;
  /** The file that `import` names, read before. */
  readonly graph?: DescribedGraph | undefined;
}

export function planTopology(
  written: WrittenTopology,
  policy: Policy,
  { seed, graph }: TopologySurroundings,
  complaints: Complaints,
): TopologyPlan | undefined {
  const kinds = Object.keys(written) as (keyof WrittenTopology)[];
  if (kinds.length !== 1) {
    const expected = `expected exactly one of ${KINDS.join(', ')}`;
    complaints.about(['topology'], `${expected}, found ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`);
    return undefined;
  }
  const before = complaints.mistakes.length;
  const kind = kinds[0]!;
  const plan = planned(kind, written, policy, seed, graph, complaints);
  return complaints.mistakes.length > before ? undefined : plan;
}

const KINDS = ['line', 'ring', 'star', 'mesh', 'tree', 'grid', ...DRAWN_KINDS, 'channels', 'import'] as const;

function planned(
  kind: keyof WrittenTopology,
  written: WrittenTopology,
  policy: Policy,
  seed: number,
  graph: DescribedGraph | undefined,
  complaints: Complaints,
): TopologyPlan | undefined {
  if (kind === 'import') return graph === undefined ? undefined : imported(graph, written.import!, seed, complaints);
  const random = new SeededRandom(seed, 'topology').split('balance');
  if (kind === 'channels') return listed(written.channels!, policy, random, complaints);
  if (DRAWN_KINDS.includes(kind as DrawnKind)) return drawnTopology(kind as DrawnKind, written, seed, policyOf(policy), complaints);
  return generated(kind as GeneratedKind, written, policy, random, complaints);
}

function imported(
  graph: DescribedGraph,
  written: WrittenTopology['import'] & {},
  seed: number,
  complaints: Complaints,
): TopologyPlan | undefined {
  const { balance = 0.5, keep = 'all' } = typeof written === 'string' ? {} : written;
  const { pieces, ...topology } = importedTopology(graph, balance, keep, seed);
  const path = ['topology', 'import'];
  if (pieces.length === 0) return void complaints.about(path, 'no channel of the file can be used: all are too small to be opened');
  if (topology.channels.every(({ disabled }) => disabled?.[0] && disabled[1]))
    return void complaints.about(
      path,
      'nothing can be routed: both directions of every channel are disabled or were never announced; export the graph of a node that is synced to it',
    );
  if (keep === 'largest' || pieces.length === 1) return { ...topology, whole: true };
  const all = pieces.reduce((sum, nodes) => sum + nodes, 0);
  complaints.about(
    path,
    `the graph falls apart into ${pieces.length} pieces, between which nothing can be routed; the largest has ${pieces[0]} of ${all} nodes: { file: …, keep: largest } keeps it alone`,
  );
  return undefined;
}

function generated(
  kind: GeneratedKind,
  written: WrittenTopology,
  policy: Policy,
  random: SeededRandom,
  complaints: Complaints,
): TopologyPlan | undefined {
  const { capacity, balance } = written[kind]!;
  if (kind === 'grid') {
    const nodes = written.grid!.rows * written.grid!.columns;
    if (nodes < 2 || nodes > NODES_MAX)
      return void complaints.about(['topology', 'grid'], `expected 2 to ${NODES_MAX} nodes, found ${nodes}`);
  } else if (!distinct(kind, written, complaints)) return undefined;
  const count = channelCount(kind, written);
  if (count > CHANNELS_MAX)
    return void complaints.about(['topology', kind], `would have ${count} channels: expected at most ${CHANNELS_MAX}`);
  checkOpener(capacity, balance, ['topology', kind], complaints);
  const shape = shapeOf(kind, written);
  const policies = bothWays(policy);
  const channels = shape.edges.map(([from, to]) => ({
    name: `${from}-${to}`,
    from,
    to,
    capacitySat: capacity,
    balance: balanceOf(balance, capacity, random),
    policies,
  }));
  return { names: shape.names, channels: uniquelyNamed(channels) };
}

function distinct(kind: Exclude<GeneratedKind, 'grid'>, written: WrittenTopology, complaints: Complaints): boolean {
  const { nodes } = written[kind]!;
  if (typeof nodes === 'number') return true;
  const before = complaints.mistakes.length;
  const seen = new Set<string>();
  nodes.forEach((name, index) => {
    const path = ['topology', kind, 'nodes', index];
    if (seen.has(name)) complaints.about(path, `duplicate node name ${name}: each node needs a name of its own`);
    seen.add(name);
    checkName(name, path, complaints);
  });
  return complaints.mistakes.length === before;
}

/** In the order in which the list names them. */
function listed(channels: readonly WrittenChannel[], policy: Policy, random: SeededRandom, complaints: Complaints): TopologyPlan {
  const names = new Set<string>();
  const titles = new Set<string>();
  const plans = channels.map((channel, index): ChannelPlan => {
    const path = ['topology', 'channels', index];
    const { from, to, capacity, balance } = channel;
    if (from === to) complaints.about([...path, 'to'], `a channel needs two nodes: ${from} cannot open one with itself`);
    for (const end of ['from', 'to'] as const) checkName(channel[end], [...path, end], complaints);
    if (channel.name !== undefined && titles.has(channel.name))
      complaints.about([...path, 'name'], `duplicate channel name ${channel.name}`);
    if (channel.name !== undefined) titles.add(channel.name);
    checkOpener(capacity, balance, path, complaints);
    names.add(from).add(to);
    return {
      name: channel.name ?? `${from}-${to}`,
      from,
      to,
      capacitySat: capacity,
      balance: balanceOf(balance, capacity, random),
      policies: bothWays(channel.policy ?? policy),
    };
  });
  if (names.size > NODES_MAX) complaints.about(['topology', 'channels'], `names ${names.size} nodes: expected at most ${NODES_MAX}`);
  return { names: [...names], channels: uniquelyNamed(plans) };
}

/** Under `nodes:` a word is either a setting for all or a node's name, so no node may be called like a setting. */
function checkName(name: string, path: readonly (string | number)[], complaints: Complaints): void {
  if (NODE_SETTINGS.includes(name)) complaints.about(path, `a node cannot be called ${name}: under nodes: that is a setting for all`);
}

function checkOpener(capacitySat: number, written: WrittenBalance, path: readonly (string | number)[], complaints: Complaints): void {
  // What chance gives is always enough.
  const balance = typeof written === 'number' ? written : 0.5;
  const own = Math.floor(capacitySat * balance);
  if (own >= OPENER_SAT_MIN) return;
  complaints.about(
    [...path, 'balance'],
    `leaves ${own} of ${capacitySat} sat to the opener, who pays for the commitment transaction: expected at least ${OPENER_SAT_MIN} sat; raise balance or capacity`,
  );
}

function bothWays(policy: Policy): readonly [ChannelPolicy, ChannelPolicy] {
  const one = policyOf(policy);
  return [one, one];
}

function policyOf(policy: Policy): ChannelPolicy {
  return {
    feeBaseMsat: policy.fee_base_msat,
    feeProportionalMillionths: policy.fee_proportional_millionths,
    cltvExpiryDelta: policy.cltv_expiry_delta,
    htlcMinimumMsat: policy.htlc_minimum_msat,
  };
}

/** Two channels between the same nodes: the second is n0-n1-2. */
function uniquelyNamed(channels: readonly ChannelPlan[]): ChannelPlan[] {
  const taken = new Set<string>();
  return channels.map((channel) => {
    let name = channel.name;
    for (let copy = 2; taken.has(name); copy++) name = `${channel.name}-${copy}`;
    taken.add(name);
    return { ...channel, name };
  });
}
