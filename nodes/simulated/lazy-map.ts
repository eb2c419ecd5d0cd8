/** A map whose values are made when they are first asked for. The keys are known, and walked in their order. */
export class LazyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #keys: ReadonlySet<K>;
  readonly #make: (key: K) => V;
  readonly #made = new Map<K, V>();

  constructor(keys: Iterable<K>, make: (key: K) => V) {
    this.#keys = new Set(keys);
    this.#make = make;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Those that somebody has asked for, in the order in which they did. */
  get made(): ReadonlyMap<K, V> {
    return this.#made;
  }

  has(key: K): boolean {
    return this.#keys.has(key);
  }

  get(key: K): V | undefined {
    const made = this.#made.get(key);
    if (made !== undefined || !this.#keys.has(key)) return made;
    const value = this.#make(key);
    this.#made.set(key, value);
    return value;
  }

  keys(): MapIterator<K> {
    return this.#keys.values() as MapIterator<K>;
  }

  values(): MapIterator<V> {
    return this.#walk((_, value) => value) as MapIterator<V>;
  }

  entries(): MapIterator<[K, V]> {
    return this.#walk((key, value): [K, V] => [key, value]) as MapIterator<[K, V]>;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  *#walk<T>(show: (key: K, value: V) => T): Generator<T, undefined> {
    for (const key of this.#keys) yield show(key, this.get(key) as V);
  }
}

/** Values by number, each made when it is first asked for. */
export function lazily<V>(make: (number: number) => V): (number: number) => V {
  const made: V[] = [];
  return (number) => {
    made[number] ??= make(number);
    return made[number];
  };
}
