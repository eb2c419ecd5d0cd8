/** When a link stands still: stalls of one length, an exponentially distributed time apart, whatever passes over the link meanwhile. */
export class Stalls {
  readonly #everyUs: number;
  readonly #forUs: number;
  readonly #draw: () => number;
  #startUs: number;
  #endUs: number;

  /** `draw`: uniform in [0, 1). */
  constructor(everyUs: number, forUs: number, draw: () => number, nowUs: number) {
    this.#everyUs = everyUs;
    this.#forUs = forUs;
    this.#draw = draw;
    this.#startUs = nowUs;
    this.#endUs = nowUs;
    this.#next();
  }

  /** When work of `workUs` ends that begins at `fromUs` (never before an earlier call's end) and rests while the link stands still. */
  endOfWork(fromUs: number, workUs: number): number {
    let atUs = this.#afterStall(fromUs);
    let leftUs = workUs;
    while (atUs + leftUs > this.#startUs) {
      leftUs -= this.#startUs - atUs;
      atUs = this.#afterStall(this.#startUs);
    }
    return atUs + leftUs;
  }

  #afterStall(atUs: number): number {
    while (atUs >= this.#endUs) this.#next();
    if (atUs < this.#startUs) return atUs;
    const goesOnUs = this.#endUs;
    this.#next();
    return goesOnUs;
  }

  #next(): void {
    this.#startUs = this.#endUs - this.#everyUs * Math.log(1 - this.#draw());
    this.#endUs = this.#startUs + this.#forUs;
  }
}
