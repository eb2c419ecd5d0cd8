/**
 * How fast onion messages may leave toward one peer. LND drops what exceeds its limiter without a word, so the sender
 * keeps the same token bucket and stays under it. Whether the limiter is the default one, nobody says either: now and then one
 * message goes without tokens; if it arrives, a higher rate is tried, and kept when nothing of it is lost.
 */

/** LND 0.21.3: 512 kbit/s a peer, counted on the whole message (lnwire OnionMessage.WireSize, onionmessage/ratelimit.go). */
const RATE_START_BYTES_PER_S = 64_000;
export const BURST_BYTES = 262_144;
/** Type 2, path key 33 and length 2 around the onion. */
export const ONION_WIRE_OVERHEAD_BYTES = 37;

/** Clocks and other senders' small messages: never claim the last percent. */
const MARGIN = 0.985;
const RATE_MIN_BYTES_PER_S = 8_000;
const RATE_MAX_BYTES_PER_S = 16_000_000;
/** Left in the bucket for acknowledgements, so that they need not wait. */
const RESERVE_BYTES = 3 * 1_403;
/**
 * A limiter begins to fill when the first message of a burst has reached it, not when that message left: five relays and their queues
 * later on a long way. So much time's worth of a full bucket, half of it at most, is not counted on.
 */
const UNDERWAY_MS = 500;
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
/** One that left so shortly before a probe and was lost, while the probe arrived, was lost to it: nothing was learnt of a higher rate. */
const BESIDE_PROBE_MS = 500;
const CUT = 0.85;
/** What every message that arrives gives back of a cut. */
const REGROWTH = 1.01;

export interface RateMark {
  readonly sentMs: number;
  /** A spare one takes what the bucket may hold beyond what is counted on, so that the probe behind it finds none. */
  readonly kind: 'paid' | 'spare' | 'probe';
  readonly large: boolean;
}

export class OnionRate {
  #rate = RATE_START_BYTES_PER_S * MARGIN;
  /** What was sustained last; a cut grows back to it and no further. */
  #ceiling = RATE_START_BYTES_PER_S * MARGIN;
  #tokens = Number.POSITIVE_INFINITY;
  /** What the limiter's bucket may hold at most, if nothing was lost underway and no clock was fast. */
  #most = BURST_BYTES;
  #updatedMs: number | undefined;
  #sinceProbe = 0;
  #probeEvery = PROBE_EVERY_START;
  #probeSentMs: number | null = null;
  #lastProbeMs = Number.NEGATIVE_INFINITY;
  #trial: { readonly baseRate: number; readonly probeSentMs: number; readonly sinceMs: number; toSend: number; left: number } | undefined;
  #cutMs = Number.NEGATIVE_INFINITY;

  get bytesPerS(): number {
    return this.#rate;
  }

  /** When a message of this size on the wire may go, in ms of the clock. */
  readyAt(bytes: number, nowMs: number): number {
    this.#fill(nowMs);
    if (this.#probeDue(bytes, nowMs)) return nowMs;
    const lacking = bytes + (bytes <= SMALL_BYTES ? 0 : RESERVE_BYTES) - this.#tokens;
    return lacking <= 0 ? nowMs : nowMs + (lacking / this.#pace) * 1000;
  }

  sent(bytes: number, nowMs: number): RateMark {
    this.#fill(nowMs);
    const lacks = bytes + (bytes <= SMALL_BYTES ? 0 : RESERVE_BYTES) > this.#tokens;
    if (lacks && this.#probeDue(bytes, nowMs)) {
      // Where it passes it takes what is there, and may be dropped behind.
      this.#tokens = 0;
      this.#probeSentMs = this.#lastProbeMs = nowMs;
      if (this.#most >= bytes) {
        this.#most -= bytes;
        return { sentMs: nowMs, kind: 'spare', large: true };
      }
      this.#sinceProbe = 0;
      return { sentMs: nowMs, kind: 'probe', large: true };
    }
    if (bytes > SMALL_BYTES) {
      this.#sinceProbe += 1;
      if (this.#trial !== undefined) this.#trial.toSend -= 1;
    }
    this.spend(bytes, nowMs);
    return { sentMs: nowMs, kind: 'paid', large: bytes > SMALL_BYTES };
  }

  /** One that goes whatever the bucket holds, and of which nobody will hear. */
  spend(bytes: number, nowMs: number): void {
    this.#fill(nowMs);
    // The limiter takes nothing for what it drops, so its bucket never owes.
    this.#tokens = Math.max(0, this.#tokens - bytes);
    this.#most = Math.max(0, this.#most - bytes);
  }

  arrived(mark: RateMark, nowMs: number): void {
    if (mark.kind === 'spare') this.#probeSentMs = null;
    else if (mark.kind === 'probe') {
      this.#probeSentMs = null;
      if (this.#trial !== undefined) return;
      this.#trial = { baseRate: this.#rate, probeSentMs: mark.sentMs, sinceMs: nowMs, toSend: TRIAL_MESSAGES, left: TRIAL_MESSAGES };
      this.#rate = Math.min(RATE_MAX_BYTES_PER_S, this.#rate * STEP);
    } else if (this.#trial !== undefined && mark.sentMs >= this.#trial.sinceMs) {
      if (!mark.large) return;
      this.#trial.left -= 1;
      if (this.#trial.left > 0) return;
      this.#trial = undefined;
      this.#probeEvery = PROBE_EVERY_CLIMBING;
      this.#ceiling = this.#rate;
    } else this.#rate = Math.min(Math.max(this.#ceiling, this.#rate), this.#rate * REGROWTH);
  }

  lost(mark: RateMark, nowMs: number): void {
    if (mark.kind !== 'paid') {
      this.#most = 0;
      this.#probeSentMs = null;
      this.#spaceProbes();
    } else if (this.#trial !== undefined) {
      if (mark.sentMs < this.#trial.probeSentMs - BESIDE_PROBE_MS) return;
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

  /** Of a rate on trial no more is sent than decides, until it has. */
  get #pace(): number {
    return this.#trial !== undefined && this.#trial.toSend <= 0 ? this.#trial.baseRate : this.#rate;
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
    const filled = (this.#pace * passedMs) / 1000;
    const countedOn = Math.max(BURST_BYTES / 2, BURST_BYTES - (this.#pace * UNDERWAY_MS) / 1000);
    this.#tokens = Math.min(countedOn, this.#tokens + filled);
    this.#most = Math.min(BURST_BYTES, this.#most + filled / MARGIN);
  }
}
