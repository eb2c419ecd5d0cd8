/** A set of whole numbers as sorted, disjoint, half-open ranges: packet numbers that arrived, bytes that were acknowledged. */
export class RangeSet {
  /** [start, end) pairs, ascending, never touching. */
  readonly #ranges: [start: number, end: number][] = [];

  get count(): number {
    return this.#ranges.length;
  }

  get first(): readonly [number, number] | undefined {
    return this.#ranges[0];
  }

  /** Ascending. */
  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }

  has(value: number): boolean {
    const range = this.#ranges[this.#search(value)];
    return range !== undefined && range[0] <= value;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const from = this.#search(start - 1);
    let to = from;
    let [low, high] = [start, end];
    while (to < this.#ranges.length && (this.#ranges[to] as [number, number])[0] <= end) {
      const [rangeStart, rangeEnd] = this.#ranges[to] as [number, number];
      low = Math.min(low, rangeStart);
      high = Math.max(high, rangeEnd);
      to += 1;
    }
    this.#ranges.splice(from, to - from, [low, high]);
  }

  remove(start: number, end: number): void {
    if (start >= end) return;
    const from = this.#search(start);
    let to = from;
    const kept: [number, number][] = [];
    while (to < this.#ranges.length && (this.#ranges[to] as [number, number])[0] < end) {
      const [rangeStart, rangeEnd] = this.#ranges[to] as [number, number];
      if (rangeStart < start) kept.push([rangeStart, start]);
      if (rangeEnd > end) kept.push([end, rangeEnd]);
      to += 1;
    }
    this.#ranges.splice(from, to - from, ...kept);
  }

  /** The parts of [start, end) that are not in the set, ascending. */
  missing(start: number, end: number): [number, number][] {
    const gaps: [number, number][] = [];
    let at = start;
    for (let index = this.#search(start); index < this.#ranges.length && at < end; index++) {
      const [rangeStart, rangeEnd] = this.#ranges[index] as [number, number];
      if (rangeStart >= end) break;
      if (rangeStart > at) gaps.push([at, rangeStart]);
      at = Math.max(at, rangeEnd);
    }
    if (at < end) gaps.push([at, end]);
    return gaps;
  }

  /** Index of the first range that ends behind `value`. */
  #search(value: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as [number, number])[1] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
