/** Seeded whole numbers, fast enough for a million of them: the same seed gives the same intervals on every machine. */
import { seededRandom } from '../random.ts';

/** Uniform from 0 to `below` − 1, `below` at most 2^20. */
export type Draw = (below: number) => number;

const BLOCK_WORDS = 16_384;

/** The remainder of 32 bits favours small numbers by `below` in 2^32: less than any interval shows. */
export function draws(seed: string): Draw {
  const random = seededRandom(seed);
  let words: Uint32Array = new Uint32Array(0);
  let next = 0;
  return (below) => {
    if (next === words.length) {
      const bytes = random.bytes(4 * BLOCK_WORDS);
      words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      next = 0;
    }
    return words[next++]! % below;
  };
}
