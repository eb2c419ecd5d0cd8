/** Who is connected to whom, and what a lost or made connection does to the channels over it. */
import { PeerError } from '../errors.ts';
import { Connection } from './connection.ts';
import { ACTIVE } from './engine/channel-state.ts';
import type { SimulatedLnd } from './lnd.ts';

/** The connection of these two, made (down) when they never met. */
export function connectionOf(a: SimulatedLnd, b: SimulatedLnd): Connection {
  const known = a.connections.get(b.publicKey);
  if (known !== undefined) return known;
  const connection = new Connection(a.world, a.world.core.wires.addConnection(), a.index, b.index);
  a.connections.set(b.publicKey, connection);
  b.connections.set(a.publicKey, connection);
  return connection;
}

/** Channels over a connection stop with it, and go on once it is back and they are reestablished. */
export function carries(connection: Connection, channel: number): void {
  connection.onChange((up) => {
    const [a] = connection.ends;
    const { state } = a.world.core;
    if (!up) {
      state.flags[channel]! &= ~ACTIVE;
      return;
    }
    const { epoch } = connection;
    a.time.after(a.spread(a.costs.reestablishUs) + connection.handshakeUs, () => {
      if (connection.epoch !== epoch || state.isActive(channel) || state.isClosed(channel)) return;
      state.flags[channel]! |= ACTIVE;
      a.world.engine.links.resend(channel);
    });
  });
}

/** @throws PeerError when the other one cannot be reached. */
export function connect(a: SimulatedLnd, b: SimulatedLnd): void {
  const connection = connectionOf(a, b);
  if (connection.up) return;
  if (!reachable(connection)) throw new PeerError(`${a.name}: ${b.name} does not answer`);
  a.record('connected', b, 0, 0);
  connection.restore();
}

/** @throws PeerError when they are not connected. LND does not dial a peer again that it was told to leave. */
export function disconnect(a: SimulatedLnd, publicKey: string): void {
  const connection = a.connections.get(publicKey);
  if (!connection?.up) throw new PeerError(`${a.name}: ${publicKey} is not connected`);
  a.record('disconnected', connection.far(a), 0, 0);
  connection.drop();
}

/** What BOLT 8 cannot frame ends the connection a little later: LND's writer gives up ("peer exiting"). */
export function breakSoon(connection: Connection): void {
  const [a] = connection.ends;
  const { epoch } = connection;
  a.time.after(a.random.float() * a.costs.dropUs, () => {
    if (connection.epoch === epoch && connection.up) lose(connection);
  });
}

/** TCP's handshake needs both processes and what is between them. */
function reachable({ ends, severed }: Connection): boolean {
  return !severed && ends.every(({ power }) => power.state === 'up');
}

/** A connection that broke by itself: LND dials peers with whom it has channels again, until it reaches them. */
export function lose(connection: Connection): void {
  const [a, b] = connection.ends;
  a.record('disconnected', b, 0, 0);
  connection.drop();
  redial(connection);
}

/** Whoever is down dials by itself when it starts; a link that was cut says so when it is whole. */
export function redial(connection: Connection): void {
  const [a, b] = connection.ends;
  const { epoch } = connection;
  if (!a.links.some((link) => link.peer.node === b)) return;
  a.time.after(a.spread(a.costs.redialUs), () => {
    if (connection.epoch === epoch && !connection.up && reachable(connection)) connect(a, b);
  });
}
