/**
 * The layers of a circuit over peer messages. The opener shares a secret with every relay on the way and with the far end; from it
 * come two keys, one for each direction, and every unit passes each of them once: ChaCha20 under the key, with the unit's own number
 * as nonce. So a unit looks different on every link, and what is altered on the way comes out as noise that no session takes.
 */
import { keyFor, streamed } from '../../sphinx-keys.ts';

/** The numbers of a direction, 1 to this: no key ever sees one twice, for a circuit ends before they do. 0 belongs to OPENED. */
export const UNIT_NUMBER_MAX = 2 ** 48 - 1;
export const PROOF_BYTES = 16;

export interface LayerKeys {
  /** From the opener to the far end. */
  readonly forward: Buffer;
  readonly back: Buffer;
  /** By which the opener and this hop know a payment for its passage. */
  readonly toll: Buffer;
}

export const layerKeys = (secret: Uint8Array): LayerKeys => ({
  forward: keyFor(secret, 'leyden circuit forward'),
  back: keyFor(secret, 'leyden circuit back'),
  toll: keyFor(secret, 'leyden circuit toll'),
});

/** What only the far end and the opener can know: it comes back with OPENED, so that no relay answers in the far end's place. */
export const openedProof = (secret: Uint8Array): Buffer => keyFor(secret, 'leyden circuit opened', PROOF_BYTES);

/**
 * A copy with these layers put on, or taken off: it is the same. The stream runs over the frame's header too, which is written
 * anew afterwards: that costs a few bytes of ChaCha20 and spares a copy of the unit.
 */
export const layered = (keys: readonly Buffer[], number: number, message: Uint8Array): Buffer =>
  keys.reduce<Uint8Array>((bytes, key) => streamed(key, bytes, number), message) as Buffer;
