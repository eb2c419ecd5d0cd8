/** A plan turned into the model: nodes, connections, channels and the links at their ends, all up. */
import type { NetworkPlan } from '../plan.ts';
import { Channel } from './channel.ts';
import type { Costs } from './costs.ts';
import { handler } from './forward.ts';
import { Host } from './host.ts';
import { LinkEnd } from './link.ts';
import { SimulatedLnd, type World } from './lnd.ts';
import { carries, connectionOf } from './peers.ts';
import { DEFAULT_PROFILE } from './profile/default.ts';
import { SeededRandom } from './random.ts';
import { VirtualTime } from './virtual-time.ts';

/** Short channel ids: one block, one funding transaction each, as if all were opened at once on regtest. */
const FUNDING_HEIGHT = 113;

export interface Model extends World {
  /** By name, in the plan's order. */
  readonly lnds: ReadonlyMap<string, SimulatedLnd>;
  readonly byKey: ReadonlyMap<string, SimulatedLnd>;
  readonly channels: readonly Channel[];
}

export function buildModel(plan: NetworkPlan, costs: Costs = DEFAULT_PROFILE.costs): Model {
  const time = new VirtualTime();
  const world: World = { time, costs, host: new Host(time, costs.cores), trace: time.trace, random: new SeededRandom(plan.seed) };
  const lnds = new Map(plan.nodes.map((node, index) => [node.name, new SimulatedLnd(world, node, index)]));
  for (const { ends, link } of plan.links ?? []) connectionOf(lnds.get(ends[0])!, lnds.get(ends[1])!).setLink(link);
  const channels = plan.channels.map((channelPlan, index) => {
    const channel = new Channel(channelPlan, index, `${FUNDING_HEIGHT}x${index + 1}x0`);
    const opener = lnds.get(channelPlan.from)!;
    const other = lnds.get(channelPlan.to)!;
    const connection = connectionOf(opener, other);
    connection.restore();
    carries(connection, channel);
    const links = [opener, other].map((node, side) => new LinkEnd(channel, side as 0 | 1, node, connection, handler));
    const [near, far] = links as [LinkEnd, LinkEnd];
    near.peer = far;
    far.peer = near;
    for (const link of links) link.node.addLink(link);
    return channel;
  });
  return { ...world, lnds, byKey: new Map([...lnds.values()].map((lnd) => [lnd.publicKey, lnd])), channels };
}
