/** A simulated node's identity: a real secp256k1 key drawn from the seed, so that signatures and ECDH are what LND would give. */
import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { SeededRandom } from './random.ts';
import { zbase32, zbase32Bytes } from './zbase32.ts';

/** LND's signmessage signs the double SHA-256 of this and the message. */
const SIGNED_MESSAGE_PREFIX = 'Lightning Signed Message:';
/** Compact signature header: 27, 4 more for a compressed key, plus the recovery id. */
const COMPACT_HEADER = 31;
const COMPACT_BYTES = 65;

export class NodeKey {
  readonly #secret: Uint8Array;
  /** 66 hex characters. */
  readonly publicKey: string;

  constructor(random: SeededRandom) {
    let secret = random.bytes(32);
    while (!secp256k1.utils.isValidSecretKey(secret)) secret = random.bytes(32);
    this.#secret = secret;
    this.publicKey = Buffer.from(secp256k1.getPublicKey(secret, true)).toString('hex');
  }

  /** zbase32 of a recoverable compact signature, deterministic (RFC 6979) as LND's is. */
  sign(message: Uint8Array): string {
    const signature = secp256k1.sign(digestOf(message), this.#secret, { prehash: false, format: 'recovered' });
    // noble puts the recovery id first, as LND does, without the header's offset.
    return zbase32(Uint8Array.from(signature, (byte, index) => (index === 0 ? byte + COMPACT_HEADER : byte)));
  }

  /** SHA-256 of the compressed shared point. @throws when `publicKey` is no point. */
  ecdh(publicKey: string): Uint8Array {
    const point = secp256k1.getSharedSecret(this.#secret, Buffer.from(publicKey, 'hex'), true);
    return createHash('sha256').update(point).digest();
  }
}

/** The key that a signature over a message recovers to; null when it is not one. */
export function recoverKey(message: Uint8Array, signature: string): string | null {
  const compact = zbase32Bytes(signature);
  if (compact === null || compact.length !== COMPACT_BYTES) return null;
  try {
    const recovered = Uint8Array.from(compact, (byte, index) => (index === 0 ? byte - COMPACT_HEADER : byte));
    const key = secp256k1.recoverPublicKey(recovered, digestOf(message), { prehash: false });
    return Buffer.from(key).toString('hex');
  } catch {
    return null;
  }
}

function digestOf(message: Uint8Array): Uint8Array {
  const once = createHash('sha256').update(SIGNED_MESSAGE_PREFIX).update(message).digest();
  return createHash('sha256').update(once).digest();
}
