/**
 * How fast onion messages may leave toward one peer. LND drops what exceeds its limiter without a word (LND.md), so the sender
 * keeps the same token bucket and stays under it. Whether the limiter is the default one, nobody says either: now and then one
 * message goes without tokens; if it arrives, a higher rate is tried, and kept when nothing of it is lost.
 */

/** LND 0.21.3: 512 kbit/s a peer, counted on the whole message (lnwire OnionMessage.WireSize, onionmessage/ratelimit.go). */
export const RATE_START_BYTES_PER_S = 64_000;
export const BURST_BYTES = 262_144;
/** Type 2, path key 33 and length 2 around the onion. */
export const ONION_WIRE_OVERHEAD_BYTES = 37;

/** Clocks and other senders' small messages: never claim the last percent. */
const MARGIN = 0.985;
const RATE_MIN_BYTES_PER_S = 8_000;
const RATE_MAX_BYTES_PER_S = 16_000_000;
/** Left in the bucket for acknowledgements, so that they need not wait. */
const RESERVE_BYTES = 3 * 1_403;
const SMALL_BYTES = 2_048;
const PROBE_EVERY_START = 8;
const PROBE_EVERY_MAX = 1_024;
/** How much higher the rate is that is tried. */
const STEP = 4;
/** Messages that must arrive at it before it is believed: with LND's own limiter on the way, three of these are lost. */
const TRIAL_MESSAGES = 5;
/** Once a higher rate held, the limiter is plainly another one, or none: the next step follows at once. */
const PROBE_EVERY_CLIMBING = 1;
/** A probe of which nothing was heard for so long (its session ended) teaches nothing. */
const PROBE_FORGOTTEN_MS = 15_000;
/** A probe may pass the first node and be dropped by the second: then what follows within this time finds the tokens gone that it took. */
const PROBE_SHADOW_MS = 1_500;
const CUT = 0.85;
/** What every message that arrives gives back of a cut. */
const REGROWTH = 1.01;

export interface RateMark {
  readonly sentMs: number;
  readonly kind: 'paid' | 'probe';
}

export class OnionRate {
  #rate = RATE_START_BYTES_PER_S * MARGIN;
  /** What was sustained last; a cut grows back to it and no further. */
  #ceiling = RATE_START_BYTES_PER_S * MARGIN;
  #tokens = BURST_BYTES;
  #updatedMs: number | undefined;
  #sinceProbe = 0;
  #probeEvery = PROBE_EVERY_START;
  #probeSentMs: number | null = null;
  #lastProbeMs = Number.NEGATIVE_INFINITY;
  #trial: { readonly baseRate: number; readonly sinceMs: number; left: number } | undefined;
  #cutMs = Number.NEGATIVE_INFINITY;

  get bytesPerS(): number {
    return this.#rate;
  }

  /** When a message of this size on the wire may go, in ms of the clock. */
  readyAt(bytes: number, nowMs: number): number {
    this.#fill(nowMs);
    if (this.#probeDue(bytes, nowMs)) return nowMs;
    const lacking = bytes + (bytes <= SMALL_BYTES ? 0 : RESERVE_BYTES) - this.#tokens;
    return lacking <= 0 ? nowMs : nowMs + (lacking / this.#rate) * 1000;
  }

  sent(bytes: number, nowMs: number): RateMark {
    this.#fill(nowMs);
    const lacks = bytes + (bytes <= SMALL_BYTES ? 0 : RESERVE_BYTES) > this.#tokens;
    if (lacks && this.#probeDue(bytes, nowMs)) {
      this.#probeSentMs = this.#lastProbeMs = nowMs;
      this.#sinceProbe = 0;
      return { sentMs: nowMs, kind: 'probe' };
    }
    if (bytes > SMALL_BYTES) this.#sinceProbe += 1;
    this.spend(bytes, nowMs);
    return { sentMs: nowMs, kind: 'paid' };
  }

  /** One that goes whatever the bucket holds, and of which nobody will hear. */
  spend(bytes: number, nowMs: number): void {
    this.#fill(nowMs);
    // The limiter takes nothing for what it drops, so its bucket never owes.
    this.#tokens = Math.max(0, this.#tokens - bytes);
  }

  arrived(mark: RateMark, nowMs: number): void {
    if (mark.kind === 'probe') {
      this.#probeSentMs = null;
      if (this.#trial !== undefined) return;
      this.#trial = { baseRate: this.#rate, sinceMs: nowMs, left: TRIAL_MESSAGES };
      this.#rate = Math.min(RATE_MAX_BYTES_PER_S, this.#rate * STEP);
    } else if (this.#trial !== undefined && mark.sentMs >= this.#trial.sinceMs) {
      this.#trial.left -= 1;
      if (this.#trial.left > 0) return;
      this.#trial = undefined;
      this.#probeEvery = PROBE_EVERY_CLIMBING;
      this.#ceiling = this.#rate;
    } else this.#rate = Math.min(Math.max(this.#ceiling, this.#rate), this.#rate * REGROWTH);
  }

  lost(mark: RateMark, nowMs: number): void {
    if (mark.kind === 'probe') {
      this.#probeSentMs = null;
      this.#spaceProbes();
    } else if (this.#trial !== undefined) {
      if (mark.sentMs < this.#trial.sinceMs) return;
      this.#rate = this.#trial.baseRate;
      this.#trial = undefined;
      this.#tokens = 0;
      this.#cutMs = nowMs;
      this.#spaceProbes();
    } else if (mark.sentMs > this.#cutMs && mark.sentMs > this.#lastProbeMs + PROBE_SHADOW_MS) {
      this.#cutMs = nowMs;
      this.#ceiling = Math.max(RATE_MIN_BYTES_PER_S, this.#rate * MARGIN);
      this.#rate = Math.max(RATE_MIN_BYTES_PER_S, this.#rate * CUT);
      this.#tokens = 0;
    }
  }

  #spaceProbes(): void {
    this.#probeEvery = Math.min(PROBE_EVERY_MAX, this.#probeEvery * 4);
    this.#sinceProbe = 0;
  }

  #probeDue(bytes: number, nowMs: number): boolean {
    const awaited = this.#probeSentMs !== null && nowMs < this.#probeSentMs + PROBE_FORGOTTEN_MS;
    return bytes > SMALL_BYTES && !awaited && this.#trial === undefined && this.#sinceProbe >= this.#probeEvery;
  }

  #fill(nowMs: number): void {
    const passedMs = nowMs - (this.#updatedMs ?? nowMs);
    this.#updatedMs = nowMs;
    this.#tokens = Math.min(BURST_BYTES, this.#tokens + (this.#rate * passedMs) / 1000);
  }
}
