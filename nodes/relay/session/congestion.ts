/**
 * How much a session has under way. One AIMD window (RFC 5681), held back by delay where every unit has a verdict, serves every
 * carrier: counted in HTLCs where units are payments, in packets over onion messages, in bytes over peer messages. What the carrier itself paces (nodes/relay/carrier/onion-rate.ts) comes on top.
 */
import type { CarrierKind } from '../../plan.ts';

export interface WindowLimits {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  readonly unit: 'packets' | 'bytes';
  /** What every arrival adds before the first cut, as a multiple of itself. */
  readonly climb: number;
  /** The window does not grow while arrivals take longer than this, and shrinks beyond twice that: what is more only waits (LEDBAT's idea). */
  readonly delayMs: number;
  /** How bulk behaves while something interactive shares the session (interactive.ts); absent: as ever. */
  readonly beside?: Beside;
}

export interface Beside {
  /** Longest unit: at every relay and node on the way the short one waits for the end of one that is on its way. */
  readonly unitBytes: number;
  readonly windowBytesMin: number;
  /** More is let go while arrivals take less than so many times the shortest round trip. */
  readonly roundTrips: number;
}

/**
 * What a unit weighs at least where bytes are counted: one of 1 kB takes every relay and LND on the way a millisecond, and 60 kB
 * four. So hundreds of small ones never wait in line, and what waits here instead travels together in larger ones.
 */
const UNIT_WEIGHT_BYTES_MIN = 16 * 1024;
/** The pause after the n-th failure in a row is PAUSE_MS · 2^n, at most PAUSE_MAX_MS. */
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 5_000;

export const WINDOWS: Readonly<Record<CarrierKind, WindowLimits>> = {
  /**
   * Measured on LND 0.21.3: throughput peaks at about 200 HTLCs in flight (64: two thirds of that); past 400 of the 483 slots of a direction payments
   * fail. A page is a few hundred units: a window that starts small would spend its whole life climbing.
   */
  keysend: { start: 64, min: 1, max: 200, unit: 'packets', climb: 2, delayMs: 10_000 },
  /**
   * Throughput peaks at about 24 in flight (five hops, 2 cores: 473 kB/s with 12, 586 with 24, 463 with 48): each HTLC is up to 60 kB in
   * the logs of every node on the way, so what waits costs memory and disk.
   */
  'htlc-record': { start: 24, min: 1, max: 28, unit: 'packets', climb: 1, delayMs: 15_000 },
  /** LND's onion mailbox holds 50 messages of a peer and drops at random from 40 (onionmessage/actor.go): stay well below. */
  'onion-message': { start: 12, min: 2, max: 24, unit: 'packets', climb: 1, delayMs: Number.POSITIVE_INFINITY },
  /**
   * Relays and LNDs on the way pass units on whole, so several a link must be under way to keep two cores busy over five hops: 21 units of
   * 60 kB left them idle a tenth of the time (6.4 MB/s), 42 do not (7.7). What is interactive has `beside` to keep its round trips short.
   */
  'peer-message': {
    start: 2560 * 1024,
    min: 128 * 1024,
    max: 2560 * 1024,
    unit: 'bytes',
    climb: 1,
    delayMs: Number.POSITIVE_INFINITY,
    beside: { unitBytes: 16 * 1024, windowBytesMin: 32 * 1024, roundTrips: 2.5 },
  },
};

export class CongestionWindow {
  readonly #limits: WindowLimits;
  #limit: number;
  #threshold = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  #cutMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #besideLimit: number;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#limit = limits.start;
    this.#besideLimit = limits.beside?.windowBytesMin ?? Number.POSITIVE_INFINITY;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The longest unit that should go now. */
  unitBytes(mtu: number, interactive: boolean): number {
    return interactive ? Math.min(mtu, this.#limits.beside?.unitBytes ?? mtu) : mtu;
  }

  /** When a packet of this many bytes may go, in ms of the clock; Infinity until one that is under way is settled. */
  readyAt(bytes: number, interactive = false): number {
    const limit = interactive ? Math.min(this.#limit, this.#besideLimit) : this.#limit;
    // What is short fits beside bulk: only once it is under way does it weigh more than its bytes.
    const weight = this.#limits.unit === 'bytes' ? bytes : 1;
    const fits = this.#inFlight === 0 || this.#inFlight + weight <= limit;
    return fits ? this.#pausedUntilMs : Number.POSITIVE_INFINITY;
  }

  sent(bytes: number): void {
    this.#inFlight += this.#weigh(bytes);
  }

  /** @param tookMs from sending to the word that it arrived; @param baseMs the shortest of all that. */
  arrived(bytes: number, tookMs: number, baseMs = tookMs): void {
    this.#learnBeside(bytes, tookMs, baseMs);
    const weight = this.#weigh(bytes);
    const used = this.#inFlight / this.#limit;
    this.#inFlight -= weight;
    this.#failures = 0;
    // A window that was not filled says nothing about a larger one.
    if (used < 0.5) return;
    const { delayMs, min } = this.#limits;
    if (tookMs > delayMs) {
      // Where each arrival takes its own weight over the window, a window of them takes one.
      if (tookMs > 2 * delayMs) this.#limit = Math.max(min, this.#limit - weight ** 2 / this.#limit);
      this.#threshold = Math.min(this.#threshold, this.#limit);
      return;
    }
    const growth = this.#limit < this.#threshold ? weight * this.#limits.climb : weight ** 2 / this.#limit;
    this.#limit = Math.min(this.#limits.max, this.#limit + growth);
  }

  /** @param refused the carrier said so: after several in a row it gets a rest. */
  lost(bytes: number, sentMs: number, nowMs: number, refused: boolean): void {
    this.#inFlight -= this.#weigh(bytes);
    if (refused) {
      this.#failures += 1;
      this.#pausedUntilMs = nowMs + Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    }
    // One cut per window: losses of packets sent before it say nothing new.
    if (sentMs <= this.#cutMs) return;
    this.#cutMs = nowMs;
    this.#limit = Math.max(this.#limits.min, this.#limit / 2);
    this.#threshold = this.#limit;
  }

  #learnBeside(bytes: number, tookMs: number, baseMs: number): void {
    const { beside, max } = this.#limits;
    if (beside === undefined) return;
    const step = bytes ** 2 / this.#besideLimit;
    const limit = tookMs > beside.roundTrips * baseMs ? this.#besideLimit - step : this.#besideLimit + step;
    this.#besideLimit = Math.min(max, Math.max(beside.windowBytesMin, limit));
  }

  #weigh(bytes: number): number {
    return this.#limits.unit === 'bytes' ? Math.max(bytes, UNIT_WEIGHT_BYTES_MIN) : 1;
  }
}
