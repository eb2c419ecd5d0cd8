/** Typed columns that grow: a graph file does not say how long it is. */
import type { DescribedPolicy } from './described-graph.ts';

const FIRST = 1024;
type Column = Float64Array | Int32Array | Uint16Array | Uint8Array;

export class Numbers<T extends Column> {
  #values: T;
  #length = 0;

  constructor(Type: new (length: number) => T) {
    this.#values = new Type(FIRST);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new (this.#values.constructor as new (length: number) => T)(2 * this.#length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}

/** What each end of each channel announces; the ends of channel c are 2c and 2c + 1. */
export class EndColumns {
  readonly node = new Numbers(Int32Array);
  readonly feeBaseMsat = new Numbers(Float64Array);
  readonly feePpm = new Numbers(Float64Array);
  readonly cltvDelta = new Numbers(Uint16Array);
  readonly minMsat = new Numbers(Float64Array);
  readonly maxMsat = new Numbers(Float64Array);
  readonly disabled = new Numbers(Uint8Array);

  push(node: number, policy: DescribedPolicy): void {
    this.node.push(node);
    this.feeBaseMsat.push(policy.feeBaseMsat);
    this.feePpm.push(policy.feePpm);
    this.cltvDelta.push(policy.cltvDelta);
    this.minMsat.push(policy.minMsat);
    this.maxMsat.push(policy.maxMsat);
    this.disabled.push(policy.disabled ? 1 : 0);
  }
}
