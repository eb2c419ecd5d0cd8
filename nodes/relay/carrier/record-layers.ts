/**
 * Layers around a unit that carries all it needs with it: no relay remembers anything of another (carrier B, where a record comes
 * beside each HTLC). A 33 B ephemeral key goes ahead, blinded hop by hop as Sphinx does; from it each relay has a key of its own,
 * takes one ChaCha20 layer off and passes the rest on. The last layer is an AEAD: only the exit can tell that bytes were altered.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FrameError } from '../../errors.ts';
import { type Ecdh, hopKeys, hopSecret, keyFor, nextEphemeralKey, POINT_BYTES, streamed } from '../../sphinx-keys.ts';

export const LAYER_TAG_BYTES = 16;
/** By so much a layered unit is larger than the unit: the ephemeral key ahead and the tag behind. */
export const LAYERS_OVERHEAD_BYTES = POINT_BYTES + LAYER_TAG_BYTES;
const USE = 'leyden record';
/** Every key seals one unit only, so that one nonce serves. */
const NONCE = Buffer.alloc(12);

export interface Layered {
  /** For the hop that reads it, 33 B. */
  readonly ephemeralKey: Buffer;
  /** 16 B longer than the unit, and the same all the way. */
  readonly sealed: Buffer;
}

/** @param path public keys, the exit last. @param sessionKey 32 secret bytes, fresh for every unit. */
export const sealLayers = (path: readonly Uint8Array[], sessionKey: Uint8Array, unit: Uint8Array): Layered => {
  const keys = hopKeys(path, sessionKey, USE);
  const [first, exit] = [keys[0], keys.at(-1)];
  if (first === undefined || exit === undefined) throw new RangeError('a path without an exit');
  const cipher = createCipheriv('chacha20-poly1305', sealKey(exit.secret), NONCE, { authTagLength: LAYER_TAG_BYTES });
  const innermost = Buffer.concat([cipher.update(unit), cipher.final(), cipher.getAuthTag()]);
  const sealed = keys.slice(0, -1).reduceRight<Buffer>((inner, { secret }) => streamed(layerKey(secret), inner), innermost);
  return { ephemeralKey: first.ephemeralKey, sealed };
};

/** At a relay: what the next hop is given. It does not say whether the bytes are as they were sent. @throws FrameError */
export const peelLayer = async ({ ephemeralKey, sealed }: Layered, ecdh: Ecdh): Promise<Layered> => {
  const secret = await hopSecret(ephemeralKey, ecdh);
  return { ephemeralKey: nextEphemeralKey(ephemeralKey, secret, USE), sealed: streamed(layerKey(secret), sealed) };
};

/** At the exit: the unit, as it was sent. @throws FrameError */
export const openLayers = async ({ ephemeralKey, sealed }: Layered, ecdh: Ecdh): Promise<Buffer> => {
  if (sealed.length < LAYER_TAG_BYTES) throw new FrameError(`a layered unit of ${sealed.length} B`);
  const secret = await hopSecret(ephemeralKey, ecdh);
  const decipher = createDecipheriv('chacha20-poly1305', sealKey(secret), NONCE, { authTagLength: LAYER_TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-LAYER_TAG_BYTES));
  const unit = decipher.update(sealed.subarray(0, -LAYER_TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    throw new FrameError('a layered unit that does not authenticate', { cause });
  }
  return unit;
};

const layerKey = (secret: Uint8Array): Buffer => keyFor(secret, `${USE} layer`);
const sealKey = (secret: Uint8Array): Buffer => keyFor(secret, `${USE} seal`);
