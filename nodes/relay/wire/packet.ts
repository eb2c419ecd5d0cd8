/**
 * A packet: the frames of one unit, sealed with ChaCha20-Poly1305 under the session's key of that direction. The packet number is
 * the nonce and travels in the clear beside the unit's header, all of it authenticated. A number is never used twice with a key.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FrameError } from './bytes.ts';
import { UNIT, UNIT_HEADER_BYTES, unitHeader } from './unit.ts';

const NUMBER_BYTES = 6;
const TAG_BYTES = 16;
/** 2^48 packets of 65 kB are more than any session lives to send: no rekeying in between. */
export const PACKET_NUMBER_MAX = 2 ** (8 * NUMBER_BYTES) - 1;
const CLEAR_BYTES = UNIT_HEADER_BYTES + NUMBER_BYTES;
/** What a unit loses to its header, number and tag. */
export const PACKET_OVERHEAD_BYTES = CLEAR_BYTES + TAG_BYTES;

const CIPHER = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES };

export const sealPacket = (key: Uint8Array, id: string, number: number, plaintext: Uint8Array): Buffer => {
  const unit = Buffer.allocUnsafe(PACKET_OVERHEAD_BYTES + plaintext.length);
  unit.set(unitHeader(UNIT.packet, id));
  unit.writeUIntBE(number, UNIT_HEADER_BYTES, NUMBER_BYTES);
  const cipher = createCipheriv(CIPHER, key, packetNonce(number), OPTIONS);
  cipher.setAAD(unit.subarray(0, CLEAR_BYTES), { plaintextLength: plaintext.length });
  unit.set(cipher.update(plaintext), CLEAR_BYTES);
  cipher.final();
  unit.set(cipher.getAuthTag(), CLEAR_BYTES + plaintext.length);
  return unit;
};

/** @throws FrameError when it is too short or does not authenticate. */
export const openPacket = (key: Uint8Array, unit: Uint8Array): { readonly number: number; readonly plaintext: Buffer } => {
  if (unit.length < PACKET_OVERHEAD_BYTES) throw new FrameError(`a packet of ${unit.length} B, at least ${PACKET_OVERHEAD_BYTES} expected`);
  const bytes = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  const number = bytes.readUIntBE(UNIT_HEADER_BYTES, NUMBER_BYTES);
  const decipher = createDecipheriv(CIPHER, key, packetNonce(number), OPTIONS);
  const ciphertext = bytes.subarray(CLEAR_BYTES, bytes.length - TAG_BYTES);
  decipher.setAAD(bytes.subarray(0, CLEAR_BYTES), { plaintextLength: ciphertext.length });
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch (cause) {
    throw new FrameError('a packet that does not authenticate', { cause });
  }
  return { number, plaintext };
};

/** Noise's ChaChaPoly nonce: 32 zero bits, then the counter, little-endian. */
const packetNonce = (number: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(number, 4, NUMBER_BYTES);
  return nonce;
};
