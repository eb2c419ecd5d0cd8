/** Round-trip estimate of RFC 9002 §5, in ms. */
export class Rtt {
  smoothedMs: number;
  variationMs: number;
  latestMs: number;
  minMs = Number.POSITIVE_INFINITY;
  #sampled = false;

  constructor(initialMs: number) {
    this.smoothedMs = initialMs;
    this.variationMs = initialMs / 2;
    this.latestMs = initialMs;
  }

  /** @param delayMs what the other end says it waited; believed only as far as it leaves the smallest sample seen. */
  sample(latestMs: number, delayMs: number): void {
    this.latestMs = latestMs;
    this.minMs = Math.min(this.minMs, latestMs);
    const adjusted = latestMs - delayMs >= this.minMs ? latestMs - delayMs : latestMs;
    if (!this.#sampled) {
      this.#sampled = true;
      this.smoothedMs = adjusted;
      this.variationMs = adjusted / 2;
      return;
    }
    this.variationMs = 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - adjusted);
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * adjusted;
  }
}
