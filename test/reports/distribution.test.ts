import test from 'ava';
import fc from 'fast-check';
import { distribution } from '../../reports/distribution.ts';

test('a distribution of four', (t) => {
  t.deepEqual(distribution([4, 1, 3, 2]), [
    [1, 0],
    [1, 25],
    [2, 50],
    [3, 75],
    [4, 100],
  ]);
});

test('of nothing there is no distribution', (t) => {
  t.deepEqual(distribution([]), []);
  t.deepEqual(distribution([Number.NaN]), []);
});

test('each point says what share of the samples is at or below it, and the smallest and largest are kept', (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 400 }), (values) => {
      const [ground, ...points] = distribution(values, 50);
      t.is(ground?.[1], 0);
      t.true(points.length <= Math.min(50, values.length));
      for (const [value, percent] of points) {
        const atOrBelow = values.filter((other) => other <= value).length / values.length;
        const below = values.filter((other) => other < value).length / values.length;
        t.true(percent / 100 <= atOrBelow + 1e-9 && percent / 100 > below - 1e-9);
      }
      t.true(points.at(-1)?.[0] === Math.max(...values));
      if (values.length > 1) t.true(points[0]?.[0] === Math.min(...values));
    }),
  );
});
