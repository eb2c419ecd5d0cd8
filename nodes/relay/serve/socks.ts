/** The relay's SOCKS5 server: CONNECT through the session that the user name names. */
import { createServer, type Server, type Socket } from 'node:net';
import { RefusedError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import { join } from '../exit/join.ts';
import { NOT_ALLOWED } from '../exit/target.ts';
import { FrameError } from '../wire/bytes.ts';
import type { ServedSessions } from './served-sessions.ts';
import { REPLY, type Reply, readRequest, replyBytes, SocksError, type SocksRequest } from './socks-wire.ts';

const CONNECTIONS_MAX = 4_096;
const HANDSHAKE_DEADLINE_MS = 10_000;
const CONNECT_DEADLINE_MS = 90_000;

export interface SocksOptions {
  readonly sessions: ServedSessions;
  readonly clock: Clock;
  /** The session for clients that name none. */
  readonly defaultSession?: () => string | undefined;
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

const serve = async (socket: Socket, { sessions, clock, defaultSession }: SocksOptions): Promise<void> => {
  const slow = () => new FrameError('the client took too long');
  const request = await withDeadline({ clock, ms: HANDSHAKE_DEADLINE_MS, late: slow }, readRequest(socket));
  const hungUp = new AbortController();
  const abort = () => hungUp.abort(new SessionError('the client hung up'));
  socket.once('close', abort);
  const late = () => new SessionError('the exit took too long');
  try {
    const connecting = connect(sessions, request, defaultSession?.(), hungUp.signal);
    const stream = await withDeadline({ clock, ms: CONNECT_DEADLINE_MS, late, signal: hungUp.signal }, connecting);
    socket.write(replyBytes(REPLY.succeeded));
    join(socket, stream);
  } catch (error) {
    hungUp.abort(error);
    throw new SocksError(replyTo(error), error instanceof Error ? error.message : String(error));
  } finally {
    socket.off('close', abort);
  }
};

const connect = async (
  sessions: ServedSessions,
  { user, host, port }: SocksRequest,
  otherwise: string | undefined,
  signal: AbortSignal,
) => {
  const served = sessions.get((user || otherwise) ?? '');
  try {
    return await served.session.connect(host, port, { signal });
  } catch (error) {
    const { name, message } = error as Error;
    served.failed({ host, port, error: name, message });
    throw error;
  }
};

const replyTo = (error: unknown): Reply => {
  if (!(error instanceof RefusedError)) return REPLY.general;
  return error.message.startsWith(NOT_ALLOWED) ? REPLY.notAllowed : REPLY.refused;
};
