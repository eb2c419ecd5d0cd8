/**
 * What a relay holds for others, of all circuits together: units that came in and are not on the next wire yet. Every circuit is
 * bounded by its credit (peer-leg.ts); a peer with a thousand circuits that nobody reads at the far end is bounded here.
 */
import type { PeerLeg } from './peer-leg.ts';

/** 128 circuits whose windows are full. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;

export class HeldBytes {
  /** By neighbour, then by leg. */
  readonly #held = new Map<string, Map<PeerLeg, number>>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** @param leg the one they came in by */
  add(leg: PeerLeg, bytes: number): void {
    this.#bytes += bytes;
    let legs = this.#held.get(leg.peer);
    if (legs === undefined) {
      legs = new Map();
      this.#held.set(leg.peer, legs);
    }
    legs.set(leg, (legs.get(leg) ?? 0) + bytes);
  }

  release(leg: PeerLeg, bytes: number): void {
    this.#bytes -= bytes;
    const legs = this.#held.get(leg.peer) as Map<PeerLeg, number>;
    const left = (legs.get(leg) as number) - bytes;
    if (left > 0) legs.set(leg, left);
    else legs.delete(leg);
    if (legs.size === 0) this.#held.delete(leg.peer);
  }

  /** Above the bound: the leg that fills most of the neighbour that fills most. Its circuit has to go. */
  overfull(): PeerLeg | undefined {
    if (this.#bytes <= HELD_BYTES_MAX) return undefined;
    const sums = [...this.#held.values()].map((legs) => ({ legs, bytes: sum(legs.values()) }));
    const { legs } = sums.reduce((most, one) => (one.bytes > most.bytes ? one : most));
    return [...legs].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  }
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};
