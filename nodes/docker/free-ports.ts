/** Ports of 127.0.0.1 that nobody has now. UDP: SOCKS5 tells its clients a port, so it must be the same inside a container and outside. */

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { InfrastructureError } from '../errors.ts';

/** All different: each is held until the last was found. Somebody else may still be quicker to take one. */
export const freeUdpPorts = async (count: number): Promise<readonly number[]> => {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  try {
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return sockets.map((socket) => socket.address().port);
  } finally {
    for (const socket of sockets) socket.close();
  }
};

/**
 * Below what systems give to outgoing connections (Linux: from 32,768 on), so that a container which is down for a while finds its port free
 * when it starts again.
 */
const TCP_FIRST = 20_000;
const TCP_END = 32_000;
const TRIES_MAX = 1_000;

/** All different, drawn at random, so that two runs side by side rarely try the same. */
export const freeTcpPorts = async (count: number): Promise<readonly number[]> => {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count && tries < TRIES_MAX; tries++) {
    const port = randomInt(TCP_FIRST, TCP_END);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  if (ports.size < count) throw new InfrastructureError(`no ${count} free TCP ports between ${TCP_FIRST} and ${TCP_END}`);
  return [...ports];
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
