/** Bytes per second from arrival times. */

/**
 * Units that arrived after the first `skipped`, over the time from the last of those to the last of all, in bytes per second: what was
 * under way before the window opened is not counted. null when fewer than two arrivals are left.
 */
export function steadyGoodput(arrivedMs: readonly number[], unitBytes: number, skipped: number): number | null {
  const first = arrivedMs[skipped];
  const last = arrivedMs.at(-1);
  if (first === undefined || last === undefined || last <= first) return null;
  return ((arrivedMs.length - 1 - skipped) * unitBytes * 1_000) / (last - first);
}
