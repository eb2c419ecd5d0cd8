/** Whether something grew: the median of its last third over that of its middle third. The first is warming up. */

/** Below this a third is one figure, and one figure is noise. */
const VALUES_MIN = 6;

/** null: too few, or nothing to divide by. */
export function driftRatio(values: readonly number[]): number | null {
  if (values.length < VALUES_MIN) return null;
  const third = Math.floor(values.length / 3);
  const middle = median(values.slice(values.length - 2 * third, values.length - third));
  return middle === 0 ? null : median(values.slice(values.length - third)) / middle;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
