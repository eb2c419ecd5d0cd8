/** How long one payment takes, by the channels it crosses. */
import type { Findings, Metric } from '../../sim/measure/report.ts';
import { distribution } from '../distribution.ts';
import { exact, many } from '../format.ts';
import { hopsOf, pick, sampleGroups } from '../pick.ts';
import { bounded, type Chart, type Section, stepTone, type Table } from '../section.ts';

export function payments({ report, samples }: Findings): Section | null {
  const measured = [...pick(report, 'payment_latency_ms')].sort((a, b) => hopsOf(a.tags) - hopsOf(b.tags));
  if (measured.length === 0) return null;
  const groups = [...sampleGroups(samples, 'payment_latency_ms')].sort((a, b) => hopsOf(a.tags) - hopsOf(b.tags));
  const table = summaryTable(measured, [{ title: 'Hops', of: (metric) => exact(hopsOf(metric.tags)) }]);
  return {
    id: 'payments',
    title: 'How long a payment takes',
    text: ['Keysend payments one at a time over an idle network, from the call to the settled answer.'],
    figures: [
      // One point is no curve.
      { caption: 'Payment latency by hops', ...(measured.length > 1 ? { chart: byHops(measured) } : {}), table },
      ...(groups.length === 0
        ? []
        : [
            {
              caption: 'Payment latency, distribution',
              chart: {
                kind: 'lines' as const,
                label: 'Cumulative distribution of payment latency, one line for each number of hops',
                x: { title: 'Settled within', scale: 'linear' as const, unit: 'ms', min: 0 },
                y: { title: 'Share of payments', scale: 'linear' as const, unit: '%', min: 0, max: 100 },
                series: groups.map((group, i) => ({
                  label: many(hopsOf(group.tags), 'hop'),
                  tone: stepTone(i),
                  stepped: true,
                  points: distribution(group.samples.map((sample) => sample.value)),
                })),
              },
              table,
            },
          ]),
    ],
  };
}

function byHops(measured: readonly Metric[]): Chart {
  const line = (of: (metric: Metric) => number | null | undefined): readonly (readonly [number, number])[] =>
    measured.flatMap((metric) => {
      const ms = of(metric);
      return ms === null || ms === undefined ? [] : [[hopsOf(metric.tags), ms] as const];
    });
  return {
    kind: 'lines',
    label: 'Payment latency against hops: median, 90th percentile, fastest and slowest',
    x: { title: 'Hops', scale: 'linear', unit: 'count' },
    y: { title: 'Latency', scale: 'linear', unit: 'ms', min: 0 },
    series: [
      { label: 'slowest', tone: 'quiet', dash: true, points: line((metric) => metric.summary?.max) },
      { label: '90 %', tone: 'step3', marker: 'triangle' as const, points: line((metric) => metric.summary?.p90) },
      { label: 'median', tone: 'keysend', marker: 'circle' as const, points: line((metric) => metric.summary?.p50) },
      { label: 'fastest', tone: 'quiet', dash: true, points: line((metric) => metric.summary?.min) },
    ].filter((series) => series.points.length > 0) as Extract<Chart, { kind: 'lines' }>['series'],
  };
}

/** Count, percentiles and extremes of metrics in ms, behind columns that say which is which. */
export function summaryTable(
  metrics: readonly Metric[],
  columns: readonly { readonly title: string; readonly of: (metric: Metric) => string }[],
): Table {
  return bounded(
    [
      ...columns.map(({ title }, i) => ({ title, kind: i === 0 ? ('text' as const) : ('number' as const) })),
      ...['Samples', 'Min, ms', 'p50, ms', 'p90, ms', 'p99, ms', 'Max, ms', 'Mean, ms'].map((title) => ({
        title,
        kind: 'number' as const,
      })),
    ],
    metrics.map((metric) => {
      const s = metric.summary;
      return [...columns.map(({ of }) => of(metric)), ...[s?.count, s?.min, s?.p50, s?.p90, s?.p99, s?.max, s?.mean].map(exact)];
    }),
    'summary.csv',
  );
}
