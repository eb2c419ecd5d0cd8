import test from 'ava';
import fc from 'fast-check';
import { samplesCsv, summaryCsv } from '../../reports/csv.ts';
import { METRICS } from '../../sim/measure/metrics.ts';
import type { Sample } from '../../sim/measure/report.ts';
import { fixture } from './fixture.ts';

test('samples.csv gives every sample back, digit for digit', (t) => {
  const { samples } = fixture();
  const rows = records([...samplesCsv(samples)].join(''));
  t.is(rows.length, samples.length);
  t.deepEqual(
    rows.map((row) => [row.metric, Number(row.at_ms), Number(row.value), row.carrier, row.hops]),
    samples.map(({ metric, atMs, value, tags }) => [metric, atMs, value, String(tags.carrier ?? ''), String(tags.hops ?? '')]),
  );
});

test('summary.csv gives every metric back, with empty cells for percentiles that were not to be had', (t) => {
  const { report } = fixture();
  const rows = records([...summaryCsv(report.metrics)].join(''));
  t.deepEqual(
    rows.map((row) => [row.metric, row.unit, row.value, row.p50, row.p99]),
    report.metrics.map(({ name, unit, value, summary }) => [name, unit, text(value), text(summary?.p50), text(summary?.p99)]),
  );
  t.true(rows.some((row) => row.metric === 'payment_latency_ms' && row.p99 === ''));
});

test('samples.csv of no samples is its header, with a column for every tag that a metric may have', (t) => {
  const [header] = parse([...samplesCsv([])].join(''));
  t.deepEqual(header?.slice(0, 4), ['metric', 'unit', 'at_ms', 'value']);
  for (const tag of Object.values(METRICS).flatMap((kind): readonly string[] => kind.tags)) t.true(header?.includes(tag));
});

test('many samples arrive in pieces, and no row is cut', (t) => {
  const samples = Array.from(
    { length: 12_345 },
    (_, i): Sample => ({ metric: 'payment_latency_ms', tags: { hops: 1 }, atMs: i, value: i / 3 }),
  );
  const pieces = [...samplesCsv(samples)];
  t.true(pieces.length > 2);
  t.true(pieces.every((piece) => piece.endsWith('\n')));
  t.is(parse(pieces.join('')).length, samples.length + 1);
});

test('no text opens as a formula or carries a control character, and what it says survives', (t) => {
  const hostile = fc.oneof(
    fc.constantFrom('=cmd()', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '  =1', '＝1', '"quoted", and\nbroken', "'=1"),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(hostile, (name) => {
      const csv = [...samplesCsv([{ metric: 'htlcs', tags: { outcome: name }, atMs: 0, value: -5 }])].join('');
      const [row] = records(csv);
      const cell = row?.outcome ?? '';
      t.notRegex(cell, /^\s*[=+\-@＝＋－＠]/u);
      t.notRegex(cell, /\p{Cc}/u);
      t.is(row?.value, '-5');
      if (/^[\w .,"';|<>]*$/.test(name)) t.is(cell, name);
    }),
  );
});

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function records(csv: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = parse(csv);
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

/** RFC 4180 by its grammar, written apart from what is tested. Every row must have as many fields as the first. */
function parse(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < csv.length; ) {
    let field = '';
    if (csv[at] === '"') {
      for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
        if (at >= csv.length) throw new Error('a quoted field has no end');
        if (csv[at] === '"') at++;
        field += csv[at];
      }
      at++;
    } else {
      while (at < csv.length && csv[at] !== ',' && csv[at] !== '\n') field += csv[at++];
    }
    row.push(field);
    if (csv[at] === '\n') {
      rows.push(row);
      row = [];
    }
    at++;
  }
  if (rows.some((fields) => fields.length !== rows[0]?.length)) throw new Error('rows differ in length');
  return rows;
}
