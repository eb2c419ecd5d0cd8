/** Two reports to one verdict. The figures of the fixtures are made up; what the statistics are worth is tested in power.test.ts. */
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { comparisonLines } from '../../reports/comparison/lines.ts';
import { comparisonMarkdown } from '../../reports/comparison/markdown.ts';
import { comparisonJUnit, reportJUnit } from '../../reports/junit.ts';
import { compare } from '../../sim/compare/compare.ts';
import { ComparisonError, outcomeOf } from '../../sim/compare/outcome.ts';
import type { Metric, Report } from '../../sim/measure/report.ts';
import type { HeadlinePlan } from '../../sim/scenario/plan.ts';
import { fixture, generator } from '../reports/fixture.ts';

const RUNS = 10;

/** Ten runs with one noisy metric of 1 % scatter around `middle` (lower is better) and one exact size. */
function side(middle: number, seed: number, changes: Partial<Report> = {}, size = 1207): Report {
  const random = generator(seed);
  const figures = Array.from({ length: RUNS }, () => middle * (1 + 0.02 * (random() - 0.5)));
  const metrics: Metric[] = [
    {
      name: 'payment_latency_ms',
      unit: 'ms',
      class: 'noisy',
      better: 'lower',
      tags: { hops: 1 },
      value: middle,
      stat: 'p50',
      runs: figures,
    },
    {
      name: 'payload_limit_bytes',
      unit: 'B',
      class: 'exact',
      better: 'higher',
      tags: { carrier: 'keysend', hops: 1, by: 'lnd' },
      value: size,
      runs: figures.map(() => size),
    },
    {
      name: 'fees_paid_msat',
      unit: 'msat',
      class: 'noisy',
      better: 'lower',
      tags: {},
      value: 1_000,
      runs: figures.map((_, index) => 1_000 + index),
    },
  ];
  const runs = figures.map((_, index) => ({ cell: {}, repeat: index + 1, seed: index + 1, path: String(index + 1), ended: null }));
  const { report } = fixture();
  const headline = [named('payment_latency_ms', 'p50'), named('payload_limit_bytes', 'value')];
  return { ...report, plan: { ...report.plan, headline }, metrics, runs, ...changes };
}

const named = (metric: string, stat: HeadlinePlan['stat'], margin: number | null = null): HeadlinePlan => ({
  at: 'a.yaml:1',
  metric,
  tags: {},
  stat,
  margin,
});
const verdicts = (base: Report, head: Report, options = {}) =>
  compare(base, head, options).metrics.flatMap(({ name, verdict }) => (verdict === null ? [] : [[name, verdict]]));

test('equal sides: no change, exit 0, and what is no headline is shown, not judged', (t) => {
  const found = compare(side(100, 1), side(100, 2));
  t.deepEqual(
    found.metrics.map(({ name, verdict }) => [name, verdict]),
    [
      ['payment_latency_ms', 'no change'],
      ['payload_limit_bytes', 'no change'],
      ['fees_paid_msat', null],
    ],
  );
  t.is(found.verdict, 'no change');
  t.is(outcomeOf(found), null);
  t.is(found.metrics[2]!.ratio, 1);
});

test('a slower head is a regression, exit 98; a faster one an improvement, exit 0', (t) => {
  const slower = compare(side(100, 1), side(130, 2));
  t.is(slower.verdict, 'regression');
  t.is(outcomeOf(slower)?.exitCode, 98);
  const { ratio, interval, adjustedP } = slower.metrics[0]!;
  t.true(Math.abs(ratio! - 1.3) < 0.03 && interval![0] > 1.25 && interval![1] < 1.35 && adjustedP! < 0.001);
  const faster = compare(side(130, 1), side(100, 2));
  t.is(faster.verdict, 'improvement');
  t.is(outcomeOf(faster), null);
});

test('one byte less of an exact metric is a regression, whatever the margin', (t) => {
  t.deepEqual(verdicts(side(100, 1), side(100, 2, {}, 1206), { margin: 5 }), [
    ['payment_latency_ms', 'no change'],
    ['payload_limit_bytes', 'regression'],
  ]);
  t.deepEqual(verdicts(side(100, 1), side(100, 2, {}, 1208))[1], ['payload_limit_bytes', 'improvement']);
});

test('one run a side is inconclusive, exit 97, and says how many it takes', (t) => {
  const one = (report: Report): Report => {
    const { runs: _, ...rest } = report;
    const metrics = report.metrics.map(({ runs: _runs, stat, value = 0, ...metric }): Metric => {
      const summary = { count: 1, min: value, p50: value, p90: null, p95: null, p99: null, max: value, mean: value };
      return stat === undefined ? { ...metric, value } : { ...metric, summary };
    });
    return { ...rest, metrics };
  };
  const found = compare(one(side(100, 1)), one(side(200, 2)));
  const outcome = outcomeOf(found);
  t.true(outcome instanceof ComparisonError);
  t.is(outcome?.exitCode, 97);
  t.regex(outcome?.hint ?? '', /about 5 runs a side/);
});

test("the scenario's margin is used, and the command's goes before it", (t) => {
  const wide = { ...side(130, 2), plan: { ...side(130, 2).plan, headline: [named('payment_latency_ms', 'p50', 0.5)] } };
  t.deepEqual(verdicts(side(100, 1), wide), [['payment_latency_ms', 'no change']]);
  t.deepEqual(verdicts(side(100, 1), wide, { margin: 0.1 }), [['payment_latency_ms', 'regression']]);
});

test('what differs beside the thing measured is refused by name, unless it is meant', (t) => {
  const base = side(100, 1);
  const refused = (changes: Partial<Report>, told: RegExp) => {
    const error = t.throws(() => compare(base, side(100, 2, changes)), { instanceOf: ScenarioError });
    t.regex(`${error!.message}\n${error!.hint}`, told);
    t.is(error!.exitCode, 104);
  };
  const { network, host, plan } = base;
  const lnd = { network: { ...network, versions: { ...network.versions, lnd: '0.20.0-beta' } } };
  refused(lnd, /lnd: lnd 0.21.3-beta is not 0.20.0-beta(.|\n)*--across lnd/);
  refused(
    { network: { ...network, images: { ...network.images, 'leyden/lnd:0.21.3-beta': 'sha256:other' } } },
    /lnd: image .* is on one side only/,
  );
  const another = compare({ ...base, host: { ...host, cpu: 'one' } }, { ...base, host: { ...host, cpu: 'another' } }, { across: ['host'] });
  t.regex(another.differences.map(({ text }) => text).join(), /processor one is not another/);
  refused({ host: { ...host, cores: 8 } }, /host: cores 2 is not 8(.|\n)*--across host/);
  refused({ scenario: 'other' }, /scenario: vpn-5hop is not other(.|\n)*--across scenario/);
  refused({ plan: { ...plan, workloads: [] } }, /scenario: its workloads are not the same/);
  refused({ network: { ...network, kind: 'simulated' } }, /docker network, head on the simulated one(.|\n)*sim validate/);
  t.deepEqual(
    compare(base, side(100, 2, lnd), { across: ['lnd'] }).differences.map(({ kind }) => kind),
    ['lnd'],
  );
});

test('thresholds, seeds, images under another name and the machine of a simulated run are no difference', (t) => {
  const base = side(100, 1);
  const { network, host, plan } = base;
  const renamed = { ...network, images: Object.fromEntries(Object.entries(network.images).map(([ref, id]) => [`copy/${ref}`, id])) };
  t.deepEqual(compare(base, side(100, 2, { seed: 9, network: renamed, plan: { ...plan, seed: 9, thresholds: [] } })).differences, []);
  const simulated = { ...network, kind: 'simulated' as const };
  t.deepEqual(
    compare(side(100, 1, { network: simulated }), side(100, 1, { network: simulated, host: { ...host, cores: 64 } })).differences,
    [],
  );
});

test('runs that did not reach their end do not count, and that is said', (t) => {
  const head = side(100, 2);
  const broken = head.runs!.map((run, index) => (index < 4 ? { ...run, ended: { error: 'WorkloadError', message: 'x' } } : run));
  const found = compare(side(100, 1), { ...head, runs: broken });
  t.is(found.head.runs, 6);
  t.is(found.metrics[0]!.head.values.length, 6);
  t.true(found.notes.includes('4 of 10 runs of head did not reach their end and are not counted.'));
});

test('a headline metric that head no longer has is a doubt, not a pass', (t) => {
  const head = side(100, 2);
  const found = compare(side(100, 1), { ...head, metrics: head.metrics.slice(1) });
  t.is(found.verdict, 'inconclusive');
});

test('lines, markdown and JUnit say the same', (t) => {
  const found = compare(side(100, 1), side(130, 2), { labels: { base: 'image:a', head: 'image:b' } });
  const lines = comparisonLines(found, 'out/compare.md').join('\n');
  t.regex(lines, /regression +Payment latency, p50 · 1 hop +100 ms +130 ms +\+\d\d\.\d % \(\+/);
  t.regex(lines, /Could find: the smallest change/);
  t.regex(lines, /Regression\. Comparison: out\/compare\.md$/);
  const markdown = comparisonMarkdown(found);
  t.regex(markdown, /^## ❌/);
  t.regex(markdown, /\| ❌ regression \| Payment latency, p50 · 1 hop \|/);
  t.regex(markdown, /image:a \(10 runs\) against image:b \(10 runs\)/);
  const junit = comparisonJUnit(found);
  t.regex(junit, /<testsuite name="leyden\.vpn-5hop\.compare" tests="2" failures="1" errors="0"/);
  t.regex(junit, /<failure message="regression: 100 ms became 130 ms/);
});

test('JUnit: a missed threshold is a failure, an early end an error, and names cannot break out', (t) => {
  const { report } = fixture();
  const [first, ...others] = report.thresholds;
  const xml = reportJUnit({
    ...report,
    ended: { error: 'WorkloadError', message: 'page ended early: <b>"x"</b>\u0007' },
    thresholds: [{ ...first!, passed: false }, ...others],
  });
  t.regex(xml, /tests="4" failures="1" errors="1"/);
  t.regex(xml, /&lt;b&gt;|&lt;b>/);
  t.false(xml.includes('<b>') || xml.includes('\u0007'));
});
