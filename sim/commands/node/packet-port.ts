/** The IP packets of a machine with a TUN device, one a UDP datagram, from socat there and to it; nobody else is heard. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { PacketPort, Waiting } from '../../../nodes/node.ts';

/** Bytes that wait for the kernel; past them packets are dropped, as a full device queue would. */
const QUEUED_BYTES_MAX = 1 << 20;
const KERNEL_BUFFER_BYTES = 4 << 20;

export interface PacketPortOptions {
  /** The machine's, with the bits of its subnet. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly peer: { readonly host: string; readonly port: number };
}

/**
 * Packets that the kernel has at one time are passed on in one go, so that a session packs them into one unit: a message between peers
 * costs the same with forty packets in it as with one.
 */
const batched = (listener: (packet: Uint8Array) => void): ((packet: Uint8Array) => void) => {
  let waiting: Uint8Array[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    for (const packet of batch) listener(packet);
  };
  return (packet) => {
    if (waiting.push(packet) === 1) setImmediate(flush);
  };
};

export const openPacketPort = async (
  { address, host, port, peer }: PacketPortOptions,
  { signal }: Waiting = {},
): Promise<PacketPort & AsyncDisposable> => {
  const socket = createSocket('udp4');
  const waiting = signal === undefined ? {} : { signal };
  try {
    socket.bind(port, host);
    await once(socket, 'listening', waiting);
    // The kernel takes what its own limit allows.
    socket.setRecvBufferSize(KERNEL_BUFFER_BYTES);
    socket.setSendBufferSize(KERNEL_BUFFER_BYTES);
    socket.connect(peer.port, peer.host);
    await once(socket, 'connect', waiting);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('error', () => {}); // socat is not there at the moment: packets are lost
  return {
    address,
    send(packet) {
      if (socket.getSendQueueSize() + packet.length > QUEUED_BYTES_MAX) return false;
      socket.send(packet, () => {});
      return true;
    },
    onPacket(listener) {
      socket.on('message', batched(listener));
    },
    [Symbol.asyncDispose]: async () => void socket.close(),
  };
};
