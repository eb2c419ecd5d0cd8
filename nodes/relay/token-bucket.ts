/** So many at once, so many a second on average. */
export interface TokenRate {
  readonly perS: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #rate: TokenRate;
  #tokens: number;
  #sinceMs: number;

  constructor(rate: TokenRate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#sinceMs = nowMs;
  }

  /** False: not now. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes the next one, or none when that is further off than this. @returns in how many ms it is due; null: it was not taken */
  reserve(nowMs: number, waitMsMax: number): number | null {
    this.#refill(nowMs);
    const waitMs = Math.max(0, ((1 - this.#tokens) * 1000) / this.#rate.perS);
    if (waitMs > waitMsMax) return null;
    this.#tokens -= 1;
    return waitMs;
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + ((nowMs - this.#sinceMs) / 1000) * this.#rate.perS);
    this.#sinceMs = nowMs;
  }
}
