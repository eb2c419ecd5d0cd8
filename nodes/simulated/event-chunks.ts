/** First-in-first-out buckets of events in one pool: chunks of typed rows, linked, so that a bucket is read in the order of memory. */

/** 256 bytes a chunk: four cache lines. */
const EVENTS = 16;
/** Words of an event: the time's low word, its high word with the kind, a, b. */
const WORDS = 4;
const CHUNK_WORDS = EVENTS * WORDS;
const CHUNKS_MIN = 64;
const NONE = -1;

export class Chunks {
  #words = new Int32Array(CHUNKS_MIN * CHUNK_WORDS);
  #next = new Int32Array(CHUNKS_MIN);
  #length = new Uint8Array(CHUNKS_MIN);
  #free = NONE;
  #used = 0;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** Events of the head's chunk that were taken. */
  readonly #taken: Uint8Array;
  /** The event last read or taken. */
  low = 0;
  high = 0;
  kind = 0;
  a = 0;
  b = 0;

  constructor(buckets: number) {
    this.#head = new Int32Array(buckets).fill(NONE);
    this.#tail = new Int32Array(buckets).fill(NONE);
    this.#taken = new Uint8Array(buckets);
  }

  append(bucket: number, low: number, high: number, kind: number, a: number, b: number): void {
    let chunk = this.#tail[bucket]!;
    if (chunk === NONE || this.#length[chunk] === EVENTS) {
      const fresh = this.#allocate();
      if (chunk === NONE) {
        this.#head[bucket] = fresh;
        this.#taken[bucket] = 0;
      } else this.#next[chunk] = fresh;
      this.#tail[bucket] = fresh;
      chunk = fresh;
    }
    const at = chunk * CHUNK_WORDS + this.#length[chunk]! * WORDS;
    const words = this.#words;
    words[at] = low;
    words[at + 1] = (high << 8) | kind;
    words[at + 2] = a;
    words[at + 3] = b;
    this.#length[chunk]! += 1;
  }

  /** The oldest of a bucket that is not empty. */
  take(bucket: number): void {
    const chunk = this.#head[bucket]!;
    const index = this.#taken[bucket]!;
    this.read(chunk, index);
    if (index + 1 < this.#length[chunk]!) {
      this.#taken[bucket] = index + 1;
      return;
    }
    const next = this.discard(chunk);
    this.#head[bucket] = next;
    this.#taken[bucket] = 0;
    if (next === NONE) this.#tail[bucket] = NONE;
  }

  isEmpty(bucket: number): boolean {
    return this.#head[bucket] === NONE;
  }

  first(bucket: number): number {
    return this.#head[bucket]!;
  }

  after(chunk: number): number {
    return this.#next[chunk]!;
  }

  lengthOf(chunk: number): number {
    return this.#length[chunk]!;
  }

  startOf(bucket: number, chunk: number): number {
    return this.#head[bucket] === chunk ? this.#taken[bucket]! : 0;
  }

  read(chunk: number, index: number): void {
    const at = chunk * CHUNK_WORDS + index * WORDS;
    const words = this.#words;
    this.low = words[at]!;
    const high = words[at + 1]!;
    this.high = high >>> 8;
    this.kind = high & 255;
    this.a = words[at + 2]!;
    this.b = words[at + 3]!;
  }

  /** Empties a bucket: its first chunk, to be read from `startOf` on and given back one by one with `discard`. */
  detach(bucket: number): number {
    const chunk = this.#head[bucket]!;
    this.#head[bucket] = NONE;
    this.#tail[bucket] = NONE;
    return chunk;
  }

  /** Gives a chunk back; the one after it. */
  discard(chunk: number): number {
    const next = this.#next[chunk]!;
    this.#next[chunk] = this.#free;
    this.#free = chunk;
    return next;
  }

  #allocate(): number {
    const chunk = this.#free === NONE ? this.#used : this.#free;
    if (chunk === this.#used) {
      if (this.#used === this.#next.length) this.#grow();
      this.#used += 1;
    } else this.#free = this.#next[chunk]!;
    this.#next[chunk] = NONE;
    this.#length[chunk] = 0;
    return chunk;
  }

  #grow(): void {
    const [words, next, length] = [this.#words, this.#next, this.#length];
    this.#words = new Int32Array(words.length * 2);
    this.#words.set(words);
    this.#next = new Int32Array(next.length * 2);
    this.#next.set(next);
    this.#length = new Uint8Array(length.length * 2);
    this.#length.set(length);
  }
}
