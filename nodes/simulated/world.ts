/** A plan turned into the model: the engine's columns for all of it, and an object for each node, channel and connection that is asked for. */
import { InfrastructureError } from '../errors.ts';
import type { NetworkPlan } from '../plan.ts';
import { Channel, type LinkEnd, type Side } from './channel.ts';
import { channelGraphOf } from './channel-graph.ts';
import { Calls, Connection } from './connection.ts';
import type { Costs } from './costs.ts';
import { Core } from './engine/core.ts';
import { Engine } from './engine/engine.ts';
import { NodeColumns } from './engine/node-columns.ts';
import { NodeKey } from './keys.ts';
import { LazyMap, lazily } from './lazy-map.ts';
import { SimulatedLnd } from './lnd.ts';
import { carries, connectionOf as connectionBetween } from './peers.ts';
import { DEFAULT_PROFILE } from './profile/default.ts';
import { Programs } from './programs.ts';
import { SeededRandom } from './random.ts';
import { RandomColumns } from './random-columns.ts';
import { Routing } from './routing/routing.ts';
import type { Trace } from './trace.ts';
import { VirtualTime } from './virtual-time.ts';

/** Short channel ids: one block, one funding transaction each, as if all were opened at once on regtest. */
const FUNDING_HEIGHT = 113;
/** As many as a docker network might have share one machine, as they would there; more have one each. */
const NODES_ON_ONE_HOST_MAX = 64;

/** What all nodes of one network share. */
export interface World {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly costs: Costs;
  readonly random: SeededRandom;
  readonly core: Core;
  readonly engine: Engine;
  readonly programs: Programs;
  readonly calls: Calls;
  readonly routing: Routing;
  nameOf(node: number): string;
  lndAt(node: number): SimulatedLnd;
  keyOf(node: number): NodeKey;
  channelAt(channel: number): Channel;
  linkAt(end: number): LinkEnd;
  connectionOfChannel(channel: number): Connection;
}

export interface Model extends World {
  /** By name, in the plan's order. */
  readonly lnds: LazyMap<string, SimulatedLnd>;
  /** By public key: the first question of one that nobody asked for makes the keys of all. */
  readonly byKey: { get(publicKey: string): SimulatedLnd | undefined; has(publicKey: string): boolean };
  /** All of them as objects. */
  readonly channels: readonly Channel[];
}

export function buildModel(plan: NetworkPlan, costs: Costs = DEFAULT_PROFILE.costs): Model {
  const time = new VirtualTime();
  const random = new SeededRandom(plan.seed);
  const graph = channelGraphOf(plan);
  const core = coreOf(plan, costs, time, graph);
  const names = new Map(plan.nodes.map(({ name }, index) => [name, index]));
  const channelId = (channel: number) => `${FUNDING_HEIGHT}x${channel + 1}x0`;
  const programs = new Programs((node) => world.lndAt(node), channelId);
  const engine = new Engine(core, programs);
  programs.engine = engine;
  const lnds = new LazyMap(names.keys(), (name) => new SimulatedLnd(world, plan.nodes[names.get(name)!]!, names.get(name)!));
  const connections = lazily((number) => connectionOf(world, number));
  let byKey: ReadonlyMap<string, number> | undefined;
  const world: World = {
    time,
    trace: time.trace,
    costs,
    random,
    core,
    engine,
    programs,
    calls: new Calls(core.wires),
    routing: new Routing(core),
    nameOf: (node) => plan.nodes[node]!.name,
    lndAt: (node) => lnds.get(plan.nodes[node]!.name)!,
    keyOf: lazily((node) => new NodeKey(random.split(`node ${plan.nodes[node]!.name}`).split('key'))),
    channelAt: lazily((channel) => new Channel(plan.channels[channel]!, channel, channelId(channel), core.state)),
    linkAt: lazily((end) => linkOf(world, end)),
    connectionOfChannel: (channel) => connections(core.connections.ofChannel(channel)),
  };
  for (const { ends, link } of plan.links ?? []) connectionBetween(lnds.get(ends[0])!, lnds.get(ends[1])!).setLink(link);
  return {
    ...world,
    lnds,
    byKey: {
      get(publicKey) {
        byKey ??= new Map(plan.nodes.map((_, node) => [world.keyOf(node).publicKey, node]));
        const node = byKey.get(publicKey);
        return node === undefined ? undefined : world.lndAt(node);
      },
      has(publicKey) {
        return this.get(publicKey) !== undefined;
      },
    },
    get channels() {
      return plan.channels.map((_, channel) => world.channelAt(channel));
    },
  };
}

function coreOf(plan: NetworkPlan, costs: Costs, time: VirtualTime, graph: ReturnType<typeof channelGraphOf>): Core {
  const shared = plan.nodes.length <= NODES_ON_ONE_HOST_MAX;
  const random = new RandomColumns(plan.seed, 'costs', plan.nodes.length, (node) => plan.nodes[node]!.name);
  const numbers = (node: number) => {
    const { commitIntervalMs, storage } = plan.nodes[node]!;
    return { commitIntervalMs, onTmpfs: storage === 'tmpfs' };
  };
  const nodes = new NodeColumns(plan.nodes.length, numbers, (node) => (shared ? 0 : node), random, costs);
  const core = new Core(time, costs, graph, nodes, shared ? 1 : plan.nodes.length);
  plan.channels.forEach(({ name, from, capacitySat, balance }, channel) => {
    core.state.fund(channel, balance);
    const keptMsat = core.state.balanceMsat(2 * channel);
    if (keptMsat >= core.state.reserveMsat[channel]!) return;
    throw new InfrastructureError(`channel ${name}: ${from} would keep ${keptMsat / 1000} sat of ${capacitySat}, below its reserve`, {
      hint: 'a larger capacity, or a larger balance at the side that opens it',
    });
  });
  return core;
}

function linkOf(world: World, end: number): LinkEnd {
  return {
    end,
    channel: world.channelAt(end >> 1),
    side: (end & 1) as Side,
    get node() {
      return world.lndAt(world.core.graph.endNode[end]!);
    },
    get peer() {
      return world.linkAt(end ^ 1);
    },
  };
}

/** Between two nodes with channels: up from the start, and the channels depend on it. */
function connectionOf(world: World, number: number): Connection {
  const { connections, graph } = world.core;
  const [a, b] = [connections.senderOf(2 * number), connections.senderOf(2 * number + 1)];
  const connection = new Connection(world, number, a, b);
  for (let place = graph.firstEnd[a]!; place < graph.firstEnd[a + 1]!; place++) {
    const channel = graph.endsOf[place]! >> 1;
    if (connections.ofChannel(channel) === number) carries(connection, channel);
  }
  return connection;
}
