/** Packet numbers that came in: what to acknowledge and when, and what is a replay. */
import { ACK_RANGES_MAX, type Frame } from '../wire/frames.ts';
import type { Profile } from './profile.ts';
import { RangeSet } from './ranges.ts';

/** Gaps remembered; beyond, the oldest range is forgotten and everything up to it counts as a replay. */
const RANGES_MAX = 256;
/** An acknowledgement this short goes with whatever packet goes. */
const RIDING_BYTES = 16;

export class Inbound {
  #profile: Profile;
  readonly #received = new RangeSet();
  #floor = 0;
  #largest = -1;
  #largestMs = 0;
  #due = 0;
  #dueSinceMs = 0;
  #lastMs = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** The largest number that came, -1 before the first. */
  get largest(): number {
    return this.#largest;
  }

  /** The session moved to another circuit. */
  moved(profile: Profile): void {
    this.#profile = profile;
  }

  /** Was this number here before, or is it too old to know? */
  replayed(number: number): boolean {
    return number < this.#floor || this.#received.has(number);
  }

  /** @param asks the packet holds frames that want an acknowledgement. */
  received(number: number, asks: boolean, nowMs: number): void {
    this.#received.add(number, number + 1);
    if (this.#received.count > RANGES_MAX) this.settledBelow((this.#received.first as readonly [number, number])[1]);
    if (number > this.#largest) {
      this.#largest = number;
      this.#largestMs = nowMs;
    }
    if (!asks) return;
    this.#lastMs = nowMs;
    if (this.#due === 0) this.#dueSinceMs = nowMs;
    this.#due += 1;
  }

  /** The sender will not ask about packets below this any more. */
  settledBelow(number: number): void {
    const floor = Math.min(number, this.#largest + 1);
    if (floor <= this.#floor) return;
    this.#floor = floor;
    this.#received.remove(0, floor);
  }

  dueAt(): number {
    if (this.#due === 0) return Number.POSITIVE_INFINITY;
    const { ackPackets, ackIdleMs, ackDelayMs } = this.#profile;
    return this.#due >= ackPackets ? 0 : Math.min(this.#lastMs + ackIdleMs, this.#dueSinceMs + ackDelayMs);
  }

  /** An ACK of what asked for one, undefined when nothing did; `sent()` once it goes. */
  ack(nowMs: number): Extract<Frame, { kind: 'ack' }> | undefined {
    const ranges = this.#due === 0 ? [] : this.#received.ranges.slice(-ACK_RANGES_MAX);
    if (ranges.length === 0) return undefined;
    const delayUs = Math.max(0, Math.round((nowMs - this.#largestMs) * 1000));
    return { kind: 'ack', delayUs, ranges: ranges.map(([start, end]) => [start, end - 1] as const).reverse() };
  }

  /** May an ACK of this size ride along with other frames? A long one waits until it is worth its bytes. */
  rides(ackBytes: number, nowMs: number): boolean {
    const { ackPackets, ackIdleMs } = this.#profile;
    return ackBytes <= RIDING_BYTES || this.#due * 4 >= ackPackets || nowMs >= this.dueAt() - ackIdleMs / 2;
  }

  sent(): void {
    this.#due = 0;
  }
}
