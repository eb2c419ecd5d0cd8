/** RFC 4648 §6 in lower case and without padding: a node's key in 53 characters, which fit a DNS label (63) where its hex (66) does not. */
import { FrameError } from '../wire/bytes.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export const toBase32 = (bytes: Uint8Array): string => {
  let text = '';
  let [held, bits] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= 31;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
};

/** @throws FrameError for anything but what toBase32 writes. */
export const fromBase32 = (text: string): Buffer => {
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new FrameError(`${letter} is no letter of base32`);
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
  }
  const whole = Buffer.from(bytes);
  if (toBase32(whole) !== text) throw new FrameError('base32 with bits to spare');
  return whole;
};
