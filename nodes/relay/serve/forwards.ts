/** TCP ports of this machine whose connections come out at an exit, each to one host and port: for programs that know no SOCKS. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { InfrastructureError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import { join } from '../exit/join.ts';
import type { ServedSessions } from './served-sessions.ts';

const FORWARDS_MAX = 32;
const CONNECTIONS_PER_FORWARD_MAX = 256;
const CONNECT_DEADLINE_MS = 90_000;

export interface ForwardRequest {
  /** A session's id. */
  readonly session: string;
  /** 0: any port that is free. */
  readonly listen: number;
  readonly host: string;
  readonly port: number;
}

export interface Forward extends ForwardRequest {
  readonly id: string;
  readonly connections: number;
}

export interface ForwardsOptions {
  readonly sessions: ServedSessions;
  readonly clock: Clock;
  /** Where ports listen: loopback, unless the relay has a machine to itself. */
  readonly host: string;
}

export class Forwards {
  readonly #options: ForwardsOptions;
  readonly #open = new Map<string, { readonly request: ForwardRequest; readonly server: Server; readonly sockets: Set<Socket> }>();

  constructor(options: ForwardsOptions) {
    this.#options = options;
  }

  list(): readonly Forward[] {
    return [...this.#open].map(([id, { request, sockets }]) => ({ ...request, id, connections: sockets.size }));
  }

  /** @throws SessionError for an unknown session or past FORWARDS_MAX, InfrastructureError where the port is taken. */
  async open(asked: ForwardRequest): Promise<Forward> {
    this.#options.sessions.get(asked.session);
    if (this.#open.size >= FORWARDS_MAX) throw new SessionError(`${FORWARDS_MAX} ports are forwarded: that is the limit`);
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => sockets.delete(socket));
      void this.#serve(socket, asked);
    });
    server.maxConnections = CONNECTIONS_PER_FORWARD_MAX;
    const id = randomBytes(8).toString('hex');
    this.#open.set(id, { request: asked, server, sockets });
    try {
      server.listen({ host: this.#options.host, port: asked.listen });
      await once(server, 'listening');
    } catch (cause) {
      this.#open.delete(id);
      throw new InfrastructureError(`port ${asked.listen} cannot be listened on: ${(cause as Error).message}`, {
        cause,
        hint: 'another port, or 0 for any that is free',
      });
    }
    const request = { ...asked, listen: (server.address() as AddressInfo).port };
    this.#open.set(id, { request, server, sockets });
    return { ...request, id, connections: 0 };
  }

  /** Its connections end with it. @throws SessionError when there is none of this id. */
  close(id: string): void {
    const forward = this.#open.get(id);
    if (forward === undefined) throw new SessionError(`no forward ${id.slice(0, 16)} at this relay`);
    this.#open.delete(id);
    forward.server.close();
    for (const socket of forward.sockets) socket.destroy();
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.close(id);
  }

  async #serve(socket: Socket, { session, host, port }: ForwardRequest): Promise<void> {
    const { sessions, clock } = this.#options;
    const served = sessions.find(session);
    const hungUp = new AbortController();
    const abort = () => hungUp.abort(new SessionError('the client hung up'));
    socket.once('close', abort);
    try {
      if (served === undefined) throw new SessionError('its session is over');
      const late = () => new SessionError('the exit took too long');
      const connecting = served.session.connect(host, port, { signal: hungUp.signal });
      join(socket, await withDeadline({ clock, ms: CONNECT_DEADLINE_MS, late, signal: hungUp.signal }, connecting));
    } catch (error) {
      const { name, message } = error as Error;
      hungUp.abort(error);
      served?.failed({ host, port, error: name, message });
      // A reset: whoever connected must not take this for an empty answer.
      if (!socket.destroyed) socket.resetAndDestroy();
    } finally {
      socket.off('close', abort);
    }
  }
}
