import test from 'ava';
import fc from 'fast-check';
import { percentile, summarize } from '../../sim/measure/summary.ts';

const close = (a: number, b: number) => Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

// NIST/SEMATECH e-Handbook 7.2.6.2, gauge study of resistivity: its example of percentiles, 12 values.
const NIST = [95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.061, 95.1591, 95.1195, 95.1065, 95.0925, 95.199, 95.1682];

test('percentiles interpolate between closest ranks, as published examples of that rule have it', (t) => {
  // Excel's PERCENTILE (the same rule), from its documentation: {1,2,3,4} at 0.3 is 1.9.
  t.true(close(percentile([1, 2, 3, 4], 30), 1.9));
  // Wikipedia, "Percentile", worked example of the C = 1 variant.
  t.deepEqual(
    [5, 30, 40, 95].map((p) => Number(percentile([15, 20, 35, 40, 50], p).toFixed(6))),
    [16, 23, 29, 48],
  );
  // By hand, on NIST's data: the rank is 1 + p(N − 1) = 10.9, so 95.1937 + 0.9 × (95.1959 − 95.1937).
  t.is(percentile(Float64Array.from(NIST).sort(), 90).toFixed(4), '95.1957');
});

test('R’s quantile(1:10) gives these quartiles', (t) => {
  const tenths = Array.from({ length: 10 }, (_, index) => index + 1);
  t.deepEqual(
    [0, 25, 50, 75, 100].map((p) => percentile(tenths, p)),
    [1, 3.25, 5.5, 7.75, 10],
  );
});

test('a percentile is null below the samples it needs', (t) => {
  const shown = (count: number) => {
    const { p50, p90, p95, p99 } = summarize(Array.from({ length: count }, (_, index) => index));
    return [p50, p90, p95, p99].map((value) => value !== null);
  };
  t.deepEqual(shown(1), [true, false, false, false]);
  t.deepEqual(shown(9), [true, false, false, false]);
  t.deepEqual(shown(10), [true, true, false, false]);
  t.deepEqual(shown(19), [true, true, false, false]);
  t.deepEqual(shown(20), [true, true, true, false]);
  t.deepEqual(shown(99), [true, true, true, false]);
  t.deepEqual(shown(100), [true, true, true, true]);
});

test('a summary of one sample is that sample', (t) => {
  t.deepEqual(summarize([7]), { count: 1, min: 7, p50: 7, p90: null, p95: null, p99: null, 'p99.9': null, max: 7, mean: 7 });
});

test('samples are ordered as numbers, and in no order of theirs', (t) => {
  t.like(summarize([10, 9, 100]), { min: 9, p50: 10, max: 100 });
});

test('every percentile lies between its neighbours, whatever the samples', (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 100, maxLength: 200 }), (samples) => {
      const { min, p50, p90, p95, p99, max, mean } = summarize(samples);
      const ordered = [min, p50!, p90!, p95!, p99!, max];
      t.true(ordered.every((value, index) => index === 0 || value >= ordered[index - 1]! - 1e-6));
      t.true(mean >= min - 1e-6 && mean <= max + 1e-6);
    }),
    { numRuns: 50 },
  );
});
