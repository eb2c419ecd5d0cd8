/**
 * A packet: the frames of one unit, sealed with ChaCha20-Poly1305. The packet number is the nonce; its last two bytes travel in the
 * clear beside the unit's header, all of it authenticated. A number is never used twice.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FrameError } from './bytes.ts';
import { PACKET_HEADER_BYTES, packetHeader } from './unit.ts';

const NUMBER_BYTES = 2;
const NUMBERS = 2 ** (8 * NUMBER_BYTES);
const NONCE_NUMBER_BYTES = 6;
const TAG_BYTES = 16;
/** 2^48 packets of 65 kB are more than any session lives to send. */
export const PACKET_NUMBER_MAX = 2 ** (8 * NONCE_NUMBER_BYTES) - 1;
const CLEAR_BYTES = PACKET_HEADER_BYTES + NUMBER_BYTES;
/** What a unit loses to its header, number and tag. */
export const PACKET_OVERHEAD_BYTES = CLEAR_BYTES + TAG_BYTES;

const CIPHER = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES };

export const sealPacket = (key: Uint8Array, id: string, number: number, plaintext: Uint8Array): Buffer => {
  const unit = Buffer.allocUnsafe(PACKET_OVERHEAD_BYTES + plaintext.length);
  unit.set(packetHeader(id));
  unit.writeUIntBE(number % NUMBERS, PACKET_HEADER_BYTES, NUMBER_BYTES);
  const cipher = createCipheriv(CIPHER, key, packetNonce(number), OPTIONS);
  cipher.setAAD(unit.subarray(0, CLEAR_BYTES), { plaintextLength: plaintext.length });
  unit.set(cipher.update(plaintext), CLEAR_BYTES);
  cipher.final();
  unit.set(cipher.getAuthTag(), CLEAR_BYTES + plaintext.length);
  return unit;
};

/**
 * Which number a packet claims: the nearest with those last bytes to what is expected next (RFC 9000, Appendix A.3).
 * @param largest the largest number that was authentic, -1 before the first. @throws FrameError when it is too short to have one.
 */
export const packetNumber = (unit: Uint8Array, largest: number): number => {
  if (unit.length < PACKET_OVERHEAD_BYTES) throw new FrameError(`a packet of ${unit.length} B, at least ${PACKET_OVERHEAD_BYTES} expected`);
  const low = (unit[PACKET_HEADER_BYTES] as number) * 256 + (unit[PACKET_HEADER_BYTES + 1] as number);
  const expected = largest + 1;
  const candidate = expected - (expected % NUMBERS) + low;
  if (candidate <= expected - NUMBERS / 2 && candidate + NUMBERS <= PACKET_NUMBER_MAX) return candidate + NUMBERS;
  return candidate > expected + NUMBERS / 2 && candidate >= NUMBERS ? candidate - NUMBERS : candidate;
};

/** What a packet of this number holds. @throws FrameError when it does not authenticate. */
export const openPacket = (key: Uint8Array, number: number, unit: Uint8Array): Buffer => {
  if (unit.length < PACKET_OVERHEAD_BYTES) throw new FrameError(`a packet of ${unit.length} B, at least ${PACKET_OVERHEAD_BYTES} expected`);
  const bytes = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
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
  return plaintext;
};

/** Noise's ChaChaPoly nonce: 32 zero bits, then the counter, little-endian. */
const packetNonce = (number: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(number, 4, NONCE_NUMBER_BYTES);
  return nonce;
};
