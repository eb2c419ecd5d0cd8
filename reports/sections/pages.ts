/** Pages: how long files of each size took over each carrier, beside what came before; and a site in a browser. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, quantity } from '../format.ts';
import { carrierName, tagText } from '../labels.ts';
import { commonTags, figureOf, pick, tagValues } from '../pick.ts';
import { bounded, type Figure, type Section, toneOf } from '../section.ts';

/** Measured with imp-daemon over one direct channel: 200 kB in 51 s was its best, about 237 kB of content its largest message. */
const IMPERVIOUS_BYTES_PER_S = 3_500;
const IMPERVIOUS_BYTES_MAX = 237_000;

export function pages(report: Report): Section | null {
  const figures = [...loads(report), ...browsers(report)];
  if (figures.length === 0) return null;
  return {
    id: 'pages',
    title: 'Pages',
    text: [
      'Files of a site, each from asking for it, with no session open and nothing in the cache, to its last byte; every byte compared with ' +
        'what was published. ' +
        `Impervious, over one direct channel, carried at most about ${exact(IMPERVIOUS_BYTES_MAX)} B of content in one message, at ` +
        `${exact(IMPERVIOUS_BYTES_PER_S)} B/s at best.`,
    ],
    figures,
  };
}

function loads(report: Report): readonly Figure[] {
  const measured = pick(report, 'page_load_ms');
  if (measured.length === 0) return [];
  const same = commonTags(measured).filter((tag) => tag !== 'carrier');
  const lines = Map.groupBy(measured, ({ tags: { size: _, ...path } }) => tagText(path, same));
  const sizeOf = (size: unknown): number => Number(size ?? 0);
  return [
    {
      caption: 'Load time by size',
      chart: {
        kind: 'lines',
        label: 'Load time against the size of a file, one line a carrier, with what Impervious would take',
        x: { title: 'File', scale: 'log', unit: 'B' },
        y: { title: 'Load time', scale: 'log', unit: 'ms' },
        series: [
          ...[...lines].map(([label, metrics]) => ({
            label,
            tone: toneOf(String(metrics[0]?.tags.carrier)),
            marker: 'circle' as const,
            points: metrics.map((metric) => [sizeOf(metric.tags.size), figureOf(metric) ?? 0] as const).filter(([, ms]) => ms > 0),
          })),
          {
            label: 'Impervious, at its best',
            tone: 'quiet' as const,
            dash: true,
            points: tagValues(measured, 'size')
              .map(Number)
              .filter((size) => size <= IMPERVIOUS_BYTES_MAX)
              .map((size) => [size, (size * 1_000) / IMPERVIOUS_BYTES_PER_S] as const),
          },
        ].filter(({ points }) => points.length > 0),
      },
      table: bounded(
        [
          { title: 'Carrier', kind: 'text' },
          { title: 'File, B', kind: 'number' },
          { title: 'Load time', kind: 'number' },
          { title: 'Goodput, B/s', kind: 'number' },
          { title: `÷ ${IMPERVIOUS_BYTES_PER_S} B/s`, kind: 'number' },
        ],
        measured.map((metric) => {
          const { size, ...path } = metric.tags;
          const goodput = figureOf(pick(report, 'page_goodput_bytes_per_s', metric.tags)[0]);
          return [
            tagText(path),
            exact(sizeOf(size)),
            quantity(figureOf(metric), 'ms'),
            exact(goodput === null ? null : Math.round(goodput)),
            goodput === null ? '' : `${(goodput / IMPERVIOUS_BYTES_PER_S).toFixed(1)}×`,
          ];
        }),
        'summary.csv',
      ),
    },
  ];
}

function browsers(report: Report): readonly Figure[] {
  const measured = pick(report, 'browser_load_ms');
  if (measured.length === 0) return [];
  const of = (name: 'browser_requests' | 'browser_bytes' | 'browser_console_errors', tags: (typeof measured)[number]['tags']) =>
    exact(figureOf(pick(report, name, tags)[0]));
  return [
    {
      caption: 'A small site in Chromium',
      table: bounded(
        [
          { title: 'Carrier', kind: 'text' },
          { title: 'Loaded within', kind: 'number' },
          { title: 'Requests', kind: 'number' },
          { title: 'Bytes', kind: 'number' },
          { title: 'Errors on the console', kind: 'number' },
        ],
        measured.map(({ tags, value }) => [
          `${carrierName(String(tags.carrier))} · ${tagText(tags, ['carrier'])}`,
          quantity(value, 'ms'),
          of('browser_requests', tags),
          of('browser_bytes', tags),
          of('browser_console_errors', tags),
        ]),
        'summary.csv',
      ),
    },
  ];
}
