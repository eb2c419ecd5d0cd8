/**
 * Chance from a seed, one stream per entity: a generator is named, and its stream depends on the seed and the name alone, so that
 * a node more does not shift what the others draw. sfc32 (Chris Doty-Humphrey's PractRand), seeded by SHA-256. Not for real keys.
 */
import { createHash } from 'node:crypto';
import type { Random } from './node.ts';

const WARM_UP_ROUNDS = 12;

export class SeededRandom implements Random {
  readonly #path: string;
  readonly #state: Uint32Array;

  constructor(seed: number | string, name = '') {
    this.#path = name === '' ? `${seed}` : `${seed}/${name}`;
    const digest = createHash('sha256').update(this.#path).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32LE(4 * index));
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#next();
  }

  /** The generator of a part of this entity, independent of what this one has drawn. */
  split(name: string): SeededRandom {
    return new SeededRandom(this.#path, name);
  }

  /** 53 bits. */
  float(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let index = 0; index < length; index += 4) {
      const word = this.#next();
      for (let byte = 0; byte < 4 && index + byte < length; byte++) out[index + byte] = word >>> (8 * byte);
    }
    return out;
  }

  #next(): number {
    const state = this.#state;
    const [a, b, c, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const sum = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }
}
