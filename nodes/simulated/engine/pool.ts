/** Numbers that are given out, given back and used again: the rows of columns that grow by doubling. */
const NONE = -1;
const ROWS_MIN = 256;

export class Pool {
  #next = new Int32Array(ROWS_MIN);
  #free = NONE;
  #used = 0;
  readonly #grow: (rows: number) => void;
  /** Rows given out now. */
  size = 0;

  /** @param grow is called with how many rows the columns must have, at first too. */
  constructor(grow: (rows: number) => void) {
    this.#grow = grow;
    grow(ROWS_MIN);
  }

  take(): number {
    this.size += 1;
    const row = this.#free;
    if (row !== NONE) {
      this.#free = this.#next[row]!;
      return row;
    }
    if (this.#used === this.#next.length) {
      this.#next = grown(this.#next, this.#used * 2, Int32Array);
      this.#grow(this.#next.length);
    }
    return this.#used++;
  }

  give(row: number): void {
    this.size -= 1;
    this.#next[row] = this.#free;
    this.#free = row;
  }
}

type Column = Int32Array | Float64Array | Uint8Array | Uint16Array;

/** The same values and zeros behind them. */
export function grown<T extends Column>(column: T, length: number, Kind: new (length: number) => T): T {
  const larger = new Kind(length);
  larger.set(column);
  return larger;
}
