/** How fast it goes now, and how long what goes on now will take: for the live line alone, never for a report. */

/** Long enough that a unit of the slowest carrier falls into it, short enough to show a change. */
const WINDOW_MS = 5_000;

/** Bytes over the last seconds of the network's clock. */
export class Rate {
  #arrived: { readonly atMs: number; readonly bytes: number }[] = [];
  #sum = 0;

  moved(bytes: number, atMs: number): void {
    this.#arrived.push({ atMs, bytes });
    this.#sum += bytes;
    while (this.#arrived.length > 1 && this.#arrived[0]!.atMs < atMs - WINDOW_MS) this.#sum -= this.#arrived.shift()!.bytes;
  }

  /** null before there are two moments to tell it from. */
  bytesPerS(): number | null {
    const [first, last] = [this.#arrived[0], this.#arrived.at(-1)];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    // The first opens the window: its bytes came before it.
    return ((this.#sum - first.bytes) * 1_000) / (last.atMs - first.atMs);
  }

  reset(): void {
    this.#arrived = [];
    this.#sum = 0;
  }
}

const SHARE_MIN = 0.05;
const ELAPSED_MS_MIN = 1_000;

/** By its own `7 of 20`, at the pace so far; null where it has none, or too little is done to tell. */
export function estimateMs(text: string, elapsedMs: number): number | null {
  const [, done, all] = /(\d+) of (\d+)/.exec(text.replaceAll(',', '')) ?? [];
  const share = Number(done) / Number(all);
  if (!(share >= SHARE_MIN) || share >= 1 || elapsedMs < ELAPSED_MS_MIN) return null;
  return Math.round((elapsedMs * (1 - share)) / share / 1_000) * 1_000;
}
