/**
 * The keys of one direction. After KEY_PACKETS packets the next key follows from the last by BOLT 8's rotation; a packet's number
 * says which it was sealed with, so packets may overtake each other across a change. What is two changes old opens nothing any more.
 */
import { ratchet } from './noise.ts';

/** Packets under one key. No more than these are under way at once (SENT_PACKETS_MAX), so two keys open whatever still comes. */
export const KEY_PACKETS = 4096;

export class PacketKeys {
  /** The last one used, the one before it, and the one after it once it was asked for: three at most. */
  readonly #keys = new Map<number, Uint8Array>();
  #generation = 0;
  #newest: { generation: number; chaining: Uint8Array; key: Uint8Array };

  constructor(chaining: Uint8Array, key: Uint8Array) {
    this.#newest = { generation: 0, chaining, key };
    this.#keys.set(0, key);
  }

  get live(): number {
    return this.#keys.size;
  }

  /** undefined: forgotten already, or further ahead than an honest sender can be. */
  of(number: number): Uint8Array | undefined {
    const generation = Math.floor(number / KEY_PACKETS);
    if (generation === this.#generation + 1 && generation > this.#newest.generation) {
      const [chaining, key] = ratchet(this.#newest.chaining, this.#newest.key);
      this.#newest = { generation, chaining, key };
      this.#keys.set(generation, key);
    }
    return this.#keys.get(generation);
  }

  /** A packet of this number was sealed, or opened: only then is an older key given up. */
  used(number: number): void {
    const generation = Math.floor(number / KEY_PACKETS);
    if (generation <= this.#generation) return;
    this.#generation = generation;
    for (const known of this.#keys.keys()) if (known < generation - 1) this.#keys.delete(known);
  }
}
