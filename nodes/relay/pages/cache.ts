/** Chunks that were fetched, by their hash: bounded, what was used longest ago goes first. What the shelf gives back is hashed again. */
import type { Shelf } from '../../node.ts';
import { sha256 } from './tree.ts';

/** On disk; in memory when simulated. */
const CACHE_BYTES_MAX = 2 ** 30;

export class Cache {
  readonly #shelf: Shelf;
  readonly #bytesMax: number;
  /** Hex hash → length, what was used last at the end. */
  readonly #kept = new Map<string, number>();
  #bytes = 0;

  private constructor(shelf: Shelf, bytesMax: number) {
    this.#shelf = shelf;
    this.#bytesMax = bytesMax;
  }

  static async open(shelf: Shelf, bytesMax = CACHE_BYTES_MAX): Promise<Cache> {
    const cache = new Cache(shelf, bytesMax);
    for (const { name, bytes } of await shelf.list(FOLDER)) cache.#keep(name.slice(FOLDER.length + 1), bytes);
    await cache.#shrink();
    return cache;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Null also for what was altered since: it goes. */
  async get(hash: Buffer): Promise<Uint8Array | null> {
    const hex = hash.toString('hex');
    if (!this.#kept.has(hex)) return null;
    const bytes = await this.#shelf.get(`${FOLDER}/${hex}`);
    if (bytes !== null && sha256(bytes).equals(hash)) {
      this.#keep(hex, bytes.length);
      return bytes;
    }
    await this.#drop(hex);
    return null;
  }

  /** The caller has checked that these are the bytes of that hash. */
  async put(hash: Buffer, bytes: Uint8Array): Promise<void> {
    const hex = hash.toString('hex');
    if (bytes.length > this.#bytesMax) return;
    await this.#shelf.put(`${FOLDER}/${hex}`, bytes);
    this.#keep(hex, bytes.length);
    await this.#shrink();
  }

  #keep(hex: string, bytes: number): void {
    this.#bytes += bytes - (this.#kept.get(hex) ?? 0);
    this.#kept.delete(hex);
    this.#kept.set(hex, bytes);
  }

  async #shrink(): Promise<void> {
    for (const hex of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      await this.#drop(hex);
    }
  }

  async #drop(hex: string): Promise<void> {
    this.#bytes -= this.#kept.get(hex) ?? 0;
    this.#kept.delete(hex);
    await this.#shelf.remove(`${FOLDER}/${hex}`);
  }
}

const FOLDER = 'cache';
