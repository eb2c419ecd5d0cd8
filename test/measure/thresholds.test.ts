import test from 'ava';
import type { Metric } from '../../sim/measure/report.ts';
import { summarize } from '../../sim/measure/summary.ts';
import { judge } from '../../sim/measure/thresholds.ts';
import type { Comparison, Stat, ThresholdPlan } from '../../sim/scenario/plan.ts';

const goodput = (carrier: string, direction: string, value: number): Metric => ({
  name: 'tunnel_goodput_bytes_per_s',
  unit: 'B/s',
  class: 'noisy',
  better: 'higher',
  tags: { carrier, hops: 5, direction },
  value,
});

const latency = (count: number): Metric => ({
  name: 'payment_latency_ms',
  unit: 'ms',
  class: 'noisy',
  better: 'lower',
  tags: { hops: 5 },
  summary: summarize(Array.from({ length: count }, (_, index) => index + 1)),
});

function threshold(metric: string, tags: Record<string, string>, stat: Stat, comparison: Comparison, bound: number): ThresholdPlan {
  return { at: 'a.yaml:1', text: `${metric}: ${stat} ${comparison} ${bound}`, metric, tags, stat, comparison, bound };
}

const metrics = [goodput('keysend', 'down', 18_000), goodput('keysend', 'up', 4_000), goodput('peer-message', 'down', 3e6), latency(20)];

test('a threshold holds for every metric that has its tags, and tells the worst', (t) => {
  const both = judge(threshold('tunnel_goodput_bytes_per_s', { carrier: 'keysend' }, 'value', '>', 5_000), metrics);
  t.deepEqual([both.passed, both.measured], [false, 4_000]);
  const down = judge(threshold('tunnel_goodput_bytes_per_s', { carrier: 'keysend', direction: 'down' }, 'value', '>', 5_000), metrics);
  t.deepEqual([down.passed, down.measured], [true, 18_000]);
  const most = judge(threshold('tunnel_goodput_bytes_per_s', {}, 'value', '<=', 3e6), metrics);
  t.deepEqual([most.passed, most.measured], [true, 3e6]);
});

test('a tag written as a number matches the same number', (t) => {
  t.true(judge(threshold('payment_latency_ms', { hops: '5' }, 'p95', '<', 20), metrics).passed);
  t.false(judge(threshold('payment_latency_ms', { hops: '4' }, 'p95', '<', 20), metrics).passed);
});

test('every comparison is at its bound what its sign says', (t) => {
  const at = (comparison: Comparison, bound: number) =>
    judge(threshold('payment_latency_ms', {}, 'count', comparison, bound), metrics).passed;
  const signs: Comparison[] = ['<', '<=', '==', '>=', '>', '!='];
  t.deepEqual(
    signs.map((sign) => at(sign, 20)),
    [false, true, true, true, false, false],
  );
  t.deepEqual(
    signs.map((sign) => at(sign, 21)),
    [true, true, false, false, false, true],
  );
});

test('a threshold on nothing that was measured fails with no figure', (t) => {
  const missing = judge(threshold('tunnel_rtt_ms', {}, 'p50', '<', 1e9), metrics);
  t.deepEqual([missing.passed, missing.measured], [false, null]);
});

test('a percentile of too few samples fails with no figure', (t) => {
  const few = judge(threshold('payment_latency_ms', {}, 'p99', '<', 1e9), metrics);
  t.deepEqual([few.passed, few.measured], [false, null]);
});
