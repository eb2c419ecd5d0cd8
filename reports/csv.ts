/** samples.csv and summary.csv: one row a sample or a metric, one column a tag, RFC 4180. Both arrive in pieces: samples may be many. */
import { stringify } from 'csv-stringify/sync';
import { METRICS } from '../sim/measure/metrics.ts';
import type { Metric, Sample, Tags } from '../sim/measure/report.ts';
import { plain } from './plain.ts';

type Cell = string | number | null;

/** metric, unit, at_ms (network's clock, since the workloads began), value, then a column for each tag; empty where a sample has none. */
export function* samplesCsv(samples: readonly Sample[]): Generator<string> {
  const tags = tagColumns(samples);
  yield line(['metric', 'unit', 'at_ms', 'value', ...tags]);
  yield* lines(samples, (s) => [s.metric, METRICS[s.metric]?.unit ?? '', s.atMs, s.value, ...tags.map((tag) => s.tags[tag] ?? null)]);
}

/** One row a metric: value, or the summary of its samples (a percentile is empty below the samples it needs). */
export function* summaryCsv(metrics: readonly Metric[]): Generator<string> {
  const tags = tagColumns(metrics);
  yield line(['metric', 'unit', 'class', 'better', 'value', ...SUMMARY, ...tags]);
  yield* lines(metrics, (m) => [
    m.name,
    m.unit,
    m.class,
    m.better,
    m.value ?? null,
    ...SUMMARY.map((stat) => m.summary?.[stat] ?? null),
    ...tags.map((tag) => m.tags[tag] ?? null),
  ]);
}

const SUMMARY = ['count', 'min', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean'] as const;

/** Every tag that a metric may have, so that the columns of two runs agree; then any that only this run has. */
function tagColumns(items: readonly { readonly tags: Tags }[]): readonly string[] {
  const known = Object.values(METRICS).flatMap((kind): readonly string[] => kind.tags);
  return [...new Set([...known, ...items.flatMap(({ tags }) => Object.keys(tags))])];
}

const ROWS_A_PIECE = 5_000;

function* lines<T>(items: readonly T[], row: (item: T) => readonly Cell[]): Generator<string> {
  for (let at = 0; at < items.length; at += ROWS_A_PIECE) {
    yield stringify(items.slice(at, at + ROWS_A_PIECE).map((item) => row(item).map(safe)));
  }
}

function line(cells: readonly Cell[]): string {
  return stringify([cells.map(safe)]);
}

/** A spreadsheet runs a text that opens with one of these as a formula (OWASP, CSV injection): an apostrophe in front makes it text. Numbers stay numbers. */
function safe(cell: Cell): Cell {
  if (typeof cell !== 'string') return typeof cell === 'number' && !Number.isFinite(cell) ? null : cell;
  const text = plain(cell);
  return /^\s*[=+\-@＝＋－＠]/u.test(text) ? `'${text}` : text;
}
