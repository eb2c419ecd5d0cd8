/**
 * Onion packets of any size (BOLT 4, "Packet Construction"). bolt04 builds the same bytes at 1,300 and 32,768 B of hop
 * payloads (test/lnd/sphinx.test.ts holds us to it); LND also takes larger ones, which bolt04 refuses.
 */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { pointFromScalar, pointMultiply } from 'tiny-secp256k1';

const HMAC_BYTES = 32;
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** version 1 + ephemeral key 33 + HMAC 32 */
export const ONION_FIXED_BYTES = 66;

export interface SphinxHop {
  readonly publicKey: Uint8Array;
  /** TLV stream without its length. */
  readonly payload: Uint8Array;
}

/** @param onionBytes the whole packet: 1366, 32834 or more. Asserts nothing about fit: RangeError when the payloads are larger. */
export const sphinxPacket = (hops: readonly SphinxHop[], sessionKey: Uint8Array, onionBytes: number): Buffer => {
  const size = onionBytes - ONION_FIXED_BYTES;
  const secrets = sharedSecrets(hops, sessionKey);
  const framed = hops.map(({ payload }) => Buffer.concat([bigSize(payload.length), payload]));
  const lengths = framed.map(({ length }) => length + HMAC_BYTES);
  if (lengths.reduce((sum, length) => sum + length, 0) > size) throw new RangeError('hop payloads do not fit the onion packet');
  const streams = secrets.map((secret) => keystream(deriveKey('rho', secret), 2 * size));

  const packet = Buffer.from(keystream(deriveKey('pad', sessionKey), size));
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
    hmac = createHmac('sha256', deriveKey('mu', secrets[index] as Buffer))
      .update(packet)
      .digest();
  }
  return Buffer.concat([Buffer.from([0]), pointFromScalar(sessionKey, true) as Uint8Array, packet, hmac]);
};

const sharedSecrets = (hops: readonly SphinxHop[], sessionKey: Uint8Array): Buffer[] => {
  let ephemeral = Buffer.from(sessionKey);
  return hops.map(({ publicKey }, index) => {
    const secret = sha256(pointMultiply(publicKey, ephemeral, true) as Uint8Array);
    if (index < hops.length - 1) {
      const blinding = sha256(pointFromScalar(ephemeral, true) as Uint8Array, secret);
      const product = (toBigInt(ephemeral) * toBigInt(blinding)) % CURVE_ORDER;
      ephemeral = Buffer.from(product.toString(16).padStart(64, '0'), 'hex');
    }
    return secret;
  });
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

const deriveKey = (type: 'rho' | 'mu' | 'pad', secret: Uint8Array): Buffer => createHmac('sha256', type).update(secret).digest();

const keystream = (key: Uint8Array, bytes: number): Buffer => createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** BOLT 1's BigSize, for lengths. */
const bigSize = (value: number): Buffer => {
  if (value < 0xfd) return Buffer.from([value]);
  const bytes = Buffer.alloc(3);
  bytes.writeUInt8(0xfd, 0);
  bytes.writeUInt16BE(value, 1);
  return bytes;
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
