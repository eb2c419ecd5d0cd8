/** Networks for measurements, made in columns: no plan, no objects. */
import type { ChannelGraph } from '../../nodes/simulated/channel-graph.ts';
import { emptyGraph, linked } from '../../nodes/simulated/channel-graph.ts';
import { Core } from '../../nodes/simulated/engine/core.ts';
import { Engine } from '../../nodes/simulated/engine/engine.ts';
import { NodeColumns } from '../../nodes/simulated/engine/node-columns.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import { RandomColumns } from '../../nodes/simulated/random-columns.ts';
import { MissionControl } from '../../nodes/simulated/routing/mission-control.ts';
import { PathFinder } from '../../nodes/simulated/routing/path-finder.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';

export type Draw = () => number;

/** From 0 up to 1, by a seed. */
export function drawer(seed: number): Draw {
  const random = new RandomColumns(seed, 'speed', 1, () => 'draws');
  return () => random.float(0);
}

/** LND's default policy; capacities of mainnet's order, 1 to 10 M sat. */
const BASE_MSAT = 1_000;
const PPM = 1;
const CLTV_DELTA = 80;
const CAPACITY_MIN_MSAT = 1e9;
const CAPACITY_MAX_MSAT = 1e10;

/** Grown by preferential attachment (Barabási and Albert 1999): each new node opens its channels to nodes by their number of channels. */
export function scaleFree(nodes: number, channels: number, seed: number): ChannelGraph {
  const graph = emptyGraph(nodes, channels);
  const draw = drawer(seed);
  for (let channel = 0; channel < channels; channel++) {
    // The first nodes − 1 channels connect everybody; the others come from anybody.
    const opener = channel < nodes - 1 ? channel + 1 : Math.floor(draw() * nodes);
    let peer = channel === 0 ? 0 : graph.endNode[Math.floor(draw() * 2 * channel)]!;
    if (peer === opener) peer = (opener + 1) % Math.min(nodes, channel + 1);
    graph.endNode[2 * channel] = opener;
    graph.endNode[2 * channel + 1] = peer;
    const capacityMsat = Math.floor(CAPACITY_MIN_MSAT + draw() * (CAPACITY_MAX_MSAT - CAPACITY_MIN_MSAT));
    graph.capacityMsat[channel] = capacityMsat - (capacityMsat % 1_000);
    for (const end of [2 * channel, 2 * channel + 1]) {
      graph.feeBaseMsat[end] = BASE_MSAT;
      graph.feePpm[end] = PPM;
      graph.cltvDelta[end] = CLTV_DELTA;
      graph.htlcMinMsat[end] = 1;
      graph.htlcMaxMsat[end] = graph.capacityMsat[channel]!;
    }
  }
  return linked(graph);
}

export interface Measured {
  readonly time: VirtualTime;
  readonly engine: Engine;
  readonly finder: PathFinder;
  readonly memory: MissionControl;
}

/** Every node on a host of its own, as the simulated network has it above 64; balances half and half. */
export function engineOver(graph: ChannelGraph, seed: number, costs = DEFAULT_PROFILE.costs): Measured {
  const time = new VirtualTime();
  const random = new RandomColumns(seed, 'costs', graph.nodes, String);
  const nodes = new NodeColumns(
    graph.nodes,
    () => ({ commitIntervalMs: 50, onTmpfs: false }),
    (node) => node,
    random,
    costs,
  );
  const core = new Core(time, costs, graph, nodes, graph.nodes);
  for (let channel = 0; channel < graph.channels; channel++) core.state.fund(channel, 0.5);
  return { time, engine: new Engine(core), finder: new PathFinder(graph, core.routes), memory: new MissionControl(graph.nodes) };
}

/** A route between two nodes drawn at random that channels with half their capacity on each side carry; kept. */
export function drawRoute({ engine, finder, memory, time }: Measured, draw: Draw, amountMsat: number): number {
  const { graph, state, routes, chain } = engine.core;
  for (;;) {
    const source = Math.floor(draw() * graph.nodes);
    const destination = Math.floor(draw() * graph.nodes);
    const search = {
      source,
      destination,
      amountMsat,
      maxFeeMsat: Number.MAX_SAFE_INTEGER,
      finalExpiry: chain.height + 144,
      cltvLimit: 2016,
      finalPayloadBytes: 100,
      nowUs: time.nowUs,
    };
    if (finder.find(search, memory, (end, msat) => state.spendableMsat(end, msat)) > 0) return routes.keep();
  }
}
