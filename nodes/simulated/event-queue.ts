/**
 * What is due, in a total order: time in integer µs, then the order in which it was asked for. No object an event: 16 bytes in one of
 * 7 × 256 buckets, chosen by the highest byte in which its time differs from the last one taken (a radix heap; Ahuja, Mehlhorn, Orlin
 * and Tarjan 1990). Buckets are first in, first out, and equal times always share one, so sequence needs no key of its own. An event
 * moves at most once a byte of its distance, in the order of memory, so that its cost hardly depends on how many are pending:
 * heaps of objects and of columns were tried, and both wait for memory at every level.
 */
import { Chunks } from './event-chunks.ts';

const BUCKETS = 256;
/** Bytes of a time: 2^53 µs are 285 years. */
const LEVELS = 7;
const LEVELS_OF_LOW = 4;
const WORD = 2 ** 32;
const NONE = -1;
/** All that the two lowest levels hold is due within this. */
const NEAR_US = 65_536;
/** Taken-back events are swept out once they are this many and half of all. */
const SWEEP_MIN = 1_024;

/** The one kind that can be taken back; its `a` is a slot that its owner gave it. */
export const REVOCABLE = 1;

export class EventQueue {
  readonly #chunks = new Chunks(LEVELS * BUCKETS);
  /** A bit for each bucket that holds something. */
  readonly #filled = new Int32Array((LEVELS * BUCKETS) / 32);
  #revoked = new Uint8Array(1_024);
  #revokedCount = 0;
  readonly #dropped: (slot: number) => void;
  #cursorLow = 0;
  #cursorHigh = 0;
  /** Events pending, without those taken back. */
  size = 0;
  /** Of the event last taken. */
  kind = 0;
  a = 0;
  b = 0;

  /** @param dropped hears when the slot of an event that was taken back is free again. */
  constructor(dropped: (slot: number) => void = () => {}) {
    this.#dropped = dropped;
  }

  /** @param atUs a whole number, not before the last event taken. @param kind 1 to 255; @param a and @param b 32-bit integers. */
  push(atUs: number, kind: number, a: number, b: number): void {
    this.#put(atUs | 0, atUs < WORD ? 0 : Math.floor(atUs / WORD), kind, a, b);
    this.size += 1;
  }

  /** Takes back the event of kind REVOCABLE with this slot. */
  revoke(slot: number): void {
    if (slot >= this.#revoked.length) {
      const grown = new Uint8Array(Math.max(slot + 1, this.#revoked.length * 2));
      grown.set(this.#revoked);
      this.#revoked = grown;
    }
    this.#revoked[slot] = 1;
    this.#revokedCount += 1;
    this.size -= 1;
    if (this.#revokedCount > SWEEP_MIN && this.#revokedCount > this.size) this.#sweep();
  }

  /** When the earliest is due; Infinity: nothing is. */
  peekUs(): number {
    while (this.size > 0) {
      const bucket = this.#firstBucket();
      const earliest = this.#earliest(bucket);
      if (earliest < Number.POSITIVE_INFINITY) return earliest;
      this.#respread(bucket);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Whether the earliest is due more than this long after the last taken; `gapUs` above NEAR_US costs nothing on a busy network. */
  isFar(nowUs: number, gapUs: number): boolean {
    if (gapUs > NEAR_US && this.#revokedCount === 0 && this.#firstBucket() < 2 * BUCKETS) return this.size === 0;
    return this.peekUs() - nowUs > gapUs;
  }

  /** Takes the earliest: its time, with kind, a and b in the fields. −1: nothing is due. */
  pop(): number {
    if (this.size === 0) return NONE;
    const chunks = this.#chunks;
    for (;;) {
      const bucket = this.#firstBucket();
      if (bucket >= BUCKETS) {
        this.#spread(bucket);
        continue;
      }
      chunks.take(bucket);
      if (chunks.isEmpty(bucket)) this.#filled[bucket >> 5]! &= ~(1 << (bucket & 31));
      this.#cursorLow = chunks.low;
      this.#cursorHigh = chunks.high;
      this.kind = chunks.kind;
      this.a = chunks.a;
      this.b = chunks.b;
      if (this.kind === REVOCABLE && this.#revoked[this.a] === 1) {
        this.#drop(this.a);
        continue;
      }
      this.size -= 1;
      return this.#cursorHigh * WORD + (this.#cursorLow >>> 0);
    }
  }

  #put(low: number, high: number, kind: number, a: number, b: number): void {
    const far = high ^ this.#cursorHigh;
    const near = low ^ this.#cursorLow;
    const of = far === 0 ? near : far;
    const shift = of === 0 ? 0 : (31 - Math.clz32(of)) & 24;
    const bucket =
      far === 0 ? (shift << 5) + ((low >>> shift) & 255) : ((LEVELS_OF_LOW << 8) + (shift << 5) + ((high >>> shift) & 255)) | 0;
    this.#filled[bucket >> 5]! |= 1 << (bucket & 31);
    this.#chunks.append(bucket, low, high, kind, a, b);
  }

  /** The lowest level's first bucket that holds something: the earliest event is in it. */
  #firstBucket(): number {
    const filled = this.#filled;
    for (let word = 0; word < filled.length; word++) {
      const bits = filled[word]!;
      if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits & -bits));
    }
    return LEVELS * BUCKETS;
  }

  /** The cursor goes where the bucket begins; what it holds moves down. An event is taken right after, so the cursor is never ahead of it. */
  #spread(bucket: number): void {
    const level = bucket >> 8;
    const byte = bucket & 255;
    if (level < LEVELS_OF_LOW) this.#cursorLow = cleared(this.#cursorLow, level) | (byte << (level << 3));
    else {
      this.#cursorLow = 0;
      this.#cursorHigh = cleared(this.#cursorHigh, level - LEVELS_OF_LOW) | (byte << ((level - LEVELS_OF_LOW) << 3));
    }
    this.#respread(bucket);
  }

  /** Puts what a bucket holds where it belongs now, without what was taken back. */
  #respread(bucket: number): void {
    const chunks = this.#chunks;
    this.#filled[bucket >> 5]! &= ~(1 << (bucket & 31));
    let start = chunks.startOf(bucket, chunks.first(bucket));
    for (let chunk = chunks.detach(bucket); chunk !== NONE; chunk = chunks.discard(chunk), start = 0) {
      for (let index = start; index < chunks.lengthOf(chunk); index++) {
        chunks.read(chunk, index);
        const { low, high, kind, a, b } = chunks;
        if (kind === REVOCABLE && this.#revoked[a] === 1) this.#drop(a);
        else this.#put(low, high, kind, a, b);
      }
    }
  }

  /** Infinity: everything in it was taken back. */
  #earliest(bucket: number): number {
    const chunks = this.#chunks;
    let earliest = Number.POSITIVE_INFINITY;
    for (let chunk = chunks.first(bucket); chunk !== NONE; chunk = chunks.after(chunk)) {
      for (let index = chunks.startOf(bucket, chunk); index < chunks.lengthOf(chunk); index++) {
        chunks.read(chunk, index);
        if (chunks.kind === REVOCABLE && this.#revoked[chunks.a] === 1) continue;
        const atUs = chunks.high * WORD + (chunks.low >>> 0);
        if (bucket < BUCKETS) return atUs;
        earliest = Math.min(earliest, atUs);
      }
    }
    return earliest;
  }

  #drop(slot: number): void {
    this.#revoked[slot] = 0;
    this.#revokedCount -= 1;
    this.#dropped(slot);
  }

  #sweep(): void {
    for (let bucket = 0; bucket < LEVELS * BUCKETS; bucket++) if (!this.#chunks.isEmpty(bucket)) this.#respread(bucket);
  }
}

/** Without its lowest bytes, up to and including that of a level. */
function cleared(word: number, level: number): number {
  return level === 3 ? 0 : word & -(1 << ((level + 1) << 3));
}
