/** What each carrier does by itself, without a tunnel: goodput, loss and latency against the load. */
import type { Findings, Metric, Report, Tags } from '../../sim/measure/report.ts';
import { spread } from '../bounded-chart.ts';
import { distribution } from '../distribution.ts';
import { exact } from '../format.ts';
import { carrierName, tagText } from '../labels.ts';
import { commonTags, figureOf, pick, sampleGroups, tagValues } from '../pick.ts';
import { bounded, type Figure, type Section, type Series, stepTone, toneOf } from '../section.ts';
import { summaryTable } from './payments.ts';

const GOODPUT = 'message_goodput_bytes_per_s';
const LATENCY = 'message_latency_ms';

export function raw(findings: Findings): Section | null {
  const { report } = findings;
  if (pick(report, GOODPUT).length === 0 && pick(report, LATENCY).length === 0) return null;
  return {
    id: 'raw',
    title: 'Each carrier by itself',
    text: [
      'Payload that arrived per second, without the relay’s session on top. Keysend and peer messages are driven by units in flight; ' +
        'onion messages have no answer to wait for, so they are driven by the rate that is offered, and what exceeds LND’s limiter vanishes.',
    ],
    figures: [
      ...goodputAgainst(report, 'in_flight', 'Units in flight', 'count'),
      ...goodputAgainst(report, 'offered', 'Offered', 'B/s'),
      ...tagValues(pick(report, LATENCY), 'carrier').map((carrier) => latency(findings, carrier)),
    ],
  };
}

/** A line for each carrier, hop count and onion size. */
function goodputAgainst(report: Report, load: 'in_flight' | 'offered', title: string, unit: string): readonly Figure[] {
  const measured = pick(report, GOODPUT).filter((metric) => metric.tags[load] !== undefined);
  if (measured.length === 0) return [];
  const same = commonTags(measured).filter((tag) => tag !== 'carrier');
  const key = (tags: Tags): string => tagText(tags, [...same, 'in_flight', 'offered']);
  const lines = [...Map.groupBy(measured, (metric) => key(metric.tags))];
  return [
    {
      caption: load === 'in_flight' ? 'Raw goodput against units in flight' : 'Raw goodput against what was offered',
      chart: {
        kind: 'lines',
        label: `Raw goodput against ${title.toLowerCase()}, one line a carrier`,
        x: load === 'in_flight' ? { title, scale: 'log', unit } : { title, scale: 'linear', unit, min: 0 },
        y:
          load === 'in_flight'
            ? { title: 'Arrived', scale: 'log', unit: 'B/s' }
            : { title: 'Arrived', scale: 'linear', unit: 'B/s', min: 0 },
        series: lines.map(
          ([label, metrics], i): Series => ({
            label,
            tone: toneOf(String(metrics[0]?.tags.carrier)),
            dash: i > 0 && lines[i - 1]?.[1][0]?.tags.carrier === metrics[0]?.tags.carrier,
            marker: MARKERS[i % MARKERS.length]!,
            points: metrics
              .map((metric) => [Number(metric.tags[load]), figureOf(metric) ?? 0] as const)
              .filter(([x, y]) => x > 0 && y > 0)
              .sort((a, b) => a[0] - b[0]),
          }),
        ),
      },
      table: bounded(
        [
          { title: 'Carrier', kind: 'text' },
          { title: load === 'in_flight' ? 'In flight' : 'Offered, B/s', kind: 'number' },
          { title: 'Arrived, B/s', kind: 'number' },
          { title: 'Lost', kind: 'number' },
        ],
        measured.map((metric) => [key(metric.tags), exact(Number(metric.tags[load])), exact(metric.value), lost(report, metric)]),
        'summary.csv',
      ),
    },
  ];
}

const MARKERS = ['circle', 'rect', 'triangle', 'diamond'] as const;

function lost(report: Report, metric: Metric): string {
  const loss = pick(report, 'message_loss_ratio', metric.tags)[0]?.value;
  return loss === undefined ? '–' : `${exact(Number((loss * 100).toFixed(2)))} %`;
}

function latency({ report, samples }: Findings, carrier: string): Figure {
  const metrics = pick(report, LATENCY, { carrier });
  const groups = sampleGroups(samples, LATENCY).filter((group) => String(group.tags.carrier) === carrier);
  const label = (tags: Tags): string => tagText(tags, commonTags(metrics)) || tagText(tags, ['carrier']);
  const table = summaryTable(metrics, [{ title: 'Load', of: (metric) => label(metric.tags) }]);
  const caption = `${carrierName(carrier)}, one-way latency`;
  if (groups.length === 0) return { caption, table };
  return {
    caption,
    table,
    chart: {
      kind: 'lines',
      label: `Cumulative distribution of the one-way latency of ${carrierName(carrier).toLowerCase()}, one line a load`,
      x: { title: 'Arrived within', scale: 'log', unit: 'ms' },
      y: { title: 'Share of those that arrived', scale: 'linear', unit: '%', min: 0, max: 100 },
      series: spread(groups, LINES_MAX).map((group, i) => ({
        label: label(group.tags),
        tone: stepTone(i),
        dash: i > 5,
        stepped: true,
        points: distribution(group.samples.map((sample) => sample.value)).filter(([ms]) => ms > 0),
      })),
    },
  };
}

/** More lines than there are steps of colour say nothing. */
const LINES_MAX = 6;
