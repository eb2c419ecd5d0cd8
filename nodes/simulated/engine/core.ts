/** The parts that the model's mechanisms share: who is there, what time it is, what is under way. */
import { CHAIN_HEIGHT, type Chain } from '../chain.ts';
import type { ChannelGraph } from '../channel-graph.ts';
import type { Costs } from '../costs.ts';
import type { Trace } from '../trace.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { ChannelState } from './channel-state.ts';
import { Connections } from './connections.ts';
import { Databases } from './databases.ts';
import { Hosts } from './hosts.ts';
import { Htlcs } from './htlcs.ts';
import { Jobs } from './jobs.ts';
import type { NodeColumns } from './node-columns.ts';
import { Routes } from './routes.ts';
import { Wires } from './wires.ts';

export class Core {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly costs: Costs;
  readonly graph: ChannelGraph;
  readonly nodes: NodeColumns;
  readonly state: ChannelState;
  readonly connections: Connections;
  readonly wires: Wires;
  /** The thread of a link has its end's number. */
  readonly jobs: Jobs;
  readonly databases: Databases;
  readonly chain: Chain = { height: CHAIN_HEIGHT };
  readonly htlcs = new Htlcs();
  readonly routes = new Routes();

  constructor(time: VirtualTime, costs: Costs, graph: ChannelGraph, nodes: NodeColumns, hosts: number) {
    this.time = time;
    this.trace = time.trace;
    this.costs = costs;
    this.graph = graph;
    this.nodes = nodes;
    this.state = new ChannelState(graph);
    this.connections = new Connections(graph);
    this.wires = new Wires(time, costs.wireUs, this.connections.count);
    const diskUs = Float64Array.from(nodes.disk, (disk) => Math.round(disk * costs.dbCommitUs));
    this.databases = new Databases(nodes.host, diskUs, Math.round(costs.dbCommitCpuUs));
    const machines = new Hosts(hosts, costs.cores, costs.asideShare);
    this.jobs = new Jobs(time, machines, this.databases, costs.dbCommitCpuUs, nodes.host, Int32Array.from(graph.endNode));
  }
}
