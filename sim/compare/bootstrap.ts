/** How sure a figure of a few runs is: Efron's bootstrap (Annals of Statistics 7, 1979), by drawing the runs again from themselves. */
import { percentile } from '../measure/summary.ts';
import type { Draw } from './draws.ts';

export type Interval = readonly [low: number, high: number];

/** `times` values of the statistic, ascending, each over groups drawn with replacement from those given. */
export function bootstrap(
  groups: readonly (readonly number[])[],
  statistic: (groups: readonly Float64Array[]) => number,
  { times, draw }: { readonly times: number; readonly draw: Draw },
): Float64Array {
  const drawn = groups.map((group) => new Float64Array(group.length));
  const found = new Float64Array(times);
  for (let time = 0; time < times; time++) {
    for (const [index, group] of groups.entries()) {
      const into = drawn[index]!;
      for (let at = 0; at < into.length; at++) into[at] = group[draw(group.length)]!;
    }
    found[time] = statistic(drawn);
  }
  return found.sort();
}

/** The percentile interval: the middle `confidence` of what was drawn. */
export function intervalOf(sorted: Float64Array, confidence: number): Interval {
  const outside = (100 * (1 - confidence)) / 2;
  return [percentile(sorted, outside), percentile(sorted, 100 - outside)];
}

/** Sorts in place. By insertion: groups are a few runs, and there are ten thousand of them. */
export function medianOf(values: Float64Array): number {
  for (let at = 1; at < values.length; at++) {
    const value = values[at]!;
    let to = at;
    for (; to > 0 && values[to - 1]! > value; to--) values[to] = values[to - 1]!;
    values[to] = value;
  }
  return percentile(values, 50);
}
