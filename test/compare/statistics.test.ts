/** The statistics against published figures. */
import test from 'ava';
import fc from 'fast-check';
import { bootstrap, intervalOf, medianOf } from '../../sim/compare/bootstrap.ts';
import { detectableChange, runsFor } from '../../sim/compare/detectable.ts';
import { draws } from '../../sim/compare/draws.ts';
import { holm } from '../../sim/compare/holm.ts';
import { criticalPairs, fewestRuns, mannWhitney, smallestP } from '../../sim/compare/mann-whitney.ts';
import { percentile } from '../../sim/measure/summary.ts';

test('Mann–Whitney: the critical values of U that textbooks print, two-sided at 5 % and 1 %', (t) => {
  // The table after Milton (1964) and Auble (1953), equal groups of n; null: no U is significant.
  const table: readonly (readonly [number, number | null, number | null])[] = [
    [3, null, null],
    [4, 0, null],
    [5, 2, 0],
    [6, 5, 2],
    [7, 8, 4],
    [8, 13, 7],
    [9, 17, 11],
    [10, 23, 16],
    [11, 30, 21],
    [12, 37, 27],
    [15, 64, 51],
    [20, 127, 105],
  ];
  const printed = (n: number, level: number) => {
    const pairs = criticalPairs(n, n, level);
    return pairs === null ? null : n * n - pairs;
  };
  t.deepEqual(
    table.map(([n]) => [n, printed(n, 0.05), printed(n, 0.01)]),
    table.map((row) => [...row]),
  );
});

test('Mann–Whitney: the example of Hollander and Wolfe (1973, p. 69), as R prints it', (t) => {
  // R, ?wilcox.test: W = 35, p = 0.1272 one-sided, which is 0.2544 two-sided.
  const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const early = [1.15, 0.88, 0.9, 0.74, 1.21];
  const { u, p } = mannWhitney(early, term);
  t.is(u, 35);
  t.is(Number(p.toFixed(4)), 0.2544);
});

test('Mann–Whitney: exact with ties, the blood pressures of the StatXact manual', (t) => {
  // R, exactRankTests ?wilcox.exact, data bloodp: two-sided p = 0.0989.
  const treated = [94, 108, 110, 90];
  const control = [80, 94, 85, 90, 90, 90, 108, 94, 78, 105, 88];
  t.is(Number(mannWhitney(control, treated).p.toFixed(4)), 0.0989);
});

test('Mann–Whitney: many runs with ties as SciPy 1.17 has them (asymptotic, with continuity)', (t) => {
  const base = Array.from({ length: 40 }, (_, index) => Math.round(50 * Math.sin(index)));
  const head = Array.from({ length: 35 }, (_, index) => Math.round(50 * Math.cos(index * 1.3)) + 12);
  const { u, p } = mannWhitney(base, head);
  t.is(u, 852.5);
  t.true(Math.abs(p - 0.10634722493482632) < 1e-6, String(p));
});

/** Two groups of n without ties; so many pairs are won by the second. */
function groupsOf(n: number, pairs: number): readonly [number[], number[]] {
  const base = Array.from({ length: n }, (_, index) => index);
  // Each lies above as many of the first as it wins, and no two alike.
  const head = Array.from({ length: n }, (_, index) => Math.floor((pairs + index) / n) - 0.5 - index / (4 * n));
  return [base, head];
}

test('Mann–Whitney: of hundreds of runs the critical U is that of the normal approximation, and p agrees with it', (t) => {
  for (const n of [100, 500]) {
    const critical = criticalPairs(n, n, 0.01)!;
    // Above 2.5758 lies 0.5 % of the normal distribution; half a pair is the correction for continuity.
    const expected = n ** 2 / 2 + 0.5 + 2.575829 * Math.sqrt((n ** 2 * (2 * n + 1)) / 12);
    t.true(Math.abs(critical - Math.ceil(expected)) <= 1, `${critical}, ${expected}`);
    const [at, below] = [mannWhitney(...groupsOf(n, critical)), mannWhitney(...groupsOf(n, critical - 1))];
    t.is(at.u, critical);
    t.true(at.p <= 0.01 && below.p > 0.01, `${at.p}, ${below.p}`);
  }
  // Two runs against a hundred: even the most extreme U is none.
  t.is(criticalPairs(2, 100, 0.01), null);
  t.true(smallestP(2, 100) > 0.01);
});

test('Mann–Whitney: the more runs, the smaller the share of pairs that is significant, also from exact to approximate', (t) => {
  const shares = [10, 20, 29, 30, 31, 32, 50, 100, 500].map((n) => criticalPairs(n, n, 0.01)! / n ** 2);
  const falling = shares.toSorted((a, b) => b - a);
  t.deepEqual(shares, falling);
});

test('Mann–Whitney: neither the order of runs, nor which side is which, nor a rising scale changes p', (t) => {
  const group = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(group, group, (base, head) => {
      const { p, u } = mannWhitney(base, head);
      const close = (other: number) => Math.abs(other - p) < 1e-12;
      t.true(p > 0 && p <= 1);
      t.is(u + mannWhitney(head, base).u, base.length * head.length);
      return (
        close(mannWhitney(head, base).p) &&
        close(mannWhitney([...base].reverse(), [...head].reverse()).p) &&
        close(mannWhitney(base.map(Math.exp), head.map(Math.exp)).p)
      );
    }),
  );
});

test('the smallest p of so many runs a side: 2 over the number of ways to choose one side', (t) => {
  t.deepEqual(
    [3, 4, 5, 6, 7].map((n) => Number(smallestP(n, n).toPrecision(2))),
    [0.1, 0.029, 0.0079, 0.0022, 0.00058],
  );
  t.is(smallestP(5, 5), mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).p);
  t.is(fewestRuns(0.05), 4);
  t.is(fewestRuns(0.01 / 8), 7);
});

test('Holm: the published example of four hypotheses', (t) => {
  // Wikipedia, Holm–Bonferroni method: at 5 % the first and the fourth are rejected.
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(10)));
  t.deepEqual(adjusted, [0.03, 0.06, 0.06, 0.02]);
  t.deepEqual(holm([]), []);
});

test('bootstrap: the standard error of the median of the treated mice', (t) => {
  // Efron and Tibshirani, An Introduction to the Bootstrap (1993), table 2.1 and chapter 6: 37.83 for the median, 23.36 for the mean.
  const mice = [94, 197, 16, 38, 99, 141, 23];
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const error = (statistic: (values: Float64Array) => number) => {
    const drawn = bootstrap([mice], ([group]) => statistic(group!), { times: 50_000, draw: draws('mice') });
    const middle = mean(drawn);
    return Math.sqrt(mean(drawn.map((value) => (value - middle) ** 2)));
  };
  t.true(Math.abs(error(medianOf) - 37.83) < 0.4, String(error(medianOf)));
  t.true(Math.abs(error(mean) - 23.36) < 0.25, String(error(mean)));
});

test('bootstrap: the median of seven falls on each of them as often as Efron counted', (t) => {
  // Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 10.
  const drawn = bootstrap([[1, 2, 3, 4, 5, 6, 7]], ([group]) => medianOf(group!), { times: 100_000, draw: draws('seven') });
  const shares = [0.0102, 0.0981, 0.2386, 0.3062, 0.2386, 0.0981, 0.0102];
  for (const [index, share] of shares.entries()) {
    const found = drawn.filter((value) => value === index + 1).length / drawn.length;
    t.true(Math.abs(found - share) < 0.006, `${index + 1}: ${found}`);
  }
});

test('bootstrap: the same seed gives the same interval, and a wider confidence a wider one', (t) => {
  const of = (seed: string, confidence: number) =>
    intervalOf(
      bootstrap([[9, 10, 12, 15, 11]], ([group]) => medianOf(group!), { times: 2_000, draw: draws(seed) }),
      confidence,
    );
  t.deepEqual(of('a', 0.95), of('a', 0.95));
  const [narrow, wide] = [of('a', 0.5), of('a', 0.99)];
  t.true(wide[0] < narrow[0] && wide[1] > narrow[1]);
});

test('the detectable change is what is found nine times in ten', (t) => {
  // Normal noise of 3 %: the shift that the test finds with power 0.9 must be found so often by the test itself.
  const draw = draws('power');
  const unit = () => (draw(1 << 20) + 0.5) / (1 << 20);
  const normal = () => Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit());
  const scatter = Array.from({ length: 400 }, () => 0.03 * normal());
  const found = detectableChange(scatter, { base: 10, head: 10, level: 0.00125, power: 0.9 }, draws('trials'))!;
  // The normal approximation, (z(0.9994) + z(0.9)) · σ · sqrt(2/n) / sqrt(3/π), says 6.2 %; small groups need more, since U ends at 100.
  t.true(found > 0.062 && found < 0.09, String(found));
  let hits = 0;
  for (let trial = 0; trial < 1_000; trial++) {
    const base = Array.from({ length: 10 }, () => 0.03 * normal());
    const head = Array.from({ length: 10 }, () => 0.03 * normal() + Math.log1p(found));
    if (mannWhitney(base, head).p <= 0.00125) hits += 1;
  }
  t.true(hits > 865 && hits < 935, String(hits));
});

test('of hundreds of runs a side the detectable change is that of the normal approximation', (t) => {
  const draw = draws('many');
  const unit = () => (draw(1 << 20) + 0.5) / (1 << 20);
  const scatter = Array.from({ length: 400 }, () => 0.03 * Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()));
  for (const n of [100, 500]) {
    const found = detectableChange(scatter, { base: n, head: n, level: 0.01, power: 0.9 }, draws('trials'))!;
    // (z(0.995) + z(0.9)) · σ · sqrt(2/n) / sqrt(3/π); σ of 400 drawn figures is known to some 4 %.
    const expected = Math.expm1(((2.5758 + 1.2816) * 0.03 * Math.sqrt(2 / n)) / Math.sqrt(3 / Math.PI));
    t.true(Math.abs(found / expected - 1) < 0.15, `${n}: ${found}, ${expected}`);
  }
});

test('no noise finds any change, and too few runs find none', (t) => {
  const question = { base: 5, head: 5, level: 0.05, power: 0.9 };
  t.is(detectableChange([0, 0, 0], question, draws('x')), 0);
  t.is(detectableChange([0, 0.1], { ...question, base: 3, head: 3 }, draws('x')), null);
  t.is(runsFor(0.05, 0.05, 10), 10);
  t.is(runsFor(0.05, Math.expm1(2 * Math.log1p(0.05)), 10), 40);
});

test('the percentile of an interval is that of type 7', (t) => {
  t.deepEqual(intervalOf(Float64Array.from([0, 1, 2, 3, 4]), 0.5), [1, 3]);
  t.is(percentile([0, 1, 2, 3, 4], 25), 1);
});
