/** What the VPN made of each carrier: goodput beside the raw carrier's best, round trip, efficiency. */
import type { Findings, Report, Tags } from '../../sim/measure/report.ts';
import { distribution } from '../distribution.ts';
import { exact, quantity } from '../format.ts';
import { carrierName, tagText } from '../labels.ts';
import { commonTags, farthest, figureOf, largest, pick, sampleGroups, tagValues } from '../pick.ts';
import { bounded, type Figure, type Section, type Series, toneOf } from '../section.ts';
import { summaryTable } from './payments.ts';

const GOODPUT = 'tunnel_goodput_bytes_per_s';
const RTT = 'tunnel_rtt_ms';

export function tunnel(findings: Findings): Section | null {
  const { report } = findings;
  const figures = [...goodput(report), ...roundTrip(findings)];
  if (figures.length === 0) return null;
  return {
    id: 'tunnel',
    title: 'Through the tunnel',
    text: [
      'Bytes that arrived whole at the far end (SHA-256 checked), per second. Down is towards the client, up is away from it.',
      'Left out is the first ninth of each transfer, while code is compiled and windows open; over onion messages the burst that the limiter lets through at once, where that is more.',
    ],
    figures,
  };
}

function goodput(report: Report): readonly Figure[] {
  const measured = pick(report, GOODPUT);
  if (measured.length === 0) return [];
  const carriers = tagValues(measured, 'carrier');
  const best = (path: Tags): number | null => figureOf(largest(farthest(pick(report, 'message_goodput_bytes_per_s', path))));
  const points = (of: (carrier: string) => number | null): Series['points'] =>
    carriers.flatMap((carrier, row) => {
      const figure = of(carrier);
      return figure !== null && figure > 0 ? [[figure, row] as const] : [];
    });
  const toward = (direction: string) => (carrier: string) => figureOf(largest(farthest(pick(report, GOODPUT, { carrier, direction }))));
  return [
    {
      caption: 'Tunnel goodput beside the raw carrier’s best',
      chart: {
        kind: 'dots',
        label: 'Goodput of the tunnel, down and up, beside the best raw goodput of the same carrier',
        x: { title: 'Goodput', scale: 'log', unit: 'B/s' },
        rows: carriers.map(carrierName),
        series: [
          {
            label: 'raw, best',
            tone: 'quiet' as const,
            marker: 'circle' as const,
            ring: true,
            points: points((carrier) => best({ carrier })),
          },
          { label: 'tunnel, down', tone: 'ink' as const, marker: 'down' as const, points: points(toward('down')) },
          { label: 'tunnel, up', tone: 'step2' as const, marker: 'triangle' as const, points: points(toward('up')) },
        ].filter((series) => series.points.length > 0),
      },
      table: bounded(
        [
          { title: 'Tunnel', kind: 'text' },
          { title: 'Goodput, B/s', kind: 'number' },
          { title: 'Best raw, B/s', kind: 'number' },
          { title: 'Efficiency', kind: 'number' },
        ],
        measured.map(({ tags, value }) => {
          const { direction: _, ...path } = tags;
          return [tagText(tags), exact(value), exact(best(path)), quantity(figureOf(pick(report, 'tunnel_efficiency', tags)[0]), 'ratio')];
        }),
        'summary.csv',
      ),
    },
  ];
}

function roundTrip({ report, samples }: Findings): readonly Figure[] {
  const measured = pick(report, RTT);
  if (measured.length === 0) return [];
  const groups = sampleGroups(samples, RTT);
  const table = summaryTable(measured, [{ title: 'Carrier', of: (metric) => tagText(metric.tags) }]);
  const same = commonTags(measured).filter((tag) => tag !== 'carrier');
  const caption = 'Round trip through the session: idle, and beside a transfer (bulk)';
  if (groups.length === 0) return [{ caption, table }];
  return [
    {
      caption,
      table,
      chart: {
        kind: 'lines',
        label: 'Cumulative distribution of the round trip through the tunnel, one line a carrier',
        x: { title: 'There and back within', scale: 'log', unit: 'ms' },
        y: { title: 'Share of round trips', scale: 'linear', unit: '%', min: 0, max: 100 },
        series: groups.map((group, i) => ({
          label: tagText(group.tags, same),
          tone: toneOf(String(group.tags.carrier)),
          dash: i > 0 && groups[i - 1]?.tags.carrier === group.tags.carrier,
          stepped: true,
          points: distribution(group.samples.map((sample) => sample.value)).filter(([ms]) => ms > 0),
        })),
      },
    },
  ];
}
