/** What `sim validate` makes of two reports. */
import test from 'ava';
import type { MetricName } from '../../sim/measure/metrics.ts';
import type { Findings, Metric, Report, Sample, Tags } from '../../sim/measure/report.ts';
import { summarize } from '../../sim/measure/summary.ts';
import { ratioInterval } from '../../sim/validate/bootstrap.ts';
import { judge } from '../../sim/validate/judge.ts';
import { isGood, type Row, type ScenarioValidation } from '../../sim/validate/validation.ts';

test('a size or a fee must be equal: one byte or msat apart is out of bounds', (t) => {
  const at = (bytes: number) => findings([value('payload_limit_bytes', { carrier: 'keysend', hops: 1, by: 'lnd' }, bytes)]);
  t.is(only(judge(at(1207), at(1207))).verdict, 'good');
  t.is(only(judge(at(1207), at(1206))).verdict, 'out');
  const fee = (msat: number) => findings([value('payment_fee_msat', { hops: 2 }, msat)]);
  t.is(only(judge(fee(1000), fee(1000))).verdict, 'good');
  t.is(only(judge(fee(1000), fee(1001))).verdict, 'out');
});

test('a median latency or a goodput may be 20 % off either way, and no more', (t) => {
  const at = (rate: number) => findings([value('message_goodput_bytes_per_s', { carrier: 'onion-message', hops: 1, offered: 1 }, rate)]);
  t.deepEqual(
    [1200, 1201, 800, 799].map((rate) => only(judge(at(1000), at(rate))).verdict),
    ['good', 'out', 'good', 'out'],
  );
  const latency = only(judge(samples([90, 100, 110]), samples([95, 119, 130])));
  t.is(latency.stat, 'p50');
  t.is(latency.ratio, 1.19);
  t.is(latency.verdict, 'good');
});

test('the interval holds the ratio of two medians that are far from each other, and narrows with more samples', (t) => {
  const spread = (middle: number, count: number) => Array.from({ length: count }, (_, i) => middle * (0.8 + (0.4 * (i + 0.5)) / count));
  const few = ratioInterval(spread(200, 8), spread(100, 8))!;
  const many = ratioInterval(spread(200, 400), spread(100, 400))!;
  t.true(few[0] < 2 && few[1] > 2);
  t.true(many[0] < 2 && many[1] > 2);
  t.true(many[1] - many[0] < (few[1] - few[0]) / 3);
  t.is(ratioInterval([1], [1, 2, 3]), null);
  t.deepEqual(ratioInterval(spread(200, 8), spread(100, 8)), few);
});

test('the interval holds the true ratio in about 95 of 100 experiments', (t) => {
  // Uniform draws with medians 1 and 1.5, from a generator of its own: x ← 16807 x mod 2^31 − 1 (Park and Miller 1988).
  let state = 42;
  const uniform = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const draw = (median: number) => Array.from({ length: 25 }, () => median * (0.5 + uniform()));
  let held = 0;
  for (let experiment = 0; experiment < 100; experiment++) {
    const [low, high] = ratioInterval(draw(1.5), draw(1))!;
    if (low <= 1.5 && high >= 1.5) held += 1;
  }
  // Binomial(100, 0.95): below 88 in fewer than 2 of 1,000 such tests.
  t.true(held >= 88, `${held} of 100`);
});

test('a known difference is named with its reason, and only as far as its bound', (t) => {
  const known = [{ metric: 'payment_latency_ms', tags: { hops: 1 }, between: [0.5, 1.5], why: 'the moon' }] as const satisfies Parameters<
    typeof judge
  >[2];
  const near = only(judge(samples([100, 100]), samples([140, 140]), known));
  t.is(near.verdict, 'known');
  t.is(near.reason, 'the moon');
  t.is(only(judge(samples([100, 100]), samples([160, 160]), known)).verdict, 'out');
});

test('what only one network measured is out of bounds, and what is not judged is shown with its reason', (t) => {
  const rows = judge(
    findings([
      value('message_goodput_bytes_per_s', { carrier: 'onion-message', hops: 1, offered: 1 }, 1),
      value('bringup_ms', { phase: 'a' }, 9),
    ]),
    findings([]),
  );
  t.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['absent', 'shown'],
  );
  t.false(isGood({ scenarios: [scenario(rows)] }));
  t.true(isGood({ scenarios: [scenario(rows.slice(1))] }));
  t.regex(rows[1]!.reason!, /no bring-up/);
});

test('numbers and their texts are the same tags: a report that was read back compares with one in memory', (t) => {
  const memory = findings([value('payment_fee_msat', { hops: 2 }, 1)]);
  const file = findings([value('payment_fee_msat', { hops: '2' }, 1)]);
  t.is(judge(file, memory).length, 1);
});

function only(rows: readonly Row[]): Row {
  return rows[0]!;
}

function value(name: MetricName, tags: Tags, figure: number): Metric {
  return { name, unit: 'B', class: 'exact', better: 'none', tags, value: figure };
}

function samples(values: readonly number[]): Findings {
  const tags = { hops: 1 };
  const metric: Metric = { name: 'payment_latency_ms', unit: 'ms', class: 'noisy', better: 'lower', tags, summary: summarize(values) };
  return findings(
    [metric],
    values.map((ms) => ({ metric: 'payment_latency_ms', tags, atMs: 0, value: ms })),
  );
}

function findings(metrics: readonly Metric[], taken: readonly Sample[] = []): Findings {
  return { report: { metrics } as unknown as Report, samples: taken };
}

function scenario(rows: readonly Row[]): ScenarioValidation {
  const run = { versions: {}, folder: '', ended: null, wallMs: 0 };
  return { scenario: 'x', question: 'x?', seed: 1, real: run, simulated: run, rows };
}
