/** Several questions at once, one bound on answering any of them wrongly: Holm, Scandinavian Journal of Statistics 6 (1979). */

/** Each p raised so that it may be held against the level of all together; in the order given, never above 1. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  for (const [step, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - step) * ps[index]!));
    adjusted[index] = largest;
  }
  return adjusted;
}
