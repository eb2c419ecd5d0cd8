/**
 * Chance for many entities at once: the generators of random.ts without an object each. A stream depends on the seed, the tag and the
 * entity's name alone, so that one more does not shift the others; it is seeded when it is first drawn from.
 */
import { createHash } from 'node:crypto';

const WORDS = 4;
/** Words of a row: the state, whether it was seeded, and room to the half of a cache line. */
const ROW = 8;
const SEEDED = 4;
const WARM_UP_ROUNDS = 12;

export class RandomColumns {
  readonly #state: Uint32Array;
  readonly #path: string;
  readonly #nameOf: (entity: number) => string;

  constructor(seed: number | string, tag: string, count: number, nameOf: (entity: number) => string) {
    this.#path = `${seed}/${tag}`;
    this.#state = new Uint32Array(count * ROW);
    this.#nameOf = nameOf;
  }

  /** 32 bits. sfc32 (Chris Doty-Humphrey's PractRand). */
  next(entity: number): number {
    const state = this.#state;
    const at = entity * ROW;
    if (state[at + SEEDED] === 0) this.#seed(entity);
    const b = state[at + 1]!;
    const c = state[at + 2]!;
    const counter = state[at + 3]!;
    const sum = (state[at]! + b + counter) >>> 0;
    state[at + 3] = counter + 1;
    state[at] = b ^ (b >>> 9);
    state[at + 1] = c + (c << 3);
    state[at + 2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }

  /** From 0 up to 1, of 32 bits. */
  float(entity: number): number {
    return this.next(entity) / 2 ** 32;
  }

  #seed(entity: number): void {
    const at = entity * ROW;
    this.#state[at + SEEDED] = 1;
    const digest = createHash('sha256')
      .update(`${this.#path}/${this.#nameOf(entity)}`)
      .digest();
    for (let word = 0; word < WORDS; word++) this.#state[at + word] = digest.readUInt32LE(4 * word);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.next(entity);
  }
}
