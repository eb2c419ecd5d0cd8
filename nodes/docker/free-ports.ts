/** UDP ports of 127.0.0.1 that nobody has now. SOCKS5 tells its clients a port, so it must be the same inside a container and outside. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

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
