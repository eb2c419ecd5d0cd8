/** What goes wrong on purpose in the model: processes of LND and relays, and what lies between two nodes. */
import { DeadlineError, InfrastructureError } from '../errors.ts';
import type { Edge, Fault, Faults, FaultyProcess } from '../faults.ts';
import type { Clock, Waiting } from '../node.ts';
import { LINK_CLEAN, type LinkPlan, type NetworkPlan } from '../plan.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { CLOSED, CLOSING } from './engine/channel-state.ts';
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

/** Peers agree on the closing transaction, six blocks confirm it. */
const CLOSE_MS = 1_000;
const CLOSE_BLOCKS = 6;
/** LND closes in order once the last HTLC is gone. */
const FLUSHED_MS = 60_000;

export function simulatedFaults(model: Model, plan: NetworkPlan, relays: ReadonlyMap<string, SimulatedRelay>): Faults {
  const waits = new Waits(model.time, 'events', false);
  const clock = waits.clock();
  const turns = new Map<string, Promise<unknown>>();
  /** Nodes and edges that something happened to: a large network is not searched for them. */
  const hurt = new Set<string>();
  const cut = new Map<string, Edge>();
  const degraded = new Set<string>();
  const planned = (edge: Edge): LinkPlan => plan.links?.find(({ ends }) => keyOf(ends) === keyOf(edge))?.link ?? LINK_CLEAN;
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
    if ('process' in fault) {
      if (fault.process.part !== 'bitcoind') hurt.add(fault.process.node);
      return inTurn(fault.process, () => signalled(model, relays, clock, fault));
    }
    switch (fault.kind) {
      case 'cut':
        for (const edge of fault.edges) cut.set(keyOf(edge), edge);
        return cutOff(model, fault);
      case 'heal':
        for (const edge of fault.edges) if (degraded.delete(keyOf(edge))) connected(model, edge).setLink(planned(edge));
        return heal(model, fault.edges);
      case 'degrade':
        for (const edge of fault.edges) {
          cut.set(keyOf(edge), edge);
          degraded.add(keyOf(edge));
          connected(model, edge).setLink(fault.link);
        }
        return;
      case 'policy':
        return setPolicy(model, fault);
      case 'mine':
        model.core.chain.height += fault.blocks;
        return;
      case 'close':
        return close(model, clock, fault);
    }
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
        await Promise.all(turns.values());
        for (const process of down(model, relays, hurt)) await inflict({ kind: 'restart', process });
        for (const process of standing(relays, hurt)) await inflict({ kind: 'resume', process });
        await inflict({ kind: 'heal', edges: [...cut.values()] });
        await channelsBack(model, clock, waiting);
      }),
  };
}

function keyOf(edge: Edge): string {
  return edge.toSorted().join(' ');
}

function connected(model: Model, [a, b]: Edge): Connection {
  return connectionOf(model.lnds.get(a)!, model.lnds.get(b)!);
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
  if (kind === 'pause') standStill(lnd);
  else if (kind === 'resume') goOn(lnd);
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

/** What peers send waits in its sockets, what programs ask in theirs. */
function standStill(lnd: SimulatedLnd): void {
  if (lnd.power.state !== 'up') return;
  lnd.power.pause();
  for (const connection of lnd.connections.values()) connection.hold();
}

function goOn(lnd: SimulatedLnd): void {
  if (lnd.power.state !== 'paused') return;
  for (const connection of lnd.connections.values()) connection.release();
  lnd.power.resume();
}

/** Its sockets are closed by the system, so peers know at once. What it announced beside LND's own features it forgets. */
function goDown(lnd: SimulatedLnd): void {
  if (lnd.power.state === 'down') return;
  goOn(lnd);
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

/** @throws InfrastructureError where one end is to be told and not the other: a connection of the model is up for both or for none. */
function cutOff(model: Model, { edges, how }: Extract<Fault, { kind: 'cut' }>): void {
  if (how === 'half-open')
    throw new InfrastructureError('the simulated network has no half-open connections', { hint: '--network docker' });
  for (const edge of edges) {
    const connection = connected(model, edge);
    if (how === 'reset') {
      connection.sever();
      if (connection.up) lose(connection);
    } else if (!connection.severed) {
      connection.sever();
      loseLater(model, connection);
    }
  }
}

function loseLater(model: Model, connection: Connection): void {
  const { epoch } = connection;
  model.time.after(PEER_LOST_MS * 1_000, () => {
    if (connection.severed && connection.epoch === epoch && connection.up) lose(connection);
  });
}

function heal(model: Model, edges: readonly Edge[]): void {
  for (const edge of edges) {
    const connection = connected(model, edge);
    if (!connection.severed) continue;
    connection.join();
    if (!connection.up) redial(connection);
  }
}

function down({ lnds }: Model, relays: ReadonlyMap<string, SimulatedRelay>, names: ReadonlySet<string>): FaultyProcess[] {
  return [...names].flatMap((node): FaultyProcess[] => [
    ...(lnds.get(node)!.power.state === 'down' ? [{ part: 'lnd', node } as const] : []),
    ...(relays.get(node)?.running === false ? [{ part: 'relay', node } as const] : []),
  ]);
}

/** One that runs takes no notice of being told to go on. */
function standing(relays: ReadonlyMap<string, SimulatedRelay>, names: ReadonlySet<string>): FaultyProcess[] {
  return [...names].flatMap((node): FaultyProcess[] => [
    { part: 'lnd', node },
    ...(relays.has(node) ? [{ part: 'relay', node } as const] : []),
  ]);
}

/** Enforced at once by the node itself; payers hear of it a little later. */
function setPolicy(model: Model, { channel, from, policy }: Extract<Fault, { kind: 'policy' }>): void {
  const { graph } = model.core;
  const end = endAt(model, channel, from);
  if (policy.feeBaseMsat !== undefined) graph.feeBaseMsat[end] = policy.feeBaseMsat;
  if (policy.feeProportionalMillionths !== undefined) graph.feePpm[end] = policy.feeProportionalMillionths;
  if (policy.cltvExpiryDelta !== undefined) graph.cltvDelta[end] = policy.cltvExpiryDelta;
  if (policy.htlcMinimumMsat !== undefined) graph.htlcMinMsat[end] = policy.htlcMinimumMsat;
  model.routing.announce(end);
}

/** In order: nothing new, then the last HTLC's end, then the transaction. By force: at once, but where HTLCs hang on the channel. */
async function close(model: Model, clock: Clock, { channel: name, how }: Extract<Fault, { kind: 'close' }>): Promise<void> {
  const { state, graph, chain } = model.core;
  const channel = channelCalled(model, name).index;
  const ends = [2 * channel, 2 * channel + 1];
  state.flags[channel]! |= CLOSING;
  const untilMs = clock.now() + FLUSHED_MS;
  while (ends.some((end) => state.htlcs[end]! > 0)) {
    if (clock.now() > untilMs) throw new DeadlineError(`HTLCs still hang on ${name} after ${FLUSHED_MS / 1_000} s: it cannot be closed`);
    await clock.sleep(LOOK_MS);
  }
  if (how === 'cooperative') await clock.sleep(CLOSE_MS);
  state.flags[channel] = CLOSED;
  chain.height += CLOSE_BLOCKS;
  for (const end of ends) {
    graph.disabled[end] = 1;
    model.routing.announce(end);
  }
}

function channelCalled(model: Model, name: string): Channel {
  return model.channels.find(({ plan }) => plan.name === name)!;
}

function endAt(model: Model, channel: string, node: string): number {
  const { plan, index } = channelCalled(model, channel);
  return 2 * index + (plan.from === node ? 0 : 1);
}

/** Peers that lost each other dial again by themselves; who was told to leave is not dialled, and is connected here. */
async function channelsBack(model: Model, clock: Clock, { signal }: Waiting): Promise<void> {
  const untilMs = clock.now() + MENDED_MS;
  for (;;) {
    const inactive = inactiveOf(model);
    if (inactive.length === 0) return;
    if (clock.now() > untilMs) {
      const names = inactive.map(({ plan }) => plan.name).slice(0, 10);
      throw new DeadlineError(`channels still inactive ${MENDED_MS / 1_000} s after the events: ${names.join(', ')}`);
    }
    for (const { plan } of inactive) connect(model.lnds.get(plan.from)!, model.lnds.get(plan.to)!);
    await clock.sleep(LOOK_MS, { signal });
  }
}

function inactiveOf({ core: { state }, channelAt }: Model): Channel[] {
  const inactive: Channel[] = [];
  state.flags.forEach((_, channel) => {
    if (!state.isActive(channel) && !state.isClosed(channel)) inactive.push(channelAt(channel));
  });
  return inactive;
}
