/** A simulated network: the plan as a model in this process, in virtual time. Same plan, same seed, same trace, whatever the machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { Network, Phase, RelayClient, StartRelay, TrafficEnded, Waiting } from '../node.ts';
import type { NetworkPlan } from '../plan.ts';
import { balancesOf } from './balances.ts';
import type { Costs } from './costs.ts';
import { simulatedFaults } from './faults.ts';
import { LazyMap } from './lazy-map.ts';
import type { SimulatedLnd } from './lnd.ts';
import type { ServeOrigin } from './origins.ts';
import { quiet } from './quiet.ts';
import { SimulatedRelay } from './relays.ts';
import { SimulatedNode } from './simulated-node.ts';
import { startTraffic } from './traffic/traffic.ts';
import { SimulatedMachine } from './tunnel-machine.ts';
import { Waits } from './waits.ts';
import { Worker } from './worker.ts';
import { buildModel, type Model } from './world.ts';

const MODEL_VERSION = '4';
/** Larger networks write the logs of the nodes that somebody asked for. */
const LOGS_OF_ALL_MAX = 64;

export interface SimulatedOptions extends Waiting {
  /** Starts the engine beside each node whose plan has a relay. */
  readonly startRelay: StartRelay;
  /** Serves the origins of the plan; without it they refuse. */
  readonly serveOrigin?: ServeOrigin | undefined;
  /** What things cost. Default: those of the profile that ships. */
  readonly costs?: Costs | undefined;
}

export interface SimulatedNetwork extends Network {
  readonly kind: 'simulated';
  readonly faults: Faults;
  /** SHA-256 over every event until now, in hex; also `versions.trace`. */
  readonly trace: string;
  /** The model itself, for tests of its invariants. */
  readonly model: Model;
}

export async function openSimulated(plan: NetworkPlan, options: SimulatedOptions): Promise<SimulatedNetwork> {
  options.signal?.throwIfAborted();
  const model = buildModel(plan, options.costs);
  const bench = new Waits(model.time, 'bench', true);
  const clock = bench.clock();
  // The bench is one program, on the first node's host: what it asks of all nodes goes through its one thread.
  const client = new Worker(model.core.jobs, 0, true);
  const nodes = new LazyMap(
    model.lnds.keys(),
    (name) => new SimulatedNode(model.lnds.get(name)!, model, new Waits(model.time, name, true), client),
  );

  const machines = new Map(
    (plan.tunnelEnds ?? []).map(({ near, address }) => {
      const { costs } = model.lnds.get(near) as SimulatedLnd;
      return [near, new SimulatedMachine(address, model.time, costs, new Waits(model.time, `machine near ${near}`, true))];
    }),
  );
  const relays = new Map<string, RelayClient>();
  const started: [string, SimulatedRelay][] = [];
  const stopRelays = async () => {
    const release = model.time.hold();
    try {
      for (let last = started.pop(); last !== undefined; last = started.pop()) await last[1][Symbol.asyncDispose]();
    } finally {
      release();
    }
  };
  const release = model.time.hold();
  try {
    for (const { name } of plan.nodes.filter(({ relay }) => relay !== null)) {
      options.signal?.throwIfAborted();
      const lnd = model.lnds.get(name)!;
      const { startRelay: start, serveOrigin: serve } = options;
      const relay = new SimulatedRelay({ lnd, model, start, origins: plan.origins, serve, machine: machines.get(lnd.name) });
      await relay.start();
      started.push([lnd.name, relay]);
      relays.set(lnd.name, relay.client);
    }
  } catch (error) {
    await stopRelays();
    throw error;
  } finally {
    release();
  }
  const standing = new Map(started);
  const logs = new Map(started.map(([name, relay]) => [name, relay.log]));
  const phases: Phase[] = [
    { name: 'model built', ms: 0 },
    { name: 'relays started', ms: clock.now() },
  ];

  return {
    kind: 'simulated',
    plan,
    clock,
    nodes,
    relays,
    tunnelEnds: machines,
    faults: simulatedFaults(model, plan, standing),
    phases,
    images: {},
    model,
    get trace() {
      return model.trace.digest();
    },
    get versions() {
      return { model: MODEL_VERSION, trace: model.trace.digest() };
    },
    traffic: (request) =>
      bench.until<TrafficEnded>('traffic', request.signal, (settle) => startTraffic(model, plan.seed, request, settle.resolve)),
    // Few are asked as a docker network's are, one after the other, which takes its time.
    balances: plan.nodes.length > LOGS_OF_ALL_MAX ? () => balancesOf(model) : undefined,
    quiet: (waiting = {}) => quiet(model, clock, waiting),
    usage: async () => [],
    async writeLogs(folder, { signal } = {}) {
      const written = plan.nodes.length > LOGS_OF_ALL_MAX ? model.lnds.made : model.lnds;
      for (const lnd of written.values()) await writeFile(join(folder, `${lnd.name}.log`), lnd.log.text(), { signal });
      for (const [name, log] of logs) await writeFile(join(folder, `relay-${name}.log`), log.text(), { signal });
    },
    async [Symbol.asyncDispose]() {
      await stopRelays();
      model.time.close(new InfrastructureError('the simulated network was closed'));
    },
  };
}
