/** A connected UDP socket of this machine, as a relay's exit asks for one: the kernel lets nobody else in. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { Ending } from '../../../nodes/ending.ts';
import { SessionError } from '../../../nodes/errors.ts';
import type { UdpFlow, Waiting } from '../../../nodes/node.ts';

/** RFC 768 over IPv4. */
const UDP_BYTES_MAX = 65_507;
/** Bytes that wait for the kernel; past them datagrams are dropped. */
const QUEUED_BYTES_MAX = 1 << 20;

export const dialUdp = async (address: string, port: number, { signal }: Waiting = {}): Promise<UdpFlow> => {
  signal?.throwIfAborted();
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.connect(port, address);
    await once(socket, 'connect', signal === undefined ? {} : { signal });
  } catch (error) {
    socket.close();
    throw error;
  }
  const ending = new Ending();
  ending.onEnd(() => socket.close());
  // An ICMP "nobody there" is an error of the socket; to UDP it is one more datagram that was lost.
  socket.on('error', () => {});
  let hear: (bytes: Uint8Array) => void = () => {};
  socket.on('message', (bytes) => hear(bytes));
  return {
    bytesMax: UDP_BYTES_MAX,
    send(bytes) {
      if (ending.ended || bytes.length > UDP_BYTES_MAX || socket.getSendQueueSize() + bytes.length > QUEUED_BYTES_MAX) return false;
      socket.send(bytes, () => {});
      return true;
    },
    onDatagram(listener) {
      hear = listener;
    },
    onClosed: (listener) => ending.onEnd(listener),
    close: () => ending.end(new SessionError('the socket was closed here')),
  };
};
