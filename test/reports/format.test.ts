import test from 'ava';
import fc from 'fast-check';
import { day, exact, many, quantity } from '../../reports/format.ts';

const cases: readonly (readonly [number | null | undefined, string, string])[] = [
  [27_100, 'B/s', '27.1 kB/s'],
  [3_480_000, 'B/s', '3.48 MB/s'],
  [999_700, 'B/s', '1 MB/s'],
  [0, 'B/s', '0 B/s'],
  [65_533, 'B', '65,533 B'],
  [1_048_576, 'B', '1.05 MB'],
  [516.3, 'ms', '516 ms'],
  [0.95, 'ms', '0.95 ms'],
  [1_240, 'ms', '1.24 s'],
  [119_400, 'ms', '119 s'],
  [247_000, 'ms', '4 min 7 s'],
  [600_000, 'ms', '10 min'],
  [999, 'msat', '999 msat'],
  [4_250, 'msat', '4.25 sat'],
  [-4_250, 'msat', '-4.25 sat'],
  [50_000_000_000, 'msat', '50 M sat'],
  [4_180_000, 'msat/MiB', '4,180 sat/MiB'],
  [0.9264, 'ratio', '92.6 %'],
  [100, '%', '100 %'],
  [3_412, '', '3,412'],
  [Number.NaN, 'ms', '–'],
  [Number.POSITIVE_INFINITY, 'B', '–'],
  [null, 'B', '–'],
  [undefined, '', '–'],
];

for (const [value, unit, expected] of cases) {
  test(`${value} ${unit || 'of no unit'} reads ${expected}`, (t) => t.is(quantity(value, unit), expected));
}

test('what is shown is within half a per cent of the figure', (t) => {
  const scale: Readonly<Record<string, number>> = { 'B/s': 1, 'kB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9 };
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), (bytesPerS) => {
      const [digits = '', unit = ''] = quantity(bytesPerS, 'B/s').split(' ');
      const shown = Number(digits.replaceAll(',', '')) * (scale[unit] ?? Number.NaN);
      return Math.abs(shown - bytesPerS) <= bytesPerS * 0.00501;
    }),
  );
  t.pass();
});

test('an exact figure keeps its digits, in groups of three', (t) => {
  t.is(exact(12_983_400), '12,983,400');
  t.is(exact(-93_860_000), '-93,860,000');
  t.is(exact(1_062.2441), '1,062.244');
  t.is(exact(0), '0');
  t.is(exact(Number.NaN), '–');
  t.is(exact(null), '–');
});

test('one is one, and all else are several', (t) => {
  t.is(many(1, 'hop'), '1 hop');
  t.is(many(0, 'hop'), '0 hops');
  t.is(many(1_200, 'node'), '1,200 nodes');
});

test('a day reads as a day, and what is none stands as it is', (t) => {
  t.is(day('2026-01-02T03:04:05.000Z'), '2 January 2026, 03:04 UTC');
  t.is(day('yesterday'), 'yesterday');
  t.is(day('2026-13-02T03:04:05.000Z'), '2026-13-02T03:04:05.000Z');
});
