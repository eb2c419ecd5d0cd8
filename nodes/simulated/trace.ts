/**
 * A running SHA-256 over every event that ran: what, when (µs), where; and with every message and payment how large, how much (msat). Two
 * runs with one hash did the same things at the same instants. Contents are left out: sizes stand for them. Always on: it costs 2 %.
 */
import { createHash } from 'node:crypto';

const BLOCK_BYTES = 65_536;
/** An event's row and a record's, told apart by their first byte. */
const EVENT_WORDS = 4;
const RECORD_WORDS = 8;
const WORD = 2 ** 32;
/** No event has this kind. */
const RECORD_MARK = 255;

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
  readonly #block = new ArrayBuffer(BLOCK_BYTES);
  readonly #words = new Int32Array(this.#block);
  readonly #amounts = new Float64Array(this.#block);
  #used = 0;
  /** Rows until now. */
  count = 0;

  /** An event runs. @param a and @param b its own two numbers. */
  event(kind: number, atUs: number, a: number, b: number): void {
    const at = this.#row(EVENT_WORDS);
    const words = this.#words;
    words[at] = kind | ((atUs < WORD ? 0 : Math.floor(atUs / WORD)) << 8);
    words[at + 1] = atUs;
    words[at + 2] = a;
    words[at + 3] = b;
  }

  /** Something of the protocol happens. @param node and @param peer: indices in the plan, −1 for none. */
  record(kind: keyof typeof TRACED, atUs: number, node: number, peer: number, bytes: number, msat: number): void {
    this.recordNumber(TRACED[kind], atUs, node, peer, bytes, msat);
  }

  recordNumber(traced: number, atUs: number, node: number, peer: number, bytes: number, msat: number): void {
    const at = this.#row(RECORD_WORDS);
    const words = this.#words;
    words[at] = RECORD_MARK | (traced << 8);
    words[at + 1] = node;
    words[at + 2] = peer;
    words[at + 3] = bytes;
    this.#amounts[(at >> 1) + 2] = atUs;
    this.#amounts[(at >> 1) + 3] = msat;
  }

  /** Hex, of everything until now. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #row(words: number): number {
    if (this.#used + words > this.#words.length) this.#flush();
    const at = this.#used;
    this.#used += words;
    this.count += 1;
    return at;
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#block, 0, this.#used * 4));
    this.#used = 0;
  }
}
