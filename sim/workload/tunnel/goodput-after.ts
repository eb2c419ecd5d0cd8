/** A transfer's rate at the end where its bytes arrive. */

/** `bytes` more had arrived at `ms`, in any order; `startMs` is when the first stream asked. */
export interface TransferArrivals {
  readonly startMs: number;
  readonly arrived: readonly { readonly ms: number; readonly bytes: number }[];
}

/** The pieces of one message arrive at once. It is at most this long (BOLT 1), and came over the time before them, not after. Half of a transfer is measured all the same. */
const MESSAGE_BYTES_MAX = 65_535;
const AT_ONCE_MS = 1;

/**
 * Bytes per second from the moment when the message had arrived that ends the first `headBytes`, to the last byte; with none to leave
 * out, from the first request. Where nobody noted when the head was over it counts as having taken no time, which is never to the
 * tunnel's advantage.
 */
export function goodputAfter({ startMs, arrived }: TransferArrivals, headBytes: number): number {
  const inOrder = [...arrived].sort((one, other) => one.ms - other.ms);
  const total = inOrder.reduce((sum, { bytes }) => sum + bytes, 0);
  const lastMs = inOrder.at(-1)!.ms;
  const headBytesMax = Math.min(headBytes + MESSAGE_BYTES_MAX, Math.max(headBytes, total / 2));
  let [fromMs, skipped] = [startMs, 0];
  for (const { ms, bytes } of headBytes === 0 ? [] : inOrder) {
    const ofTheHead = skipped < headBytes || (ms - fromMs <= AT_ONCE_MS && skipped + bytes <= headBytesMax);
    if (!ofTheHead || ms === lastMs) break;
    skipped += bytes;
    fromMs = ms;
  }
  if (skipped < headBytes) [fromMs, skipped] = [startMs, headBytes];
  return ((total - skipped) * 1_000) / (lastMs - fromMs);
}
