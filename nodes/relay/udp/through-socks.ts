/** A UDP flow of a relay in another process: an association of its own over SOCKS5, of which one target is used. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { SocksClient } from 'socks';
import { Ending } from '../../ending.ts';
import { SessionError } from '../../errors.ts';
import type { RelayEndpoint, UdpFlow, Waiting } from '../../node.ts';
import { datagramBytes, readDatagram } from '../serve/socks-datagram.ts';
import { FrameError } from '../wire/bytes.ts';

const ASSOCIATE_TIMEOUT_MS = 120_000;

export interface UdpThroughSocks {
  readonly endpoint: RelayEndpoint;
  /** The session's id: the user name. */
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** What the session's carrier takes, as the relay said. */
  readonly bytesMax: number;
}

/** @throws SessionError when the relay opens no association. */
export const udpThroughSocks = async (
  { endpoint, user, host, port, bytesMax }: UdpThroughSocks,
  { signal }: Waiting = {},
): Promise<UdpFlow> => {
  const control = await associate(endpoint, user, signal);
  const socket = createSocket('udp4');
  const ending = new Ending();
  ending.onEnd(() => {
    socket.close();
    control.destroy();
  });
  try {
    socket.connect(endpoint.socksUdpPort, endpoint.socksHost);
    await once(socket, 'connect', signal === undefined ? {} : { signal });
  } catch (error) {
    ending.end(new SessionError('no UDP socket', { cause: error }));
    throw error;
  }
  let hear: (bytes: Uint8Array) => void = () => {};
  socket.on('error', () => {}); // a datagram that was lost
  socket.on('message', (bytes) => {
    try {
      hear(readDatagram(bytes).data);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  });
  control.on('error', () => {}); // 'close' follows
  control.once('close', () => ending.end(new SessionError('the relay closed the association')));
  control.resume();
  return {
    bytesMax,
    send(bytes) {
      if (ending.ended || bytes.length > bytesMax) return false;
      socket.send(datagramBytes({ host, port, data: bytes }), () => {});
      return true;
    },
    onDatagram(listener) {
      hear = listener;
    },
    onClosed: (listener) => ending.onEnd(listener),
    close: () => ending.end(new SessionError('the flow was closed here')),
  };
};

const associate = ({ socksHost, socksPort }: RelayEndpoint, user: string, signal: AbortSignal | undefined): Promise<Socket> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const client = new SocksClient({
      command: 'associate',
      proxy: { type: 5, host: socksHost, port: socksPort, userId: user, password: user },
      destination: { host: '0.0.0.0', port: 0 },
      timeout: ASSOCIATE_TIMEOUT_MS,
    });
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    client.once('established', ({ socket }) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) socket.destroy();
      else resolve(socket as Socket);
    });
    client.once('error', (cause: Error) => reject(new SessionError('the relay opened no association', { cause })));
    client.connect();
  });
