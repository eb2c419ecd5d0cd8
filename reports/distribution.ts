/**
 * The points of a cumulative distribution: [value, share of samples at or below it in %], at most `pointsMax`, both ends kept.
 * Before them stands [smallest value, 0], so that the curve rises from the ground.
 */
export function distribution(values: readonly number[], pointsMax = POINTS_MAX): readonly (readonly [number, number])[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return [];
  const count = Math.min(n, Math.max(2, pointsMax));
  const points = Array.from({ length: count }, (_, i): readonly [number, number] => {
    const rank = count === 1 ? 0 : Math.round((i * (n - 1)) / (count - 1));
    return [sorted[rank]!, ((rank + 1) / n) * 100];
  });
  return [[sorted[0]!, 0], ...points];
}

const POINTS_MAX = 120;
