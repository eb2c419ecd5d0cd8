import test from 'ava';
import fc from 'fast-check';
import { reportJson } from '../../reports/json.ts';
import type { Report } from '../../sim/measure/report.ts';
import { fixture } from './fixture.ts';

test('report.json holds the report, whole', (t) => {
  const { report } = fixture();
  t.deepEqual(JSON.parse(reportJson(report)), JSON.parse(JSON.stringify(report)));
});

test('report.json ends with a newline and opens with its schema', (t) => {
  const lines = reportJson(fixture().report).split('\n');
  t.is(lines.at(-1), '');
  t.is(lines[1], '  "schema": "leyden.report/1",');
});

test('the order in which keys were set does not show', (t) => {
  const { report } = fixture();
  const expected = reportJson(report);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const turned = shuffled(report, () => numbers.next().value ?? 0) as Report;
      return reportJson(turned) === expected;
    }),
    { numRuns: 20 },
  );
  t.pass();
});

test('the same seed gives the same bytes, another seed gives others', (t) => {
  t.is(reportJson(fixture({ seed: 3 }).report), reportJson(fixture({ seed: 3 }).report));
  t.not(reportJson(fixture({ seed: 3 }).report), reportJson(fixture({ seed: 4 }).report));
});

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown, next: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, next));
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).map((key) => [next(), key] as const);
  keys.sort(([a], [b]) => a - b);
  return Object.fromEntries(keys.map(([, key]) => [key, shuffled((value as Record<string, unknown>)[key], next)]));
}
