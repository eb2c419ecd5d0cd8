/** Nodes by distance, nearest first: a 4-ary heap in typed columns in which a node that got nearer moves up instead of standing twice. */
export class NodeHeap {
  readonly #nodes: Int32Array;
  /** Where a node stands in #nodes; −1: it does not. */
  readonly #place: Int32Array;
  readonly #distance: Float64Array;
  #size = 0;

  /** @param distance of each node: a column that the search writes before it calls. */
  constructor(distance: Float64Array) {
    this.#distance = distance;
    this.#nodes = new Int32Array(distance.length);
    this.#place = new Int32Array(distance.length).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  holds(node: number): boolean {
    return this.#place[node]! >= 0;
  }

  clear(): void {
    for (let index = 0; index < this.#size; index++) this.#place[this.#nodes[index]!] = -1;
    this.#size = 0;
  }

  /** The node's distance is new, and never greater than the one it stood with. */
  pushOrRaise(node: number): void {
    let index = this.#place[node]!;
    if (index < 0) index = this.#size++;
    const key = this.#distance[node]!;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      const above = this.#nodes[parent]!;
      if (this.#distance[above]! <= key) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(node, index);
  }

  /** Not to be called when empty. */
  pop(): number {
    const top = this.#nodes[0]!;
    this.#place[top] = -1;
    const last = this.#nodes[--this.#size]!;
    if (this.#size > 0) this.#sink(last);
    return top;
  }

  #sink(node: number): void {
    const key = this.#distance[node]!;
    let index = 0;
    for (;;) {
      const firstChild = 4 * index + 1;
      if (firstChild >= this.#size) break;
      const end = Math.min(firstChild + 4, this.#size);
      let best = firstChild;
      let bestKey = this.#distance[this.#nodes[firstChild]!]!;
      for (let child = firstChild + 1; child < end; child++) {
        const childKey = this.#distance[this.#nodes[child]!]!;
        if (childKey < bestKey) {
          best = child;
          bestKey = childKey;
        }
      }
      if (bestKey >= key) break;
      this.#put(this.#nodes[best]!, index);
      index = best;
    }
    this.#put(node, index);
  }

  #put(node: number, index: number): void {
    this.#nodes[index] = node;
    this.#place[node] = index;
  }
}
