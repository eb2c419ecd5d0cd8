/** Nearest first; of two equally near, the one that was put in earlier. A binary heap. */
export class PathQueue<T extends { readonly distance: number }> {
  readonly #items: { readonly item: T; readonly order: number }[] = [];
  #order = 0;

  push(item: T): void {
    const items = this.#items;
    items.push({ item, order: this.#order++ });
    for (let index = items.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (this.#before(parent, index)) break;
      [items[parent], items[index]] = [items[index]!, items[parent]!];
      index = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    if (items.length > 0) items[0] = last;
    for (let index = 0; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < items.length && this.#before(child, least)) least = child;
      if (least === index) return first.item;
      [items[least], items[index]] = [items[index]!, items[least]!];
      index = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#items[a]!, this.#items[b]!];
    return left.item.distance < right.item.distance || (left.item.distance === right.item.distance && left.order < right.order);
  }
}
