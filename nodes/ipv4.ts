/** As much of IPv4 (RFC 791) and ICMP (RFC 792) as a tunnel needs: whose a packet is, what answers one that is too long, and echoes. */

export const HEADER_BYTES = 20;
/** RFC 791: what every host takes. */
export const MTU_MIN = 576;
const ICMP_HEADER_BYTES = 8;
const ICMP = 1;
const TTL = 64;
const DONT_FRAGMENT = 0x4000;
const ECHO_REPLY = 0;
const UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const ECHO_REQUEST = 8;

/** Addresses as whole numbers: what is looked at for every packet. */
export interface PacketEnds {
  readonly source: number;
  readonly destination: number;
}

/** Null for what is no whole IPv4 packet. */
export const packetEnds = (packet: Uint8Array): PacketEnds | null => {
  if (packet.length < HEADER_BYTES) return null;
  const headerBytes = ((packet[0] as number) & 15) * 4;
  const total = ((packet[2] as number) << 8) | (packet[3] as number);
  if ((packet[0] as number) >> 4 !== 4 || headerBytes < HEADER_BYTES || headerBytes > total || total !== packet.length) return null;
  return { source: uint32(packet, 12), destination: uint32(packet, 16) };
};

/** Null for what is no dotted quad. */
export const addressNumber = (text: string): number | null => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
};

export const addressText = (address: number): string =>
  [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');

export interface Echo extends PacketEnds {
  readonly kind: 'request' | 'reply';
  readonly id: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export const echoPacket = ({ kind, id, sequence, data, ...ends }: Echo): Buffer => {
  const message = Buffer.alloc(ICMP_HEADER_BYTES + data.length);
  message[0] = kind === 'request' ? ECHO_REQUEST : ECHO_REPLY;
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  message.set(data, ICMP_HEADER_BYTES);
  return icmpPacket(ends, message);
};

/** Null for what is no echo, or was damaged on the way. */
export const readEcho = (packet: Uint8Array): Echo | null => {
  const ends = packetEnds(packet);
  if (ends === null || packet[9] !== ICMP) return null;
  const message = Buffer.from(packet.buffer, packet.byteOffset, packet.length).subarray(((packet[0] as number) & 15) * 4);
  if (message.length < ICMP_HEADER_BYTES || checksum(message) !== 0) return null;
  const kind = message[0] === ECHO_REQUEST ? 'request' : message[0] === ECHO_REPLY ? 'reply' : null;
  if (kind === null || message[1] !== 0) return null;
  return { ...ends, kind, id: message.readUInt16BE(4), sequence: message.readUInt16BE(6), data: message.subarray(ICMP_HEADER_BYTES) };
};

/** What tells a sender to send shorter packets (RFC 1191 §4): as if from the packet's own destination, to whoever sent it. */
export const tooLongAnswer = (packet: Uint8Array, mtu: number): Buffer => {
  const headerBytes = ((packet[0] as number) & 15) * 4;
  const quoted = packet.subarray(0, headerBytes + 8);
  const message = Buffer.alloc(ICMP_HEADER_BYTES + quoted.length);
  message[0] = UNREACHABLE;
  message[1] = FRAGMENTATION_NEEDED;
  message.writeUInt16BE(mtu, 6);
  message.set(quoted, ICMP_HEADER_BYTES);
  return icmpPacket({ source: uint32(packet, 16), destination: uint32(packet, 12) }, message);
};

const icmpPacket = ({ source, destination }: PacketEnds, message: Buffer): Buffer => {
  message.writeUInt16BE(checksum(message), 2);
  const packet = Buffer.alloc(HEADER_BYTES + message.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(DONT_FRAGMENT, 6);
  packet[8] = TTL;
  packet[9] = ICMP;
  packet.writeUInt32BE(source, 12);
  packet.writeUInt32BE(destination, 16);
  packet.writeUInt16BE(checksum(packet.subarray(0, HEADER_BYTES)), 10);
  packet.set(message, HEADER_BYTES);
  return packet;
};

/** RFC 1071: 0 over bytes that hold their own checksum. */
export const checksum = (bytes: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
};

const uint32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
