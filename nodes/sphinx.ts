/**
 * Onion packets of any size (BOLT 4, "Packet Construction" and "Onion Decryption"). bolt04 builds the same bytes at 1,300 and
 * 32,768 B of hop payloads (test/sphinx.test.ts holds us to it and to BOLT 4's vectors); LND also takes larger ones, which bolt04 refuses.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { FrameError } from './errors.ts';
import { deriveKey, type Ecdh, hopKeys, hopSecret, nextEphemeralKey, POINT_BYTES, streamed } from './sphinx-keys.ts';

const HMAC_BYTES = 32;
/** version 1 + ephemeral key 33 + HMAC 32 */
const ONION_FIXED_BYTES = 66;
const NOTHING = Buffer.alloc(0);

export interface SphinxHop {
  readonly publicKey: Uint8Array;
  /** TLV stream without its length. */
  readonly payload: Uint8Array;
}

/**
 * @param onionBytes the whole packet: 1366, 32834 or more. RangeError when the payloads are larger.
 * @param associatedData what every hop's HMAC covers beside the packet: BOLT 4 takes the payment hash.
 */
export const sphinxPacket = (
  hops: readonly SphinxHop[],
  sessionKey: Uint8Array,
  onionBytes: number,
  associatedData: Uint8Array = NOTHING,
): Buffer => {
  const size = onionBytes - ONION_FIXED_BYTES;
  const keys = hopKeys(
    hops.map(({ publicKey }) => publicKey),
    sessionKey,
  );
  const framed = hops.map(({ payload }) => Buffer.concat([bigSize(payload.length), payload]));
  const lengths = framed.map(({ length }) => length + HMAC_BYTES);
  if (lengths.reduce((sum, length) => sum + length, 0) > size) throw new RangeError('hop payloads do not fit the onion packet');
  const streams = keys.map(({ secret }) => streamed(deriveKey('rho', secret), Buffer.alloc(2 * size)));

  const packet = streamed(deriveKey('pad', sessionKey), Buffer.alloc(size));
  const filler = fillerOf(lengths, streams, size);
  let hmac: Buffer = Buffer.alloc(HMAC_BYTES);
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const own = framed[index] as Buffer;
    const shift = lengths[index] as number;
    packet.copyWithin(shift, 0, size - shift);
    own.copy(packet, 0);
    hmac.copy(packet, own.length);
    xorInto(packet, (streams[index] as Buffer).subarray(0, size));
    if (index === hops.length - 1) filler.copy(packet, size - filler.length);
    hmac = hmacOf(keys[index]?.secret as Buffer, packet, associatedData);
  }
  return Buffer.concat([Buffer.from([0]), keys[0]?.ephemeralKey as Buffer, packet, hmac]);
};

export interface Peeled {
  readonly payload: Buffer;
  /** What sender and this hop share: keys for more than the packet are derived from it. */
  readonly secret: Buffer;
  /** For the next hop, as large as this one; null: the packet ends here. */
  readonly next: Buffer | null;
}

/** One hop's layer of a packet. @throws FrameError for what no sender made for this hop */
export const peel = async (packet: Uint8Array, ecdh: Ecdh, associatedData: Uint8Array = NOTHING): Promise<Peeled> => {
  const size = packet.length - ONION_FIXED_BYTES;
  if (size < 1 + HMAC_BYTES) throw new FrameError(`an onion packet of ${packet.length} B`);
  if (packet[0] !== 0) throw new FrameError(`an onion packet of version ${packet[0]}, only 0 is known`);
  const ephemeralKey = packet.subarray(1, 1 + POINT_BYTES);
  const sealed = packet.subarray(1 + POINT_BYTES, -HMAC_BYTES);
  const secret = await hopSecret(ephemeralKey, ecdh);
  if (!timingSafeEqual(hmacOf(secret, sealed, associatedData), packet.subarray(-HMAC_BYTES)))
    throw new FrameError('an onion packet that does not authenticate');
  const plain = streamed(deriveKey('rho', secret), Buffer.concat([sealed, Buffer.alloc(size)]));
  const { value: length, bytes: prefix } = readBigSize(plain);
  const end = prefix + length + HMAC_BYTES;
  if (end > size) throw new FrameError(`a hop's payload of ${length} B in an onion packet of ${packet.length} B`);
  const nextHmac = plain.subarray(end - HMAC_BYTES, end);
  const last = nextHmac.every((byte) => byte === 0);
  const next = last
    ? null
    : Buffer.concat([Buffer.from([0]), nextEphemeralKey(ephemeralKey, secret), plain.subarray(end, end + size), nextHmac]);
  return { payload: plain.subarray(prefix, prefix + length), secret, next };
};

const fillerOf = (lengths: readonly number[], streams: readonly Buffer[], size: number): Buffer => {
  const forwarding = lengths.slice(0, -1);
  const filler = Buffer.alloc(forwarding.reduce((sum, length) => sum + length, 0));
  let consumed = 0;
  forwarding.forEach((length, index) => {
    const start = size - consumed;
    xorInto(filler.subarray(0, consumed + length), (streams[index] as Buffer).subarray(start, start + consumed + length));
    consumed += length;
  });
  return filler;
};

const hmacOf = (secret: Uint8Array, packet: Uint8Array, associatedData: Uint8Array): Buffer =>
  createHmac('sha256', deriveKey('mu', secret)).update(packet).update(associatedData).digest();

/** BOLT 1's BigSize, for lengths. */
const bigSize = (value: number): Buffer => {
  if (value < 0xfd) return Buffer.from([value]);
  const bytes = Buffer.alloc(3);
  bytes.writeUInt8(0xfd, 0);
  bytes.writeUInt16BE(value, 1);
  return bytes;
};

/** Lengths above 65,535 fit no packet that LND takes. `bytes` holds at least three more than any size. */
const readBigSize = (bytes: Buffer): { value: number; bytes: number } => {
  const first = bytes[0] as number;
  if (first < 0xfd) return { value: first, bytes: 1 };
  if (first > 0xfd) throw new FrameError("a hop's payload of more than 65,535 B");
  const value = bytes.readUInt16BE(1);
  if (value < 0xfd) throw new FrameError('a length that is longer than need be');
  return { value, bytes: 3 };
};

/** In place; by words of four where both buffers allow it. */
const xorInto = (target: Buffer, mask: Buffer): void => {
  let index = 0;
  if (target.byteOffset % 4 === 0 && mask.byteOffset % 4 === 0) {
    const words = Math.floor(target.length / 4);
    const left = new Uint32Array(target.buffer, target.byteOffset, words);
    const right = new Uint32Array(mask.buffer, mask.byteOffset, words);
    for (; index < words; index += 1) left[index] = (left[index] as number) ^ (right[index] as number);
    index *= 4;
  }
  for (; index < target.length; index += 1) target[index] = (target[index] as number) ^ (mask[index] as number);
};
