/** What the page opens with: the scenario's question, how it went, and the few figures that answer it. */
import type { MetricName } from '../sim/measure/metrics.ts';
import type { Metric, Report } from '../sim/measure/report.ts';
import { exact, many, quantity } from './format.ts';
import { carrierName, metricTitle, tagText, unitOf } from './labels.ts';
import { farthest, figureOf, hopsOf, largest, pick, tagValues } from './pick.ts';
import type { Table } from './section.ts';

export interface Answer {
  readonly question: string;
  /** Which network produced the figures, in a sentence. */
  readonly network: string;
  /** What ended the run before its end; null: nothing did. */
  readonly ended: string | null;
  /** One row a carrier; null where no carrier was measured. */
  readonly carriers: { readonly caption: string; readonly table: Table } | null;
  readonly figures: readonly HeadlineFigure[];
  readonly verdict: { readonly good: boolean; readonly text: string };
  readonly thresholds: readonly { readonly text: string; readonly measured: string; readonly passed: boolean; readonly at: string }[];
  readonly warnings: readonly string[];
}

export interface HeadlineFigure {
  readonly figure: string;
  readonly of: string;
}

export function answer(report: Report): Answer {
  // Of a matrix no cell stands for the others: its figures are told cell by cell.
  const one = (report.matrix ?? []).length === 0;
  return {
    question: report.question,
    network: networkSentence(report),
    ended: report.ended === null ? null : `${report.ended.error}: ${report.ended.message}`,
    carriers: one ? carrierTable(report) : null,
    figures: one ? headlineFigures(report) : cellFigures(report),
    verdict: verdict(report),
    thresholds: failedFirst(report.thresholds).map((threshold) => ({
      text: threshold.text,
      measured: measuredText(threshold),
      passed: threshold.passed,
      at: threshold.at,
    })),
    warnings: firstOf(report.warnings),
  };
}

/** Names the network first: figures of real LND and of the model must never be taken for each other. */
export function networkSentence(report: Report): string {
  const { network } = report.plan;
  const count = network.size ?? { nodes: network.nodes.length, channels: network.channels.length };
  const size = `${many(count.nodes, 'node')}, ${many(count.channels, 'channel')}`;
  const versions = Object.entries(report.network.versions)
    .filter(([, version]) => version.length <= VERSION_MAX)
    .map(([name, version]) => `${name === 'lnd' ? 'LND' : name} ${version}`)
    .join(', ');
  if (report.network.kind === 'docker') return `Measured on real nodes in Docker (${versions}): ${size}.`;
  return `Simulated (${versions}): ${size}. All times are virtual: they come from a model of LND, not from a clock.`;
}

/** A hash is no version to read in a sentence; it stands with the environment. */
const VERSION_MAX = 32;

function verdict(report: Report): Answer['verdict'] {
  const failed = report.thresholds.filter((threshold) => !threshold.passed).length;
  const all = report.thresholds.length;
  if (failed > 0) return { good: false, text: `${failed} of ${many(all, 'threshold')} failed` };
  if (report.ended !== null) return { good: false, text: 'The run did not reach its end' };
  if (all === 0) return { good: true, text: 'Ran to its end; the scenario sets no thresholds' };
  return {
    good: true,
    text: all === 1 ? 'The one threshold passed' : all === 2 ? 'Both thresholds passed' : `All ${all} thresholds passed`,
  };
}

/** Where there are too many to show, those that failed are shown. */
function failedFirst(thresholds: Report['thresholds']): Report['thresholds'] {
  if (thresholds.length <= LINES_MAX) return thresholds;
  return [...thresholds].sort((a, b) => Number(a.passed) - Number(b.passed)).slice(0, LINES_MAX);
}

function firstOf(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= LINES_MAX) return warnings;
  return [...warnings.slice(0, LINES_MAX), `${many(warnings.length - LINES_MAX, 'more warning')} in report.json`];
}

const LINES_MAX = 60;

function measuredText({ text, stat, measured }: Report['thresholds'][number]): string {
  if (measured === null) return 'nothing';
  // Samples are counted, whatever their unit.
  return stat === 'count' ? exact(measured) : quantity(measured, unitOf(thresholdMetric(text)));
}

/** The metric that a threshold is about: `tunnel_goodput_bytes_per_s` of `tunnel_goodput_bytes_per_s{carrier=keysend}: value > 5 kB/s`. */
function thresholdMetric(text: string): string {
  return /^\s*(\w+)/.exec(text)?.[1] ?? '';
}

interface CarrierColumn {
  readonly title: string;
  readonly name: MetricName;
  readonly tags?: Readonly<Record<string, string>>;
  /** Where the title says the rest of the unit. */
  readonly unit?: string;
}

const CARRIER_COLUMNS: readonly CarrierColumn[] = [
  { title: 'Tunnel, down', name: 'tunnel_goodput_bytes_per_s', tags: { direction: 'down' } },
  { title: 'Tunnel, up', name: 'tunnel_goodput_bytes_per_s', tags: { direction: 'up' } },
  { title: 'Round trip, idle', name: 'tunnel_rtt_ms', tags: { load: 'idle' } },
  { title: 'Round trip, beside a transfer', name: 'tunnel_rtt_ms', tags: { load: 'bulk' } },
  { title: 'Raw goodput', name: 'message_goodput_bytes_per_s' },
  { title: 'Largest payload', name: 'payload_limit_bytes' },
  { title: 'Cost per MiB', name: 'cost_msat_per_mib', unit: 'msat' },
];

function carrierTable(report: Report): Answer['carriers'] {
  const carriers = carriersOf(report);
  if (carriers.length === 0) return null;
  // Of several (both directions, two onion sizes) the best goodput and payload, the slowest round trip and the dearest.
  const chosen = carriers.map((carrier) => CARRIER_COLUMNS.map((column) => largest(behind(report, carrier, column))));
  const present = CARRIER_COLUMNS.map((_, column) => chosen.some((row) => row[column] !== undefined));
  const hops = [...new Set(chosen.flatMap((row) => row.flatMap((metric) => (metric ? [hopsOf(metric.tags)] : []))))];
  const kept = <T>(row: readonly T[]): readonly T[] => row.filter((_, column) => present[column]);
  return {
    caption: hops.length === 1 ? `Over ${many(hops[0] ?? 0, 'hop')}` : 'Over the most hops that each was measured at',
    table: {
      columns: [{ title: 'Carrier', kind: 'text' }, ...kept(CARRIER_COLUMNS).map(({ title }) => ({ title, kind: 'number' as const }))],
      rows: carriers.map((carrier, row) => [
        carrierName(carrier),
        ...kept(chosen[row]?.map((metric, column) => shown(metric, CARRIER_COLUMNS[column]?.unit)) ?? []),
      ]),
    },
  };
}

/** Carriers that some column has a figure of. */
function carriersOf(report: Report): readonly string[] {
  const measured = report.metrics.filter((metric) => CARRIER_COLUMNS.some(({ name }) => name === metric.name));
  return tagValues(measured, 'carrier');
}

/** The metrics that one cell of the table stands for. */
function behind(report: Report, carrier: string, { name, tags }: CarrierColumn): readonly Metric[] {
  return farthest(pick(report, name, { carrier, ...tags }));
}

/** Those that are called headline and that no column of the table holds, then what every reader asks next. */
function headlineFigures(report: Report): readonly HeadlineFigure[] {
  const held = new Set(carriersOf(report).flatMap((carrier) => CARRIER_COLUMNS.flatMap((column) => behind(report, carrier, column))));
  const flagged = report.metrics.filter((metric) => metric.headline && !held.has(metric));
  const next = USUAL_FIGURES.filter((name) => !flagged.some((metric) => metric.name === name)).flatMap((name) =>
    farthest(pick(report, name)).slice(0, 1),
  );
  const bringupMs = report.phases.reduce((sum, phase) => sum + phase.ms, 0);
  return [
    ...[...flagged, ...next].map(headlineFigure),
    ...(report.phases.length === 0 ? [] : [{ figure: quantity(bringupMs, 'ms'), of: 'Bring-up of the network' }]),
  ].slice(0, FIGURES_MAX);
}

/** Those that are called headline, each in all cells or in none; every one of them is drawn below. */
function cellFigures({ metrics, matrix = [] }: Report): readonly HeadlineFigure[] {
  const axes = matrix.map(({ axis }) => axis);
  const headline = metrics.filter((metric) => metric.headline);
  const told: Metric[] = [];
  for (const cells of Map.groupBy(headline, ({ name, tags }) => `${name} ${tagText(tags, axes)}`).values())
    if (told.length + cells.length <= FIGURES_MAX) told.push(...cells);
  return told.map(headlineFigure);
}

function headlineFigure(metric: Metric): HeadlineFigure {
  return {
    figure: shown(metric),
    of: [FIGURE_WORDS[metric.name] ?? metricTitle(metric.name), tagText(metric.tags)].filter(Boolean).join(', '),
  };
}

const USUAL_FIGURES: readonly MetricName[] = ['payment_latency_ms', 'fees_paid_msat', 'accounting_error_msat'];

const FIGURE_WORDS: Readonly<Partial<Record<MetricName, string>>> = {
  payment_latency_ms: 'Median payment',
  fees_paid_msat: 'Routing fees paid in all',
  accounting_error_msat: 'Off the books, all nodes',
};

/** As many as a scenario may name (HEADLINES_MAX of sim/compare), and what every reader asks next. */
const FIGURES_MAX = 12;

function shown(metric: Metric | undefined, unit?: string): string {
  return metric === undefined ? '–' : quantity(figureOf(metric), unit ?? unitOf(metric.name));
}
