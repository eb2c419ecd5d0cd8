/** How large one unit of each carrier may be, against the channels it crosses: found by trying, beside what the formula says and what came before. */
import type { Metric, Report } from '../../sim/measure/report.ts';
import { exact } from '../format.ts';
import { carrierName } from '../labels.ts';
import { figureOf, hopsOf, pick } from '../pick.ts';
import { bounded, type Figure, type Section, type Series, toneOf } from '../section.ts';
import { limitFormula } from './limit-formula.ts';

/** imp-daemon splits a message at MAX_CUST_SIZE = 900 bytes, one HTLC each (lightning/node/lnd.go). */
const IMPERVIOUS_BYTES_PER_HTLC = 900;

export function limits(report: Report): Section | null {
  const measured = pick(report, 'payload_limit_bytes');
  if (measured.length === 0) return null;
  const off = measured.filter((metric) => (limitFormula(metric.tags)?.bytes ?? metric.value) !== metric.value).length;
  const lines = [...Map.groupBy(measured, (metric) => `${metric.tags.carrier} ${metric.tags.onion ?? ''}`).values()];
  return {
    id: 'sizes',
    title: 'How large a message may be',
    text: [
      'The largest payload of a single unit that arrived, found by trying: one byte more was refused, or lost. ' +
        `${off === 0 ? 'Each is what the formula says, to the byte.' : `${off} of ${measured.length} differ from the formula: see the table.`} ` +
        `Impervious, which came before, put ${IMPERVIOUS_BYTES_PER_HTLC} B into each HTLC whatever the path.`,
    ],
    figures: [overview(measured, lines), ...lines.filter((line) => line.length > 1 && varies(line)).map(closeUp)],
  };
}

function overview(measured: readonly Metric[], lines: readonly (readonly Metric[])[]): Figure {
  return {
    caption: 'Largest payload of one unit',
    wide: true,
    chart: {
      kind: 'lines',
      label: 'Largest payload in bytes against hops, one line a carrier, with the 900 B of Impervious',
      x: { title: 'Hops', scale: 'linear', unit: 'count' },
      y: { title: 'Payload', scale: 'log', unit: 'B', min: 500, max: 100_000 },
      series: lines.map(series),
      reference: { label: 'Impervious: 900 B per HTLC', y: IMPERVIOUS_BYTES_PER_HTLC },
    },
    table: bounded(
      [
        { title: 'Carrier', kind: 'text' },
        { title: 'Onion, B', kind: 'number' },
        { title: 'Hops', kind: 'number' },
        { title: 'Payload, B', kind: 'number' },
        { title: 'By the formula', kind: 'number' },
        { title: 'Formula', kind: 'text' },
        { title: '÷ 900 B', kind: 'number' },
        { title: 'Bound by', kind: 'text' },
      ],
      measured.map((metric) => {
        const formula = limitFormula(metric.tags);
        return [
          carrierName(String(metric.tags.carrier)),
          metric.tags.onion === undefined ? '' : exact(Number(metric.tags.onion)),
          exact(hopsOf(metric.tags)),
          exact(metric.value),
          exact(formula?.bytes),
          formula?.text ?? '–',
          `${((metric.value ?? 0) / IMPERVIOUS_BYTES_PER_HTLC).toFixed(2)}×`,
          metric.tags.by === 'limit' ? 'our limit' : 'the node',
        ];
      }),
      'summary.csv',
    ),
  };
}

/** On an axis of its own, where each hop's cost shows. */
function closeUp(line: readonly Metric[]): Figure {
  const { label, tone, points } = series(line);
  const formula = line
    .map((metric) => [hopsOf(metric.tags), limitFormula(metric.tags)?.bytes ?? Number.NaN] as const)
    .filter(([, bytes]) => Number.isFinite(bytes))
    .sort((a, b) => a[0] - b[0]);
  return {
    caption: `${label}: found, and by the formula ${limitFormula(line[0]!.tags)?.text ?? ''}`,
    chart: {
      kind: 'lines',
      label: `Largest payload of ${label} in bytes against hops, as found and by the formula`,
      x: { title: 'Hops (h)', scale: 'linear', unit: 'count' },
      y: { title: 'Payload', scale: 'linear', unit: 'B' },
      series: [
        { label: 'by the formula', tone: 'quiet', dash: true, ring: true, marker: 'circle', points: formula },
        { label: 'found', tone, marker: 'circle', points },
      ],
    },
    table: bounded(
      ['Hops', 'Payload, B', 'By the formula, B', 'Difference, B'].map((title) => ({ title, kind: 'number' as const })),
      points.map(([hops, bytes], i) => [hops, bytes, formula[i]?.[1] ?? null, formula[i] ? bytes - formula[i][1] : null].map(exact)),
      'summary.csv',
    ),
  };
}

function varies(line: readonly Metric[]): boolean {
  return new Set(line.map((metric) => metric.value)).size > 1 && line[0]?.tags.carrier !== 'peer-message';
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
