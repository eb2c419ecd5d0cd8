/** A report over several runs: the same figure in every cell of the matrix, a small panel for each; without a matrix, run by run. */
import type { Metric, Report, Tags } from '../../sim/measure/report.ts';
import { exact, many, quantity } from '../format.ts';
import { metricTitle, tagText, unitOf } from '../labels.ts';
import { bounded, type Figure, type Section, type Series, stepTone } from '../section.ts';

/** More panels than this are read by nobody; every figure stands in the last section and in summary.csv. */
const PANELS_MAX = 24;
const ROWS_DRAWN_MAX = 24;

export function runs(report: Report): Section | null {
  const all = report.runs ?? [];
  if (all.length < 2) return null;
  const axes = (report.matrix ?? []).map(({ axis }) => axis);
  const ended = all.filter((run) => run.ended !== null).length;
  const measured = chosen(report).filter((metric) => (metric.runs ?? []).length > 0);
  const panels = [...Map.groupBy(measured, (metric) => JSON.stringify([metric.name, withoutTags(metric.tags, axes.slice(0, 2))])).values()];
  const figures = panels.map((metrics) => (axes.length === 0 ? repeats(metrics[0]!) : cells(report, metrics)));
  const left = panels.length - PANELS_MAX;
  const what =
    axes.length === 0
      ? 'Each point is a run, in the order in which they were made.'
      : `Axes: ${axes.join(', ')}. A filled point is the median of a cell’s runs, a ring each of them.`;
  return {
    id: 'runs',
    title: axes.length === 0 ? 'Run by run' : 'Cell by cell',
    text: [
      `${many(all.length, 'run')}${ended === 0 ? '' : `, ${exact(ended)} of them ended early`}. ${what}` +
        (left > 0 ? ` ${many(left, 'more panel')} left out: their figures stand at the end.` : ''),
    ],
    figures: figures.slice(0, PANELS_MAX),
  };
}

/** Headline figures, or all where the scenario has none. */
function chosen({ metrics }: Report): readonly Metric[] {
  const headline = metrics.filter((metric) => metric.headline === true);
  return headline.length > 0 ? headline : metrics;
}

function cells({ matrix = [] }: Report, metrics: readonly Metric[]): Figure {
  const [first, second] = matrix;
  const [{ name, tags }] = metrics as [Metric];
  const unit = unitOf(name);
  const rows = (first?.values ?? []).slice(0, ROWS_DRAWN_MAX);
  const columns = second?.values ?? [''];
  const find = (row: string, column: string) =>
    metrics.find((metric) => metric.tags[first!.axis] === row && (second === undefined || metric.tags[second.axis] === column));
  const series = columns.slice(0, COLUMNS_DRAWN_MAX).flatMap((column, i): Series[] => {
    const label = second === undefined ? 'median' : `${last(second.axis)} ${column}`;
    const points = rows.flatMap((row, at) => {
      const value = find(row, column)?.value;
      return value === undefined ? [] : [[value, at] as const];
    });
    const repeatsMax = Math.max(0, ...rows.map((row) => find(row, column)?.runs?.length ?? 0));
    const rings = Array.from({ length: repeatsMax < 2 ? 0 : Math.min(repeatsMax, RINGS_MAX) }, (_, repeat): Series => {
      const at = rows.flatMap((row, y) => {
        const value = find(row, column)?.runs?.[repeat];
        return value === undefined || value === null ? [] : [[value, y] as const];
      });
      return { label: '', tone: stepTone(i), ring: true, small: true, marker: 'circle', points: at };
    });
    return [...rings, { label, tone: stepTone(i), marker: MARKERS[i % MARKERS.length]!, points }];
  });
  const shownTags = tagText(
    tags,
    matrix.slice(0, 2).map(({ axis }) => axis),
  );
  const values = metrics.flatMap((metric) => (metric.value === undefined ? [] : [metric.value]));
  const log = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > LOG_FROM;
  return {
    caption: shownTags === '' ? metricTitle(name) : `${metricTitle(name)}, ${shownTags}`,
    chart: {
      kind: 'dots',
      label: `${metricTitle(name)} for each value of ${matrix.map(({ axis }) => axis).join(' and ')}`,
      x: log ? { title: metricTitle(name), scale: 'log', unit } : { title: metricTitle(name), scale: 'linear', unit, min: 0 },
      rows: rows.map((row) => `${last(first!.axis)} ${row}`),
      series,
    },
    table: bounded(
      [
        ...matrix.slice(0, 2).map(({ axis }) => ({ title: axis, kind: 'name' as const })),
        ...['Median', 'Lowest', 'Highest', 'Runs'].map((title) => ({ title, kind: 'number' as const })),
      ],
      metrics.map((metric) => {
        const known = (metric.runs ?? []).filter((value) => value !== null);
        return [
          ...matrix.slice(0, 2).map(({ axis }) => String(metric.tags[axis] ?? '')),
          ...[metric.value, Math.min(...known), Math.max(...known)].map((value) => quantity(value, unit)),
          exact(known.length),
        ];
      }),
      'summary.csv',
    ),
  };
}

const COLUMNS_DRAWN_MAX = 6;
const RINGS_MAX = 10;
const LOG_FROM = 50;
const MARKERS = ['circle', 'triangle', 'rect', 'diamond', 'down'] as const;

/** One line: whether runs scatter, or drift. */
function repeats({ name, tags, runs = [], value }: Metric): Figure {
  const unit = unitOf(name);
  const points = runs.flatMap((figure, i) => (figure === null ? [] : [[i + 1, figure] as const]));
  const words = tagText(tags);
  return {
    caption: words === '' ? metricTitle(name) : `${metricTitle(name)}, ${words}`,
    chart: {
      kind: 'lines',
      label: `${metricTitle(name)}, run by run`,
      x: { title: 'Run', scale: 'linear', unit: 'count' },
      y: { title: metricTitle(name), scale: 'linear', unit },
      series: [{ label: 'each run', tone: 'keysend', marker: 'circle', points }],
      ...(value === undefined ? {} : { reference: { label: `median ${quantity(value, unit)}`, y: value } }),
    },
    table: bounded(
      ['Run', metricTitle(name)].map((title) => ({ title, kind: 'number' as const })),
      runs.map((figure, i) => [String(i + 1), quantity(figure, unit)]),
      'summary.csv',
    ),
  };
}

function withoutTags(tags: Tags, axes: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([tag]) => !axes.includes(tag)));
}

/** `commitInterval` of `nodes.commitInterval`. */
function last(axis: string): string {
  return axis.slice(axis.lastIndexOf('.') + 1);
}
