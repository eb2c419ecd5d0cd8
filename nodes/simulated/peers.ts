/** Who is connected to whom, and what a lost or made connection does to the channels over it. */
import { PeerError } from '../errors.ts';
import type { Channel } from './channel.ts';
import { Connection } from './connection.ts';
import type { SimulatedLnd } from './lnd.ts';

/** The connection of these two, made (down) when they never met. */
export function connectionOf(a: SimulatedLnd, b: SimulatedLnd): Connection {
  const known = a.connections.get(b.publicKey);
  if (known !== undefined) return known;
  const connection = new Connection(a, b);
  a.connections.set(b.publicKey, connection);
  b.connections.set(a.publicKey, connection);
  return connection;
}

/** Channels over a connection stop with it, and go on once it is back and they are reestablished. */
export function carries(connection: Connection, channel: Channel): void {
  const [a, b] = connection.ends;
  connection.onChange((up) => {
    if (!up) {
      channel.active = false;
      return;
    }
    const { epoch } = connection;
    a.time.after(a.spread(a.costs.reestablishUs) + connection.handshakeUs, () => {
      if (connection.epoch !== epoch || channel.active) return;
      channel.active = true;
      for (const node of [a, b]) node.linkOn(channel)!.resend();
    });
  });
}

export function connect(a: SimulatedLnd, b: SimulatedLnd): void {
  const connection = connectionOf(a, b);
  if (connection.up) return;
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

/** A connection that broke by itself: LND dials peers with whom it has channels again. */
function lose(connection: Connection): void {
  const [a, b] = connection.ends;
  a.record('disconnected', b, 0, 0);
  connection.drop();
  const { epoch } = connection;
  if (!a.links.some((link) => link.peer.node === b)) return;
  a.time.after(a.spread(a.costs.redialUs), () => {
    if (connection.epoch === epoch) connect(a, b);
  });
}
