/**
 * The arithmetic of Sphinx as BOLT 4 has it ("Key Generation", "Pseudo Random Byte Stream"): one ephemeral key, blinded anew at
 * every hop, gives the sender a secret shared with each of them and tells none of them of another.
 */
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { isPoint, pointFromScalar, pointMultiply } from 'tiny-secp256k1';
import { FrameError } from './errors.ts';

export const POINT_BYTES = 33;

/** SHA-256 of the compressed shared point with the node's own key: `node.ecdh` as it stands. */
export type Ecdh = (publicKey: string) => Promise<Uint8Array>;

export interface HopKeys {
  /** What the hop is given, 33 B. */
  readonly ephemeralKey: Buffer;
  /** What sender and hop share, 32 B. */
  readonly secret: Buffer;
}

/**
 * Per hop, first to last. @param sessionKey 32 secret bytes, fresh every time. @throws FrameError for a key that is no point
 * @param use names a protocol other than BOLT 4's packets: an ephemeral key seen in one tells nothing of how it goes on in another.
 */
export const hopKeys = (publicKeys: readonly Uint8Array[], sessionKey: Uint8Array, use = ''): HopKeys[] => {
  let scalar: Uint8Array = sessionKey;
  return publicKeys.map((publicKey) => {
    if (!isPoint(publicKey)) throw new FrameError('a hop whose key is no point of secp256k1');
    const ephemeralKey = Buffer.from(pointFromScalar(scalar, true) as Uint8Array);
    const secret = sha256(pointMultiply(publicKey, scalar, true) as Uint8Array);
    scalar = multiplied(scalar, sha256(ephemeralKey, secret, Buffer.from(use)));
    return { ephemeralKey, secret };
  });
};

/** At a hop: the secret it shares with the sender, from the ephemeral key it was given. @throws FrameError */
export const hopSecret = async (ephemeralKey: Uint8Array, ecdh: Ecdh): Promise<Buffer> => {
  if (ephemeralKey.length !== POINT_BYTES || !isPoint(ephemeralKey)) throw new FrameError('an ephemeral key that is no point of secp256k1');
  return Buffer.from(await ecdh(Buffer.from(ephemeralKey).toString('hex')));
};

/** The ephemeral key that the next hop is given. */
export const nextEphemeralKey = (ephemeralKey: Uint8Array, secret: Uint8Array, use = ''): Buffer =>
  Buffer.from(pointMultiply(ephemeralKey, sha256(ephemeralKey, secret, Buffer.from(use)), true) as Uint8Array);

export const deriveKey = (type: 'rho' | 'mu' | 'pad', secret: Uint8Array): Buffer => createHmac('sha256', type).update(secret).digest();

/** ChaCha20's stream under this key and nonce, over the bytes: a copy, each byte XORed. @param nonce number, at most 2^48 − 1 */
export const streamed = (key: Uint8Array, bytes: Uint8Array, nonce = 0): Buffer => {
  // OpenSSL takes the block counter ahead of the nonce.
  const start = Buffer.alloc(16);
  start.writeUIntBE(nonce, 10, 6);
  return createCipheriv('chacha20', key, start).update(bytes);
};

/** A key of its own for every use of a secret: HKDF-SHA-256 (RFC 5869) with the use as info. */
export const keyFor = (secret: Uint8Array, use: string, bytes = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), use, bytes));

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const multiplied = (one: Uint8Array, other: Uint8Array): Buffer => {
  const product = (toBigInt(one) * toBigInt(other)) % CURVE_ORDER;
  return Buffer.from(product.toString(16).padStart(64, '0'), 'hex');
};

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
