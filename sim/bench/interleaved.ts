/** Runs of two sides in turns, A B A B …: what changes on the machine meanwhile (heat, neighbours, a fuller disk) meets both alike. */

export interface Turn<R> {
  readonly side: 'base' | 'head';
  readonly run: R;
}

export function interleaved<R>(base: readonly R[], head: readonly R[]): Turn<R>[] {
  return base.flatMap((run, index): Turn<R>[] => [
    { side: 'base', run },
    { side: 'head', run: head[index]! },
  ]);
}

/** `about 12 min left`, from how long those that ended took. */
export function timeLeft(ended: number, all: number, tookMs: number): string {
  if (ended === 0 || ended === all) return '';
  const leftMs = (tookMs / ended) * (all - ended);
  return leftMs < MINUTE_MS ? `, about ${Math.ceil(leftMs / 1_000)} s left` : `, about ${Math.ceil(leftMs / MINUTE_MS)} min left`;
}

const MINUTE_MS = 60_000;
