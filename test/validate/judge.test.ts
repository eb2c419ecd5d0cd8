/** What `sim validate` makes of reports: one real or several, and a simulated one. */
import test from 'ava';
import { scenarioLines } from '../../reports/validation/lines.ts';
import { reasons, rowsTable } from '../../reports/validation/table.ts';
import type { MetricName } from '../../sim/measure/metrics.ts';
import type { Findings, Metric, Report, Sample, Tags } from '../../sim/measure/report.ts';
import { summarize } from '../../sim/measure/summary.ts';
import { ratioInterval } from '../../sim/validate/bootstrap.ts';
import { judge } from '../../sim/validate/judge.ts';
import { isGood, type Row, type ScenarioValidation } from '../../sim/validate/validation.ts';

test('a size or a fee must be equal: one byte or msat apart is out of bounds', (t) => {
  const at = (bytes: number) => findings([value('payload_limit_bytes', { carrier: 'keysend', hops: 1, by: 'lnd' }, bytes)]);
  t.is(only(judge([at(1207)], at(1207))).verdict, 'good');
  t.is(only(judge([at(1207)], at(1206))).verdict, 'out');
  const fee = (msat: number) => findings([value('payment_fee_msat', { hops: 2 }, msat)]);
  t.is(only(judge([fee(1000)], fee(1000))).verdict, 'good');
  t.is(only(judge([fee(1000)], fee(1001))).verdict, 'out');
});

test('a median latency or a goodput may be 20 % off either way, and no more', (t) => {
  const at = (rate: number) => findings([value('message_goodput_bytes_per_s', { carrier: 'onion-message', hops: 1, offered: 1 }, rate)]);
  t.deepEqual(
    [1200, 1201, 800, 799].map((rate) => only(judge([at(1000)], at(rate))).verdict),
    ['good', 'out', 'good', 'out'],
  );
  const latency = only(judge([samples([90, 100, 110])], samples([95, 119, 130])));
  t.is(latency.stat, 'p50');
  t.is(latency.ratio, 1.19);
  t.is(latency.verdict, 'good');
});

test('the interval holds the ratio of two medians that are far from each other, and narrows with more samples', (t) => {
  const spread = (middle: number, count: number) => Array.from({ length: count }, (_, i) => middle * (0.8 + (0.4 * (i + 0.5)) / count));
  const few = ratioInterval(spread(200, 8), [spread(100, 8)])!;
  const many = ratioInterval(spread(200, 400), [spread(100, 400)])!;
  t.true(few[0] < 2 && few[1] > 2);
  t.true(many[0] < 2 && many[1] > 2);
  t.true(many[1] - many[0] < (few[1] - few[0]) / 3);
  t.is(ratioInterval([1], [[1, 2, 3]]), null);
  t.deepEqual(ratioInterval(spread(200, 8), [spread(100, 8)]), few);
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
    const [low, high] = ratioInterval(draw(1.5), [draw(1)])!;
    if (low <= 1.5 && high >= 1.5) held += 1;
  }
  // Binomial(100, 0.95): below 88 in fewer than 2 of 1,000 such tests.
  t.true(held >= 88, `${held} of 100`);
});

test('of several real runs the median is judged, not any single one: the two that strayed would each be out', (t) => {
  const tags = { carrier: 'onion-message', hops: 1, offered: 1 };
  const at = (rate: number) => findings([value('message_goodput_bytes_per_s', tags, rate)]);
  const runs = [at(1400), at(1000), at(700)];
  const row = only(judge(runs, at(1010)));
  t.deepEqual([row.real, row.realRuns, row.ratio, row.verdict], [1000, [1400, 1000, 700], 1.01, 'good']);
  t.deepEqual(
    runs.map((run) => only(judge([run], at(1010))).verdict),
    ['out', 'good', 'out'],
  );
  t.is(only(judge([at(1000), at(1100)], at(1050))).real, 1050);
});

test('a fee that one of three real runs has otherwise is out, though the model has the other two’s, and the reason is theirs', (t) => {
  const fee = (msat: number) => findings([value('payment_fee_msat', { hops: 2 }, msat)]);
  const row = only(judge([fee(1000), fee(1001), fee(1000)], fee(1000)));
  t.deepEqual([row.real, row.verdict, row.reason], [1000, 'out', 'the real runs differ among themselves']);
  t.deepEqual(reasons(scenario([row])), ['Fee of a payment, 2 hops: the real runs differ among themselves']);
  const alike = only(judge([fee(1000), fee(1000), fee(1000)], fee(1001)));
  t.deepEqual([alike.verdict, alike.reason], ['out', null]);
  const lacking = only(judge([fee(1000), findings([]), fee(1000)], fee(1000)));
  t.deepEqual([lacking.verdict, lacking.reason], ['out', 'the real runs differ among themselves']);
});

test('a figure that some real runs lack is the median of those that have it; where less than half have it, it is missing', (t) => {
  const [none, model] = [findings([]), samples([100, 100])];
  const most = only(judge([samples([90, 90]), none, samples([100, 100])], model));
  t.deepEqual([most.real, most.realRuns, most.verdict], [95, [90, null, 100], 'good']);
  const few = only(judge([none, none, samples([100, 100])], model));
  t.deepEqual([few.real, few.realRuns, few.ratio, few.interval], [null, [null, null, 100], null, null]);
  t.deepEqual([few.verdict, few.reason], ['absent', 'measured in 1 of 3 docker runs']);
  t.is(only(judge([none, none], model)).reason, 'measured on the simulated network alone');
  t.is(only(judge([model, model], none)).reason, 'measured on docker alone');
});

test('with one real run the interval is that of its samples alone, to the last digit as it was before there were several', (t) => {
  const spread = (middle: number, count: number) => Array.from({ length: count }, (_, i) => middle * (0.8 + (0.4 * (i + 0.5)) / count));
  // From the version before.
  t.deepEqual(ratioInterval(spread(200, 8), [spread(100, 8)]), [1.6888888888888889, 2.342857142857143]);
  t.deepEqual(ratioInterval(spread(200, 30), [spread(100, 20)]), [1.8031746031746032, 2.236111111111111]);
  t.deepEqual(ratioInterval(spread(200, 700), [spread(100, 600)]), [1.9515362421105182, 2.048430087335369]);
});

test('the interval of several real runs is as wide as they lie apart, however many samples each has, or none but its one figure', (t) => {
  const around = (middle: number) => Array.from({ length: 200 }, (_, i) => middle * (0.99 + (0.02 * i) / 200));
  const apart = ratioInterval(around(100), [around(80), around(100), around(125)])!;
  // In 7 of 27 draws the lowest run is drawn at least twice and is the median, in as many the highest: the interval reaches both.
  t.true(apart[0] < 0.82 && apart[1] > 1.22, `${apart}`);
  const alike = ratioInterval(around(100), [around(100), around(100), around(100)])!;
  t.true(alike[1] - alike[0] < 0.02, `${alike}`);
  t.deepEqual(ratioInterval([100], [[80], [100], [125]]), [0.8, 1.25]);
  t.deepEqual(ratioInterval(around(100), [around(80), around(100), around(125)]), apart);
  const at = (rate: number) => findings([value('message_goodput_bytes_per_s', { carrier: 'onion-message', hops: 1, offered: 1 }, rate)]);
  t.deepEqual(only(judge([at(80), at(100), at(125)], at(100))).interval, [0.8, 1.25]);
  t.is(only(judge([at(100)], at(100))).interval, null);
});

test('the table shows the least and the most of several real runs, and nothing of the kind for one', (t) => {
  const tags = { carrier: 'onion-message', hops: 1, offered: 1 };
  const at = (rate: number) => findings([value('message_goodput_bytes_per_s', tags, rate)]);
  const cell = (real: readonly Findings[]) => {
    const { columns, rows } = rowsTable(scenario(judge(real, at(50_000))), 'all');
    return rows[0]![columns.findIndex(({ title }) => title === `Of ${real.length} runs`)];
  };
  t.is(cell([at(52_000), at(47_100), at(50_000)]), '47.1 kB/s … 52 kB/s');
  t.is(cell([at(50_000), at(50_000)]), '50 kB/s');
  t.is(cell([at(50_000), findings([]), at(52_000)]), '50 kB/s … 52 kB/s, in 2');
  t.is(cell([at(50_000)]), undefined);
});

test('a real run that ended before its end is told by its number, and the model does not stand on it', (t) => {
  const whole = { versions: {}, folder: '', ended: null, wallMs: 0 };
  const broken = { ...whole, ended: 'WorkloadError: the disk is full' };
  const found = { ...scenario([]), realRuns: [whole, broken, whole] };
  t.false(isGood({ scenarios: [found] }));
  t.true(isGood({ scenarios: [{ ...found, realRuns: [whole, whole] }] }));
  t.true(scenarioLines(found).includes('Docker run 2 of 3 did not reach its end: WorkloadError: the disk is full'));
  // A validation from when there was one real run has no list of them.
  t.true(
    scenarioLines({ ...scenario([]), real: broken }).includes('The docker run did not reach its end: WorkloadError: the disk is full'),
  );
});

test('a known difference is named with its reason, and only as far as its bound', (t) => {
  const known = [{ metric: 'payment_latency_ms', tags: { hops: 1 }, between: [0.5, 1.5], why: 'the moon' }] as const satisfies Parameters<
    typeof judge
  >[2];
  const near = only(judge([samples([100, 100])], samples([140, 140]), known));
  t.is(near.verdict, 'known');
  t.is(near.reason, 'the moon');
  t.is(only(judge([samples([100, 100])], samples([160, 160]), known)).verdict, 'out');
});

test('what only one network measured is out of bounds, and what is not judged is shown with its reason', (t) => {
  const rows = judge(
    [
      findings([
        value('message_goodput_bytes_per_s', { carrier: 'onion-message', hops: 1, offered: 1 }, 1),
        value('bringup_ms', { phase: 'a' }, 9),
      ]),
    ],
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
  t.is(judge([file], memory).length, 1);
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
