/** What `npm run speed` measures, each in a process of its own, with what it is to reach. */

import { EVENT } from '../../nodes/simulated/event-kinds.ts';
import { MissionControl } from '../../nodes/simulated/routing/mission-control.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';
import { graphLoad } from './graph-load.ts';
import { drawer, drawRoute, engineOver, type Measured, scaleFree } from './network.ts';

type Measurement = Readonly<Record<string, number | string>>;

export interface Figure {
  /** What is measured, in words: sizes, amounts, pairs. */
  readonly what: string;
  readonly targets: Readonly<Record<string, string>>;
  measure(): Measurement | Promise<Measurement>;
}

const SEED = 1;
const EVENTS_PER_LOOK = 50_000;
const AMOUNT_MIN_MSAT = 1_000;
const AMOUNT_MAX_MSAT = 100_000;

export const FIGURES: Readonly<Record<string, Figure>> = {
  'mainnet-reused': {
    what: '15,000 nodes, 52,000 channels, 100,000 payments in flight at any time over 5,000 routes used again, 1 to 100 sat, 400,000 payments in all',
    targets: { eventsPerS: '>= 1,000,000', settledPerS: '>= 10,000' },
    measure: () => reusedRoutes({ nodes: 15_000, channels: 52_000, routes: 5_000, inFlight: 100_000, payments: 400_000 }),
  },
  'small-reused': {
    what: '10 nodes, 15 channels, 1,000 payments in flight over 200 routes used again, 1 to 100 sat, 500,000 payments in all',
    targets: { settledPerS: '>= 50,000' },
    measure: () => reusedRoutes({ nodes: 10, channels: 15, routes: 200, inFlight: 1_000, payments: 500_000 }),
  },
  'mainnet-routes': {
    what: '15,000 nodes, 52,000 channels: 3,000 fresh routes between pairs drawn at random, 1 to 100 sat, mission control’s probabilities included',
    targets: { routesPerS: '>= 700' },
    measure: () => freshRoutes(15_000, 52_000, 3_000),
  },
  'graph-load': {
    what: '15,000 nodes and 52,000 channels out of a file as `lncli describegraph` writes it, some 90 MB, read and laid out for path-finding',
    targets: { cpuSeconds: '<= 3', memoryMaxMb: '<= 150' },
    measure: graphLoad,
  },
  'cloth-size': {
    what: '6,006 nodes, 30,457 channels (CLoTH’s): 10,000 payments, each over a fresh route between a pair drawn at random and to its end, 1 to 100 sat',
    targets: { paymentsPerS: '>= 1,500', memoryMaxMb: '<= 150' },
    measure: () => freshPayments(6_006, 30_457, 10_000),
  },
  'large-memory': {
    what: '100,000 nodes, 1,000,000 channels ready for payments, 1,000 of them made over fresh routes',
    targets: { memoryMaxMb: '< 1,000' },
    measure: largeMemory,
  },
  'pending-events': {
    what: 'one event taken and one put in, with 10,000, 100,000 and 1,000,000 pending, times up to 100 ms ahead: cost against the logarithm of how many',
    targets: { costPerLog: '<= 1.00 at 1,000,000, of that at 10,000' },
    measure: pendingEvents,
  },
};

interface Reused {
  readonly nodes: number;
  readonly channels: number;
  readonly routes: number;
  readonly inFlight: number;
  readonly payments: number;
}

/** Whenever a payment ends another begins, over the next route. */
function reusedRoutes({ nodes, channels, routes: routeCount, inFlight, payments }: Reused) {
  const network = engineOver(scaleFree(nodes, channels, SEED), SEED);
  const { engine, time } = network;
  const draw = drawer(SEED + 1);
  const routes = Array.from({ length: routeCount }, () => drawRoute(network, draw, amount(draw)));
  let [begun, settled, failed] = [0, 0, 0];
  const begin = () => {
    if (begun < payments) engine.pay(routes[begun++ % routeCount]!, 0);
  };
  engine.payments.onEnd = (_payment, _tag, failure) => {
    if (failure < 0) settled += 1;
    else failed += 1;
    begin();
  };
  let pendingMax = 0;
  const seconds = timed(() => {
    while (begun < inFlight) begin();
    while (time.runEvents(EVENTS_PER_LOOK) > 0) pendingMax = Math.max(pendingMax, time.pending);
  });
  check(network);
  return {
    eventsPerS: Math.round(time.events / seconds.cpu),
    settledPerS: Math.round(settled / seconds.cpu),
    settled,
    failed,
    events: time.events,
    pendingEventsMax: pendingMax,
    virtualSeconds: time.nowUs / 1e6,
    ...shown(seconds),
    trace: time.trace.digest(),
  };
}

function freshRoutes(nodes: number, channels: number, count: number) {
  const network = engineOver(scaleFree(nodes, channels, SEED), SEED);
  const memory = new MissionControl(nodes);
  const draw = drawer(SEED + 1);
  const { graph, state, chain } = network.engine.core;
  let hops = 0;
  const spendable = (end: number, msat: number) => state.spendableMsat(end, msat);
  const seconds = timed(() => {
    for (let found = 0; found < count; ) {
      const search = {
        source: Math.floor(draw() * graph.nodes),
        destination: Math.floor(draw() * graph.nodes),
        amountMsat: amount(draw),
        maxFeeMsat: Number.MAX_SAFE_INTEGER,
        finalExpiry: chain.height + 144,
        cltvLimit: 2016,
        finalPayloadBytes: 100,
        nowUs: 0,
      };
      const length = network.finder.find(search, memory, spendable);
      hops += length;
      if (length > 0) found += 1;
    }
  });
  return { routesPerS: Math.round(count / seconds.cpu), hopsMean: hops / count, ...shown(seconds) };
}

function freshPayments(nodes: number, channels: number, count: number) {
  const network = engineOver(scaleFree(nodes, channels, SEED), SEED);
  const { engine, time } = network;
  const draw = drawer(SEED + 1);
  let [settled, failed] = [0, 0];
  engine.payments.onEnd = (_payment, _tag, failure) => {
    if (failure < 0) settled += 1;
    else failed += 1;
  };
  const seconds = timed(() => {
    for (let begun = 0; begun < count; begun++) {
      const route = drawRoute(network, draw, amount(draw));
      engine.pay(route, 0);
      engine.core.routes.release(route);
      // One payment a virtual millisecond.
      time.runEvents(Number.POSITIVE_INFINITY, (begun + 1) * 1_000);
    }
    time.runEvents(Number.POSITIVE_INFINITY);
  });
  check(network);
  return { paymentsPerS: Math.round(count / seconds.cpu), settled, failed, events: time.events, ...shown(seconds) };
}

function largeMemory() {
  const network = engineOver(scaleFree(100_000, 1_000_000, SEED), SEED);
  const { engine, time } = network;
  const draw = drawer(SEED + 1);
  let settled = 0;
  engine.payments.onEnd = (_payment, _tag, failure) => {
    if (failure < 0) settled += 1;
  };
  const seconds = timed(() => {
    for (let begun = 0; begun < 1_000; begun++) engine.pay(drawRoute(network, draw, amount(draw)), 0);
    time.runEvents(Number.POSITIVE_INFINITY);
  });
  check(network);
  return { settled, events: time.events, ...shown(seconds) };
}

function pendingEvents() {
  const EVENTS = 4_000_000;
  const AHEAD_US = 100_000;
  const counts = [10_000, 100_000, 1_000_000];
  const nsPerEvent = counts.map((count) => {
    const time = new VirtualTime();
    const draw = drawer(SEED);
    time.on(EVENT.timer, (a) => time.schedule(draw() * AHEAD_US, EVENT.timer, a, 0));
    for (let event = 0; event < count; event++) time.schedule(draw() * AHEAD_US, EVENT.timer, event, 0);
    time.runEvents(count);
    return (timed(() => time.runEvents(EVENTS)).cpu / EVENTS) * 1e9;
  });
  const perLog = nsPerEvent.map((ns, index) => ns / Math.log(counts[index]!));
  return {
    ...Object.fromEntries(counts.map((count, index) => [`nsPerEventWith${count}`, Number(nsPerEvent[index]!.toFixed(1))])),
    costPerLog: Number((perLog.at(-1)! / perLog[0]!).toFixed(2)),
  };
}

function amount(draw: () => number): number {
  return Math.floor(AMOUNT_MIN_MSAT + draw() * (AMOUNT_MAX_MSAT - AMOUNT_MIN_MSAT));
}

/** A measurement of something that lost money or an HTLC measures nothing. */
function check({ engine }: Measured): void {
  const { state, graph, htlcs } = engine.core;
  if (htlcs.size > 0 || engine.payments.size > 0)
    throw new Error(`${htlcs.size} HTLCs and ${engine.payments.size} payments without an end`);
  for (let channel = 0; channel < graph.channels; channel++) {
    if (state.missingMsat(channel) !== 0) throw new Error(`channel ${channel} lacks ${state.missingMsat(channel)} msat`);
  }
}

interface Seconds {
  readonly wall: number;
  /** Of this process: what another process takes of the machine is left out. */
  readonly cpu: number;
}

function timed(work: () => void): Seconds {
  const start = performance.now();
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return { wall: (performance.now() - start) / 1_000, cpu: (user + system) / 1e6 };
}

/** With the most memory that this process, which measures one figure, ever had: making the network is in it. */
function shown({ wall, cpu }: Seconds) {
  return {
    wallSeconds: Number(wall.toFixed(2)),
    cpuSeconds: Number(cpu.toFixed(2)),
    memoryMaxMb: Math.round((process.resourceUsage().maxRSS * 1_024) / 1e6),
  };
}
