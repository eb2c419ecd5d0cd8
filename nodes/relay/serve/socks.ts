/** The relay's SOCKS5 server: CONNECT and UDP ASSOCIATE through the session that the user name names. */
import { createServer, isIPv4, type Server, type Socket } from 'node:net';
import { RefusedError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import { join } from '../exit/join.ts';
import { NOT_ALLOWED } from '../exit/target.ts';
import { FrameError } from '../wire/bytes.ts';
import { type OnDemandSessions, readExitName, type Use } from './on-demand.ts';
import type { ServedSessions } from './served-sessions.ts';
import { ASSOCIATIONS_MAX, plainAddress, type UdpAssociations } from './socks-udp.ts';
import { REPLY, type Reply, readRequest, replyBytes, SocksError, type SocksRequest, type SocksUser } from './socks-wire.ts';

const CONNECTIONS_MAX = 4_096;
const HANDSHAKE_DEADLINE_MS = 10_000;
const CONNECT_DEADLINE_MS = 90_000;

export interface SocksOptions {
  readonly sessions: ServedSessions;
  readonly onDemand: OnDemandSessions;
  /** Whether this password lets its owner have sessions opened, which may cost money. */
  mayOpen(password: string): boolean;
  readonly udp: UdpAssociations;
  /** Where clients send datagrams to. */
  readonly udpPort: number;
  readonly clock: Clock;
}

export const openSocks = (options: SocksOptions): Server => {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {}); // 'close' follows
    serve(socket, options).catch((error: unknown) => {
      // A client that breaks off or sends rubbish is its own business.
      if (error instanceof SocksError) socket.end(replyBytes(error.reply));
      socket.destroySoon();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
};

const serve = async (socket: Socket, options: SocksOptions): Promise<void> => {
  const { clock } = options;
  const slow = () => new FrameError('the client took too long');
  const request = await withDeadline({ clock, ms: HANDSHAKE_DEADLINE_MS, late: slow }, readRequest(socket));
  const hungUp = new AbortController();
  const abort = () => hungUp.abort(new SessionError('the client hung up'));
  socket.once('close', abort);
  const late = () => new SessionError('the exit took too long');
  const within = <T>(work: Promise<T>): Promise<T> => withDeadline({ clock, ms: CONNECT_DEADLINE_MS, late, signal: hungUp.signal }, work);
  let use: Use | undefined;
  try {
    const finding = find(request.user, options);
    use = await within(finding).catch((error) => {
      finding.then(({ release }) => release()).catch(() => {});
      throw error;
    });
    socket.once('close', use.release);
    if (socket.destroyed) use.release();
    if (request.command === 'associate') associate(socket, request, use, options);
    else {
      const stream = await within(connect(use, request, hungUp.signal));
      socket.write(replyBytes(REPLY.succeeded));
      join(socket, stream);
    }
  } catch (error) {
    hungUp.abort(error);
    throw error instanceof SocksError ? error : new SocksError(replyTo(error), error instanceof Error ? error.message : String(error));
  } finally {
    socket.off('close', abort);
  }
};

/** By its id, which nobody guesses, or on demand. */
const find = async (user: SocksUser | null, { sessions, onDemand, mayOpen }: SocksOptions): Promise<Use> => {
  if (user === null) throw new SocksError(REPLY.general, 'the user name must be a session, or an exit and a carrier');
  const served = sessions.find(user.name);
  if (served !== undefined) return { served, release: () => {} };
  if (readExitName(user.name) === null) sessions.get(user.name); // throws what it would for a session that is over
  if (!mayOpen(user.password)) throw new SocksError(REPLY.notAllowed, 'the password is not the token of the API');
  return onDemand.use(user.name);
};

const connect = async ({ served }: Use, { host, port }: SocksRequest, signal: AbortSignal) => {
  try {
    return await served.session.connect(host, port, { signal });
  } catch (error) {
    const { name, message } = error as Error;
    served.failed({ host, port, error: name, message });
    throw error;
  }
};

/** The connection that asked stays open for as long as the association is wanted, and nothing more is said on it (RFC 1928 §7). */
const associate = (socket: Socket, { port }: SocksRequest, { served }: Use, { udp, udpPort }: SocksOptions): void => {
  const association = udp.open(served, plainAddress(socket.remoteAddress ?? ''), port);
  if (association === undefined) throw new SocksError(REPLY.general, `${ASSOCIATIONS_MAX} associations are open: that is the limit`);
  socket.once('close', () => udp.close(association));
  socket.once('end', () => socket.destroy());
  socket.resume();
  // Zeros stand for the address that the client called us by: behind a published port ours would mean nothing to it.
  const own = plainAddress(socket.localAddress ?? '');
  socket.write(replyBytes(REPLY.succeeded, { address: isIPv4(own) && own.startsWith('127.') ? own : '0.0.0.0', port: udpPort }));
};

const replyTo = (error: unknown): Reply => {
  if (!(error instanceof RefusedError)) return REPLY.general;
  return error.message.startsWith(NOT_ALLOWED) ? REPLY.notAllowed : REPLY.refused;
};
