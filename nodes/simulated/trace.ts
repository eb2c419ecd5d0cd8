/**
 * A running SHA-256 over everything that happened: what, when (µs), where, how large, how much (msat). Two runs with one hash did the
 * same things at the same instants. Contents are left out: sizes stand for them.
 */
import { createHash } from 'node:crypto';

const EVENT_BYTES = 32;
const EVENTS_PER_BLOCK = 2_048;

/** Numbers are part of the hash: append, never renumber. */
export const TRACED = {
  'update-add': 1,
  'update-settle': 2,
  'update-fail': 3,
  commit: 4,
  revoke: 5,
  'payment-settled': 6,
  'payment-failed': 7,
  'peer-message': 8,
  'onion-message': 9,
  'onion-dropped': 10,
  disconnected: 11,
  connected: 12,
  socket: 13,
} as const;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.alloc(EVENT_BYTES * EVENTS_PER_BLOCK);
  #used = 0;
  count = 0;

  /** @param node and @param peer: indices in the plan, −1 for none. */
  record(kind: keyof typeof TRACED, atUs: number, node: number, peer: number, bytes: number, msat: number): void {
    const at = this.#used;
    this.#block.writeDoubleLE(atUs, at);
    this.#block.writeInt32LE(TRACED[kind], at + 8);
    this.#block.writeInt32LE(node, at + 12);
    this.#block.writeInt32LE(peer, at + 16);
    this.#block.writeInt32LE(bytes, at + 20);
    this.#block.writeDoubleLE(msat, at + 24);
    this.#used += EVENT_BYTES;
    this.count += 1;
    if (this.#used === this.#block.length) this.#flush();
  }

  /** Hex, of everything until now. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }
}
