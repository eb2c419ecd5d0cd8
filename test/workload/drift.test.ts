import test from 'ava';
import fc from 'fast-check';
import { driftRatio } from '../../sim/workload/soak/drift.ts';

test('what stands still does not drift, whatever its noise, and the warming up at its beginning does not count', (t) => {
  t.is(driftRatio([900, 500, 100, 100, 110, 90, 100, 90, 110]), 1);
});

test('what leaks by a tenth a round shows it, and so does what dies', (t) => {
  const leaking = Array.from({ length: 30 }, (_, round) => 1_000 * (1 + round / 10));
  t.true(driftRatio(leaking)! > 1.3);
  t.true(driftRatio(leaking.toReversed())! < 0.7);
});

test('too few rounds say nothing', (t) => {
  t.is(driftRatio([1, 2, 3, 4, 5]), null);
});

test('a ratio does not depend on the unit', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 6, maxLength: 100 }), (values) => {
      const [one, other] = [driftRatio(values)!, driftRatio(values.map((value) => value * 1_024))!];
      return Math.abs(one - other) < 1e-9 * one;
    }),
  );
  t.pass();
});
