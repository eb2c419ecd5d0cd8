/** A token bucket as golang.org/x/time/rate keeps it, which LND's onion message limiter is made of: full at first, exact in bytes. */
export class TokenBucket {
  readonly #bytesPerUs: number;
  readonly #burstBytes: number;
  #tokens: number;
  #lastUs: number;

  /** @param kbps 1000 bit/s each; with a rate and a burst of zero everything passes. */
  constructor(kbps: number, burstBytes: number, nowUs: number) {
    this.#bytesPerUs = kbps / 8_000;
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
    this.#lastUs = nowUs;
  }

  get off(): boolean {
    return this.#bytesPerUs === 0 && this.#burstBytes === 0;
  }

  /** Takes the tokens when there are enough; takes none otherwise. */
  allow(bytes: number, nowUs: number): boolean {
    if (this.off) return true;
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + (nowUs - this.#lastUs) * this.#bytesPerUs);
    this.#lastUs = nowUs;
    if (bytes > this.#tokens) return false;
    this.#tokens -= bytes;
    return true;
  }
}
