/** What goes wrong on purpose in the model: processes of LND and relays, and what lies between two nodes. */
import { DeadlineError, InfrastructureError } from '../errors.ts';
import type { Edge, Fault, Faults, FaultyProcess } from '../faults.ts';
import type { Clock, Waiting } from '../node.ts';
import type { SimulatedLnd } from './lnd.ts';
import { connect, connectionOf, lose, redial } from './peers.ts';
import type { SimulatedRelay } from './relays.ts';
import { Waits } from './waits.ts';
import type { Model } from './world.ts';

/** Real LND 0.21.3 with a wallet that exists, until it answers; a relay's process until its API does. */
const LND_STARTS_MS = 3_500;
const RELAY_STARTS_MS = 1_000;
/** LND closes its databases. */
const LND_STOPS_MS = 500;
/** LND pings a peer every minute and gives it half a minute to answer (peer/ping_manager.go): from a cut on, so long on average. */
const PEER_LOST_MS = 60_000;
const MENDED_MS = 120_000;
const LOOK_MS = 50;

export function simulatedFaults(model: Model, relays: ReadonlyMap<string, SimulatedRelay>): Faults {
  const waits = new Waits(model.time, 'events', false);
  const clock = waits.clock();
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = (process: FaultyProcess, work: () => Promise<void>): Promise<void> => {
    const name = process.part === 'bitcoind' ? process.part : `${process.part} ${process.node}`;
    const turn = (turns.get(name) ?? Promise.resolve()).then(work);
    turns.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  };
  const inflict = async (fault: Fault): Promise<void> => {
    if ('process' in fault) return inTurn(fault.process, () => signalled(model, relays, clock, fault));
    if (fault.kind === 'cut' || fault.kind === 'heal') return between(model, fault.edges, fault.kind);
    throw new InfrastructureError(`the simulated network has no machinery for ${fault.kind} yet`);
  };
  /** Time passes while something is on its way to be done, also where the bench waits for nothing else. */
  const driven = async (work: () => Promise<void>): Promise<void> => {
    const release = model.time.hold();
    try {
      await work();
    } finally {
      release();
    }
  };
  return {
    pause: (ms, waiting) => clock.sleep(ms, waiting),
    inflict: (fault) => driven(() => inflict(fault)),
    mend: (waiting = {}) =>
      driven(async () => {
        for (const process of down(model, relays)) await inflict({ kind: 'restart', process });
        for (const process of paused(model, relays)) await inflict({ kind: 'resume', process });
        const edges = model.channels.map(({ plan }): Edge => [plan.from, plan.to]);
        await inflict({ kind: 'heal', edges });
        await channelsBack(model, clock, waiting);
      }),
  };
}

type Signal = Extract<Fault, { process: FaultyProcess }>;

async function signalled(
  model: Model,
  relays: ReadonlyMap<string, SimulatedRelay>,
  clock: Clock,
  { kind, process }: Signal,
): Promise<void> {
  // The chain is nobody's bottleneck here: a bitcoind that is gone is one that finds no blocks.
  if (process.part === 'bitcoind') return;
  if (process.part === 'relay') return relaySignalled(relays.get(process.node)!, kind, clock);
  const lnd = model.lnds.get(process.node)!;
  if (kind === 'pause') lnd.power.pause();
  else if (kind === 'resume') lnd.power.resume();
  else {
    if (kind !== 'kill' && lnd.power.state !== 'down') await clock.sleep(LND_STOPS_MS);
    goDown(lnd);
    if (kind !== 'restart') return;
    await clock.sleep(LND_STARTS_MS);
    comeUp(lnd);
  }
}

async function relaySignalled(relay: SimulatedRelay, kind: Signal['kind'], clock: Clock): Promise<void> {
  if (kind === 'kill') relay.kill();
  else if (kind === 'stop') await relay.stop();
  else if (kind === 'pause') relay.pause();
  else if (kind === 'resume') relay.resume();
  else {
    relay.resume();
    await relay.stop();
    await clock.sleep(RELAY_STARTS_MS);
    await relay.start();
  }
}

/** Its sockets are closed by the system, so peers know at once. What it announced beside LND's own features it forgets. */
function goDown(lnd: SimulatedLnd): void {
  if (lnd.power.state === 'down') return;
  lnd.note('the process is gone');
  lnd.power.down();
  lnd.features.clear();
  for (const connection of lnd.connections.values()) {
    if (connection.up) lnd.record('disconnected', connection.far(lnd), 0, 0);
    connection.drop();
  }
}

/** LND dials everybody it has channels with as it starts. */
function comeUp(lnd: SimulatedLnd): void {
  lnd.note('started');
  lnd.power.up();
  for (const peer of new Set(lnd.links.map((link) => link.peer.node))) {
    const connection = connectionOf(lnd, peer);
    if (peer.power.state === 'up' && !connection.severed) connect(lnd, peer);
  }
}

function between(model: Model, edges: readonly Edge[], kind: 'cut' | 'heal'): void {
  for (const [a, b] of edges) {
    const connection = connectionOf(model.lnds.get(a)!, model.lnds.get(b)!);
    if (kind === 'cut' && !connection.severed) {
      connection.sever();
      const { epoch } = connection;
      model.time.after(PEER_LOST_MS * 1_000, () => {
        if (connection.severed && connection.epoch === epoch && connection.up) lose(connection);
      });
    } else if (kind === 'heal' && connection.severed) {
      connection.join();
      if (!connection.up) redial(connection);
    }
  }
}

function down({ lnds }: Model, relays: ReadonlyMap<string, SimulatedRelay>): FaultyProcess[] {
  return [
    ...[...lnds.values()].filter(({ power }) => power.state === 'down').map(({ name }) => ({ part: 'lnd', node: name }) as const),
    ...[...relays].filter(([, relay]) => !relay.running).map(([name]) => ({ part: 'relay', node: name }) as const),
  ];
}

function paused({ lnds }: Model, relays: ReadonlyMap<string, SimulatedRelay>): FaultyProcess[] {
  const names = [...lnds.values()].filter(({ power }) => power.state === 'paused').map(({ name }) => name);
  return [
    ...names.map((node) => ({ part: 'lnd', node }) as const),
    // One that runs takes no notice.
    ...[...relays.keys()].map((node) => ({ part: 'relay', node }) as const),
  ];
}

/** Peers that lost each other dial again by themselves; who was told to leave is not dialled, and is connected here. */
async function channelsBack(model: Model, clock: Clock, { signal }: Waiting): Promise<void> {
  const untilMs = clock.now() + MENDED_MS;
  for (;;) {
    const inactive = model.channels.filter((channel) => !channel.active);
    if (inactive.length === 0) return;
    if (clock.now() > untilMs) {
      const names = inactive.map(({ plan }) => plan.name).slice(0, 10);
      throw new DeadlineError(`channels still inactive ${MENDED_MS / 1_000} s after the events: ${names.join(', ')}`);
    }
    for (const { plan } of inactive) connect(model.lnds.get(plan.from)!, model.lnds.get(plan.to)!);
    await clock.sleep(LOOK_MS, { signal });
  }
}
