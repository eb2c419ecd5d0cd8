/** compare.html: the verdicts first, then both sides over each other. */
import type { Comparison, MetricComparison, Side, Verdict } from '../../sim/compare/comparison.ts';
import type { Tags } from '../../sim/measure/report.ts';
import { day, exact, many, quantity } from '../format.ts';
import { documentHtml } from '../html/document.ts';
import { htmlText } from '../html/escape.ts';
import { tableHtml } from '../html/table.ts';
import { metricTitle, tagText, unitOf } from '../labels.ts';
import { bounded, type Figure, type Section, type Series } from '../section.ts';
import { COLUMNS, judgedRows, method, nameOf, reasons, SHOWN_COLUMNS, shownRows, sideText } from './rows.ts';

/** `library` is chart.js' UMD build (html/chart-library.ts). */
export function comparisonHtml(comparison: Comparison, library: string): string {
  const { scenario, head } = comparison;
  const sections = [changes(comparison), runByRun(comparison), overlays(comparison), everyMetric(comparison), sides(comparison)];
  return documentHtml(
    {
      title: `${scenario}, compared`,
      header: headerHtml(comparison),
      sections: sections.filter((section) => section !== null),
      footer: `Made by Leyden ${htmlText(head.host.leyden)}. The figures behind this page: <code>compare.json</code>.`,
    },
    library,
  );
}

const WORDS = {
  regression: ['bad', 'Regression'],
  inconclusive: ['unsure', 'Inconclusive'],
  improvement: ['good', 'Improvement'],
  'no change': ['good', 'No change'],
} as const;

const SIGNS: Readonly<Record<Verdict, string>> = { regression: '✗', improvement: '✓', 'no change': '✓', inconclusive: '?' };

function headerHtml(comparison: Comparison): string {
  const { scenario, question, network, base, head, differences, notes, verdict } = comparison;
  const [tone, word] = WORDS[verdict];
  const said = reasons(comparison);
  const list = (items: readonly string[], kind: string) =>
    items.length === 0 ? '' : `<ul class="${kind}">${items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
  const rows = judgedRows(comparison).map(([word = '', ...cells]) => [`${SIGNS[word as Verdict]} ${word}`, ...cells]);
  const judged = { columns: COLUMNS, rows };
  return [
    `<p class="eyebrow">${htmlText(scenario)} · ${network === 'docker' ? 'real nodes in Docker' : 'simulated'} · two sides compared</p>`,
    `<h1>${htmlText(question)}</h1>`,
    `<p class="network"><strong>${htmlText(sideText(base))}</strong> against <strong>${htmlText(sideText(head))}</strong></p>`,
    `<p class="verdict ${tone}">${word}</p>`,
    rows.length === 0 ? '' : tableHtml(judged, 'What was judged'),
    list(said, 'plain'),
    ...method(comparison).map((line) => `<p class="network">${htmlText(line)}</p>`),
    differences.length + notes.length === 0
      ? ''
      : `<h2 class="small">Before you trust this</h2>${list([...differences.map(({ kind, text }) => `Differs, as allowed (${kind}): ${text}`), ...notes], 'warnings')}`,
  ]
    .filter(Boolean)
    .join('\n');
}

const judgedOf = ({ metrics }: Comparison): readonly MetricComparison[] => metrics.filter(({ verdict }) => verdict !== null);

/** Each judged metric's ratio of medians, as wide as its interval. */
function changes(comparison: Comparison): Section | null {
  const drawn = judgedOf(comparison).filter(({ ratio }) => ratio !== null);
  if (drawn.length === 0) return null;
  const margin = Math.max(...drawn.map((metric) => metric.margin));
  const percent = (ratio: number): number => (ratio - 1) * 100;
  const tone = { regression: 'step5', improvement: 'step3', inconclusive: 'quiet', 'no change': 'step1' } as const;
  return {
    id: 'changes',
    title: 'How far apart',
    text: [
      `Head against base: the ratio of their medians with its ${Math.round(comparison.confidence * 100)} % interval. What stays within the band is smaller than the ` +
        'margin: it does not matter.',
    ],
    figures: [
      {
        caption: 'Change of the median',
        chart: {
          kind: 'bars',
          label: 'Change of each judged metric from base to head in percent, each a bar as wide as its interval',
          x: { title: 'Change from base', scale: 'linear', unit: '%' },
          rows: drawn.map((metric) => {
            const [from, to] = metric.interval ?? [metric.ratio!, metric.ratio!];
            const change = percent(metric.ratio!);
            const text = `${change > 0 ? '+' : ''}${quantity(change, '%')}`;
            return { name: nameOf(metric), tone: tone[metric.verdict!], from: percent(from), to: percent(to), text };
          }),
          marks: [{ from: percent(1 / (1 + margin)), to: percent(1 + margin), label: `margin ${quantity(margin * 100, '%')}` }],
        },
        table: bounded(
          [
            { title: 'Metric', kind: 'text' },
            ...['Ratio', 'From', 'To'].map((title) => ({ title, kind: 'number' as const })),
            { title: 'Better', kind: 'text' },
            { title: 'Verdict', kind: 'text' },
          ],
          drawn.map((metric) => [
            nameOf(metric),
            ...[metric.ratio, metric.interval?.[0], metric.interval?.[1]].map(exact),
            metric.better,
            metric.verdict ?? '',
          ]),
          'compare.json',
        ),
      },
    ],
  };
}

/** A panel a judged metric: what each run of each side measured, in the order of the runs. */
function runByRun(comparison: Comparison): Section | null {
  const panels = judgedOf(comparison).filter(({ base, head }) => base.values.length + head.values.length > 2);
  if (panels.length === 0) return null;
  return {
    id: 'runs',
    title: 'Run by run',
    text: ['Both sides in the order of their runs. A side that drifts was not measured on a quiet machine.'],
    figures: panels.map((metric) => {
      const points = (values: readonly number[]) => values.map((value, i) => [i + 1, value] as const);
      const unit = unitOf(metric.name);
      return {
        caption: nameOf(metric),
        chart: {
          kind: 'lines',
          label: `${nameOf(metric)}, run by run, base and head`,
          x: { title: 'Run', scale: 'linear', unit: 'count' },
          y: { title: metricTitle(metric.name), scale: 'linear', unit },
          series: overlay(comparison, points(metric.base.values), points(metric.head.values)),
        },
        table: bounded(
          ['Run', 'Base', 'Head'].map((title) => ({ title, kind: 'number' as const })),
          Array.from({ length: Math.max(metric.base.values.length, metric.head.values.length) }, (_, i) => [
            String(i + 1),
            quantity(metric.base.values[i], unit),
            quantity(metric.head.values[i], unit),
          ]),
          'compare.json',
        ),
      };
    }),
  };
}

const overlay = ({ base, head }: Comparison, ofBase: Series['points'], ofHead: Series['points']): readonly Series[] => {
  const name = (side: Side, other: Side, word: string) => (side.label === other.label ? word : `${word}: ${side.label}`);
  return [
    { label: name(base, head, 'base'), tone: 'quiet', dash: true, ring: true, marker: 'circle', points: ofBase },
    { label: name(head, base, 'head'), tone: 'keysend', marker: 'triangle', points: ofHead },
  ];
};

/** What figures run along, the first that varies. */
const ALONG: readonly { readonly tag: string; readonly title: string; readonly unit: string }[] = [
  { tag: 'hops', title: 'Hops', unit: 'count' },
  { tag: 'in_flight', title: 'Units in flight', unit: 'count' },
  { tag: 'offered', title: 'Offered', unit: 'B/s' },
  { tag: 'size', title: 'File', unit: 'B' },
];
const PANELS_MAX = 24;

/** The medians of both sides over each other, for every figure that was measured along something. */
function overlays(comparison: Comparison): Section | null {
  const figures = ALONG.flatMap((along) => {
    const key = ({ name, stat, tags }: MetricComparison): string => JSON.stringify([name, stat, without(tags, along.tag)]);
    const measured = comparison.metrics.filter(({ tags }) => Number.isFinite(Number(tags[along.tag] ?? Number.NaN)));
    return [...Map.groupBy(measured, key).values()].filter((line) => line.length > 1).map((line) => overlayFigure(comparison, along, line));
  });
  if (figures.length === 0) return null;
  const left = figures.length - PANELS_MAX;
  return {
    id: 'overlays',
    title: 'Over each other',
    text: [`The median of each side’s runs.${left > 0 ? ` ${many(left, 'more panel')} would say no more: their figures are below.` : ''}`],
    figures: figures.slice(0, PANELS_MAX),
  };
}

function overlayFigure(comparison: Comparison, { tag, title, unit }: (typeof ALONG)[number], line: readonly MetricComparison[]): Figure {
  const [first] = line as [MetricComparison];
  const sorted = line.toSorted((a, b) => Number(a.tags[tag]) - Number(b.tags[tag]));
  const points = (side: 'base' | 'head') =>
    sorted.flatMap((metric) => (metric[side].median === null ? [] : [[Number(metric.tags[tag]), metric[side].median] as const]));
  const [base, head] = [points('base'), points('head')];
  const values = [...base, ...head].map(([, y]) => y);
  const log = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > LOG_FROM;
  const of = unitOf(first.name);
  return {
    caption: nameOf({ ...first, tags: without(first.tags, tag) }),
    chart: {
      kind: 'lines',
      label: `${metricTitle(first.name)} against ${title.toLowerCase()}, base and head`,
      x: unit === 'count' && tag === 'hops' ? { title, scale: 'linear', unit } : { title, scale: 'log', unit },
      y: log
        ? { title: metricTitle(first.name), scale: 'log', unit: of }
        : { title: metricTitle(first.name), scale: 'linear', unit: of, min: Math.min(0, ...values) },
      series: overlay(comparison, base, head),
    },
    table: bounded(
      [title, 'Base', 'Head'].map((column) => ({ title: column, kind: 'number' as const })),
      sorted.map(({ tags, base: b, head: h }) => [tagText({ [tag]: tags[tag]! }), quantity(b.median, of), quantity(h.median, of)]),
      'compare.json',
    ),
  };
}

const LOG_FROM = 50;

function without(tags: Tags, tag: string): Tags {
  const { [tag]: _, ...rest } = tags;
  return rest;
}

function everyMetric(comparison: Comparison): Section | null {
  const rows = shownRows(comparison);
  if (rows.length === 0) return null;
  return {
    id: 'every-metric',
    title: 'Shown, not judged',
    text: ['What is no headline of the scenario is shown and raises no alarm: among many figures some differ by chance.'],
    figures: [{ caption: 'All other metrics', table: bounded(SHOWN_COLUMNS, rows, 'compare.json') }],
  };
}

function sides({ base, head }: Comparison): Section {
  const rows: (readonly [string, (side: Side) => string])[] = [
    ['Runs', ({ runs }) => exact(runs)],
    ['Seeds', ({ seeds }) => seeds.join(', ')],
    ['Command', ({ host }) => host.command],
    ['Versions', ({ versions }) => pairs(versions)],
    ['Images', ({ images }) => pairs(images)],
    ['Leyden', ({ host }) => host.leyden],
    ['Machine', ({ host }) => `${host.os}, ${host.arch}, ${many(host.cores, 'core')}, ${quantity(host.memoryBytes, 'B')} memory`],
    ['Began', ({ host }) => day(host.startedAt)],
  ];
  return {
    id: 'sides',
    title: 'The two sides',
    text: [],
    figures: [
      {
        caption: 'Where their figures come from',
        table: bounded(
          [
            { title: 'What', kind: 'text' },
            { title: `Base: ${base.label}`, kind: 'name' },
            { title: `Head: ${head.label}`, kind: 'name' },
          ],
          rows.map(([what, of]) => [what, of(base), of(head)]),
          'compare.json',
        ),
      },
    ],
  };
}

const pairs = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || '–';
