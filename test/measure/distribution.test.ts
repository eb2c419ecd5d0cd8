/** Samples exact up to a bound, a histogram beyond. */
import test from 'ava';
import { Distribution, EXACT_MAX, HISTOGRAM_ERROR } from '../../sim/measure/distribution.ts';
import { summarize } from '../../sim/measure/summary.ts';
import { generator } from '../reports/fixture.ts';

/** Log-normal milliseconds, whole microseconds as the recorder keeps them. */
function latencies(count: number): number[] {
  const random = generator(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => Math.round(1_000 * 20 * Math.exp(0.5 * normal())) / 1_000);
}

test('a million samples are kept as they are', (t) => {
  t.is(EXACT_MAX, 1_000_000);
  const values = latencies(5_000);
  const distribution = new Distribution(5_000);
  for (const value of values) distribution.add(value);
  t.true(distribution.exact);
  t.deepEqual(distribution.summary(), summarize(values));
});

test('beyond, count, least, most and mean stay exact, and percentiles within what is said of them', (t) => {
  const values = latencies(60_000);
  const distribution = new Distribution(20_000);
  for (const value of values) distribution.add(value);
  t.false(distribution.exact);
  const [found, truth] = [distribution.summary(), summarize(values)];
  t.is(found.count, truth.count);
  t.is(found.min, truth.min);
  t.is(found.max, truth.max);
  t.true(Math.abs(found.mean / truth.mean - 1) < 1e-9);
  for (const stat of ['p50', 'p90', 'p95', 'p99'] as const)
    t.true(Math.abs(found[stat]! / truth[stat]! - 1) <= HISTOGRAM_ERROR, `${stat}: ${found[stat]} for ${truth[stat]}`);
  // Sixty samples lie beyond it: neighbours there are further apart than the histogram's steps.
  t.true(Math.abs(found['p99.9']! / truth['p99.9']! - 1) <= 0.005);
});

test('p99.9 says nothing below ten thousand samples', (t) => {
  t.is(summarize(latencies(9_999))['p99.9'], null);
  t.not(summarize(latencies(10_000))['p99.9'], null);
});

test('a latency below nothing, as two clocks may give, does not break the histogram', (t) => {
  const distribution = new Distribution(2);
  for (const value of [-0.5, 1, 2, 3]) distribution.add(value);
  t.is(distribution.summary().min, -0.5);
});
