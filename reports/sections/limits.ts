/** How large one unit of each carrier may be, against the channels it crosses. */
import type { Metric, Report } from '../../sim/measure/report.ts';
import { exact } from '../format.ts';
import { carrierName } from '../labels.ts';
import { figureOf, hopsOf, pick } from '../pick.ts';
import { bounded, type Section, type Series, toneOf } from '../section.ts';

/** imp-daemon splits a message at MAX_CUST_SIZE = 900 bytes, one HTLC each (lightning/node/lnd.go). */
const IMPERVIOUS_BYTES_PER_HTLC = 900;

export function limits(report: Report): Section | null {
  const measured = pick(report, 'payload_limit_bytes');
  if (measured.length === 0) return null;
  const lines = Map.groupBy(measured, (metric) => `${metric.tags.carrier} ${metric.tags.onion ?? ''}`);
  return {
    id: 'sizes',
    title: 'How large a message may be',
    text: [
      'The largest payload of a single unit that arrived, found by trying. One byte more was refused, or lost. ' +
        `Impervious, which came before, put ${IMPERVIOUS_BYTES_PER_HTLC} B into each HTLC whatever the path.`,
    ],
    figures: [
      {
        caption: 'Largest payload of one unit',
        chart: {
          kind: 'lines',
          label: 'Largest payload in bytes against hops, one line a carrier',
          x: { title: 'Hops', scale: 'linear', unit: 'count' },
          y: { title: 'Payload', scale: 'log', unit: 'B', min: 500 },
          series: [...lines.values()].map(series),
          reference: { label: 'Impervious: 900 B per HTLC', y: IMPERVIOUS_BYTES_PER_HTLC },
        },
        table: bounded(
          [
            { title: 'Carrier', kind: 'text' },
            { title: 'Onion, B', kind: 'number' },
            { title: 'Hops', kind: 'number' },
            { title: 'Payload, B', kind: 'number' },
            { title: '÷ 900 B', kind: 'number' },
            { title: 'Bound by', kind: 'text' },
          ],
          measured.map((metric) => [
            carrierName(String(metric.tags.carrier)),
            metric.tags.onion === undefined ? '' : exact(Number(metric.tags.onion)),
            exact(hopsOf(metric.tags)),
            exact(metric.value),
            `${((metric.value ?? 0) / IMPERVIOUS_BYTES_PER_HTLC).toFixed(2)}×`,
            metric.tags.by === 'limit' ? 'our limit' : 'the node',
          ]),
          'summary.csv',
        ),
      },
    ],
  };
}

function series(metrics: readonly Metric[]): Series {
  const { carrier, onion } = metrics[0]!.tags;
  const large = Number(onion) > 32_834;
  return {
    label: onion === undefined ? carrierName(String(carrier)) : `${carrierName(String(carrier))}, ${exact(Number(onion))} B onion`,
    tone: toneOf(String(carrier)),
    dash: large,
    marker: large ? 'diamond' : (MARKERS[String(carrier)] ?? 'circle'),
    points: metrics.map((metric) => [hopsOf(metric.tags), figureOf(metric) ?? 0] as const).sort((a, b) => a[0] - b[0]),
  };
}

const MARKERS: Readonly<Record<string, 'circle' | 'rect' | 'triangle'>> = {
  keysend: 'circle',
  'onion-message': 'triangle',
  'peer-message': 'rect',
};
