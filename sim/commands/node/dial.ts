/** Names and connections of this machine, as a relay's exit asks for them. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Waiting } from '../../../nodes/node.ts';

export const resolveHost = async (host: string, { signal }: Waiting = {}): Promise<string[]> => {
  signal?.throwIfAborted();
  return (await lookup(host, { all: true })).map(({ address }) => address);
};

export const dialTcp = (address: string, port: number, { signal }: Waiting = {}): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const abort = (): void => {
      socket.destroy();
      reject(signal?.reason);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', abort);
    socket.once('connect', () => {
      settled();
      resolve(socket);
    });
    socket.once('error', (error) => {
      settled();
      reject(error);
    });
  });
