/** One of many by weight: Walker's alias tables, so that a draw takes the same time among ten and among a hundred thousand. */
import type { Random } from './node.ts';

export class WeightedChoice {
  readonly #own: Float64Array;
  readonly #other: Int32Array;

  /** @param weights at least one above 0. */
  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    let total = 0;
    for (let index = 0; index < count; index++) total += weights[index]!;
    this.#own = new Float64Array(count);
    this.#other = new Int32Array(count);
    const scaled = Float64Array.from(weights, (weight) => (weight * count) / total);
    const poor: number[] = [];
    const rich: number[] = [];
    for (let index = 0; index < count; index++) (scaled[index]! < 1 ? poor : rich).push(index);
    while (poor.length > 0 && rich.length > 0) {
      const small = poor.pop()!;
      const large = rich.at(-1)!;
      this.#own[small] = scaled[small]!;
      this.#other[small] = large;
      scaled[large]! -= 1 - scaled[small]!;
      if (scaled[large]! < 1) poor.push(rich.pop()!);
    }
    for (const index of [...poor, ...rich]) this.#own[index] = 1;
  }

  draw(random: Pick<Random, 'float'>): number {
    const index = Math.floor(random.float() * this.#own.length);
    return random.float() < this.#own[index]! ? index : this.#other[index]!;
  }
}
