/** A chart that a page can carry and an eye can read, whatever the run was: so many lines, so many points on each. */
import type { Chart, Series } from './section.ts';

/** Lines and points beyond are left out evenly, first and last kept; bars and rows beyond are cut. The table and the CSV files have them all. */
export function boundedChart(chart: Chart): Chart {
  if (chart.kind === 'bars') return { ...chart, rows: chart.rows.slice(0, ROWS_MAX) };
  const series = spread(chart.series, SERIES_MAX).map((one): Series => ({ ...one, points: spread(one.points, POINTS_MAX).map(rounded) }));
  if (chart.kind === 'lines') return { ...chart, series };
  const kept = series.map((one) => ({ ...one, points: one.points.filter(([, row]) => row < ROWS_MAX) }));
  return { ...chart, rows: chart.rows.slice(0, ROWS_MAX), series: kept };
}

const SERIES_MAX = 24;
export const POINTS_MAX = 120;
const ROWS_MAX = 24;

/** At most `max` of them, evenly spread, first and last kept. */
export function spread<T>(items: readonly T[], max: number): readonly T[] {
  if (items.length <= max) return items;
  return Array.from({ length: max }, (_, i) => items[Math.round((i * (items.length - 1)) / (max - 1))]!);
}

/** Six digits: finer than a pixel. NaN stays, and is null in the page: a gap. */
function rounded([x, y]: readonly [number, number]): readonly [number, number] {
  return [Number(x.toPrecision(6)), Number(y.toPrecision(6))];
}
