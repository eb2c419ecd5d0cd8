/**
 * The two bbolt files of each node's LND, channel.db and sphinxreplay.db: one writer at a time, and DB.Batch, where whoever comes first
 * starts a timer of 10 ms and everybody who came until it fires shares one transaction (bbolt, db.go). LND asks for batches all along a
 * payment's way, but mostly of a channeldb.DB, which has no Batch of its own: kvdb.Batch is then an ordinary Update, one for each caller.
 * Two go to bbolt itself and wait: the replay log of onions, also with nothing to write, and the cache of preimages. When a transaction
 * ends is known when it is asked for, as with the cores of a host: only the timers of batches are events (jobs.ts).
 */
export const FILE = { channels: 0, replays: 1 } as const;
export const FILES = 2;
/** bbolt's DefaultMaxBatchDelay. Its DefaultMaxBatchSize of 1,000 is more than the HTLCs of two full channels. */
export const BATCH_DELAY_US = 10_000;

/** Steps before a job's own transactions, four of two bits each, the first in the lowest: a transaction, or a batch of either file. */
export const STEP = { update: 1, preimages: 2, replays: 3 } as const;
export type WriteStep = keyof typeof STEP;
const STEP_BITS = 2;
const STEPS_BITS = 8;
const STEPS_MASK = 2 ** STEPS_BITS - 1;
/** One of a job's own, in what `writes` returns. */
export const TRANSACTION = 2 ** STEPS_BITS;
/** A whole description is below this, so that µs stand above it in one number. */
const MICROSECOND = 2 ** 28;

/** What a job writes once it has computed, as a number: steps, then so many transactions of channel.db. 0: nothing. */
export function writes(before: readonly WriteStep[], transactions: number): number {
  return before.reduce((sum, step, index) => sum + STEP[step] * 2 ** (STEP_BITS * index), transactions * TRANSACTION);
}

/** The same with large records in its transactions, which take so much longer. */
export function longer(what: number, us: number): number {
  return what + Math.round(us) * MICROSECOND;
}

export class Databases {
  /** [nodes × files] when the writer is free, in µs. */
  readonly #freeUs: Float64Array;
  /** [nodes] the machine of each. */
  readonly #host: Int32Array;
  /** [hosts] when the disk is free: all flushes of a machine go through one queue, so nodes that write at once wait for each other. */
  readonly #diskFreeUs: Float64Array;
  /** [nodes] what one transaction takes the disk. */
  readonly #diskUs: Float64Array;
  /** What it takes before that. */
  readonly #computeUs: number;
  /** [nodes] transactions of both files so far: bbolt counts them too, in its meta page. */
  readonly commits: Float64Array;
  /** Where `advance` has come to, in whole µs. */
  atUs = 0;

  /** @param diskUs of each node, and @param computeUs of all, in whole µs. */
  constructor(host: Int32Array, diskUs: Float64Array, computeUs: number) {
    this.#host = host;
    this.#diskUs = diskUs;
    this.#computeUs = computeUs;
    this.#diskFreeUs = new Float64Array(host.reduce((most, one) => Math.max(most, one + 1), 0));
    this.#freeUs = new Float64Array(diskUs.length * FILES);
    this.commits = new Float64Array(diskUs.length);
  }

  /** Goes through what needs no batch, from `fromUs` to `atUs`. @returns what is left: it begins with a batch, or is 0. */
  advance(node: number, fromUs: number, what: number): number {
    this.atUs = fromUs;
    let left = what % MICROSECOND;
    const moreUs = (what - left) / MICROSECOND;
    while ((left & 3) === STEP.update) {
      this.atUs = this.commit(node, FILE.channels, this.atUs);
      left = withoutFirst(left);
    }
    if ((left & STEPS_MASK) !== 0) return longer(left, moreUs);
    for (let count = Math.floor(left / TRANSACTION); count > 0; count--) this.atUs = this.commit(node, FILE.channels, this.atUs);
    this.atUs += moreUs;
    return 0;
  }

  /** One transaction, asked for at `atUs`. @returns when it is on disk. */
  commit(node: number, file: number, atUs: number): number {
    const row = node * FILES + file;
    this.commits[node]! += 1;
    let endUs = Math.max(atUs, this.#freeUs[row]!) + this.#computeUs;
    const diskUs = this.#diskUs[node]!;
    if (diskUs > 0) {
      const host = this.#host[node]!;
      endUs = Math.max(endUs, this.#diskFreeUs[host]!) + diskUs;
      this.#diskFreeUs[host] = endUs;
    }
    this.#freeUs[row] = endUs;
    return endUs;
  }
}

/** Of steps that begin with a batch: which file's. */
export function fileOf(what: number): number {
  return (what & 3) === STEP.replays ? FILE.replays : FILE.channels;
}

/** The first of the steps is done. */
export function withoutFirst(what: number): number {
  const low = (what % MICROSECOND) & STEPS_MASK;
  return what - low + (low >> STEP_BITS);
}
