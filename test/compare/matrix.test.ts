/** Matrix, repeats and the report over all of them, on the simulated network. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { InterruptedError, ScenarioError, WorkloadError } from '../../nodes/errors.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import { compare } from '../../sim/compare/compare.ts';
import { readReport } from '../../sim/measure/read-report.ts';
import type { Report } from '../../sim/measure/report.ts';
import { perform } from '../../sim/perform.ts';
import { plannedGroups } from '../../sim/planned-runs.ts';
import { SILENT } from '../../sim/progress.ts';
import { type FinishedGroup, type GroupOptions, runGroup } from '../../sim/run-group.ts';
import { type Override, scenarioOf } from '../../sim/scenario/read.ts';
import { world } from '../../sim/world.ts';
import { scratch, TINY } from '../commands/scratch.ts';

/** Over two channels, since a payer that pays again at once signs in the round before, without the ticker: only the next node waits for it. */
const TWO_HOPS = TINY.replace('nodes: 2', 'nodes: 3').replace('hops: [1]', 'hops: [2]');

const MATRIX = `${TWO_HOPS}matrix:
  nodes.commitInterval: [10 ms, 50 ms, 200 ms]
headline: [payment_latency_ms]
`;

async function ran(
  t: ExecutionContext,
  text: string,
  { out, repeat = 1, overrides = [], ...changes }: { out?: string; repeat?: number; overrides?: Override[] } & Partial<GroupOptions> = {},
): Promise<FinishedGroup & { readonly performed: string[] }> {
  const folder = out ?? join(await scratch(t), 'out');
  const [group] = plannedGroups([scenarioOf('tiny.yaml', text, overrides)], { out: folder, repeat, now: new Date(0) });
  const performed: string[] = [];
  const options: GroupOptions = {
    ...{ network: 'simulated', keep: false, command: 'npx sim run', progress: SILENT, signal: new AbortController().signal, resume: false },
    perform: (runs, given) => {
      performed.push(...runs.map((run) => run.title));
      return perform(runs, given, () => {});
    },
    ...changes,
  };
  return { ...(await runGroup(group!, options, world)), performed };
}

const figures = (report: Report, name: string) =>
  report.metrics.filter((metric) => metric.name === name).map(({ tags, runs }) => [tags['nodes.commitInterval'], runs?.length]);

test('every combination of a matrix is a run, and its axes are tags of one report over all', async (t) => {
  const { findings, folder } = await ran(t, MATRIX, { repeat: 2 });
  const { report } = findings;
  t.deepEqual(figures(report, 'payment_latency_ms'), [
    ['10 ms', 2],
    ['50 ms', 2],
    ['200 ms', 2],
  ]);
  const [fast, , slow] = report.metrics.filter(({ name }) => name === 'payment_latency_ms');
  t.true(fast!.value! + 100 < slow!.value!, 'an interval of 200 ms is felt');
  t.is(fast!.stat, 'p50');
  t.deepEqual(report.runs?.map(({ cell, repeat, seed, path }) => [cell['nodes.commitInterval'], repeat, seed, path]).slice(0, 3), [
    ['10 ms', 1, 1, '1-nodes.commitInterval-10-ms/1'],
    ['10 ms', 2, 2, '1-nodes.commitInterval-10-ms/2'],
    ['50 ms', 1, 1, '2-nodes.commitInterval-50-ms/1'],
  ]);
  t.deepEqual(report.matrix, [{ axis: 'nodes.commitInterval', values: ['10 ms', '50 ms', '200 ms'] }]);
  t.deepEqual(
    report.thresholds.map(({ passed }) => passed),
    [true, true],
  );
  t.deepEqual(await readReport(folder), JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
  t.true((await stat(join(folder, 'report.html'))).isFile());
  t.is((await readReport(join(folder, report.runs![4]!.path))).plan.network.nodes[0]!.commitIntervalMs, 200);
});

test('a report over runs is compared as a whole: to itself no change, to another interval a difference', async (t) => {
  const base = await ran(t, `${TWO_HOPS}headline: [payment_latency_ms]\n`, { repeat: 3 });
  t.is(compare(base.findings.report, base.findings.report).verdict, 'no change');
  const overrides = [{ setting: 'nodes={commitInterval: 200 ms}', label: '--set' }];
  const head = await ran(t, `${TWO_HOPS}headline: [payment_latency_ms]\n`, { repeat: 3, overrides });
  t.throws(() => compare(base.findings.report, head.findings.report), { instanceOf: ScenarioError, message: /scenario: its nodes/ });
  const found = compare(base.findings.report, head.findings.report, { across: ['scenario'] });
  // In virtual time every figure is exact: three seeds are enough.
  t.is(found.verdict, 'regression');
  t.regex(found.metrics[0]!.reason, /3 of 3 seeds differ/);
});

test('the same matrix twice gives the same report, but for the machine', async (t) => {
  const [one, other] = [await ran(t, MATRIX), await ran(t, MATRIX)];
  const { host: _one, ...left } = one.findings.report;
  const { host: _other, ...right } = other.findings.report;
  t.deepEqual(left, right);
});

test('on two threads the runs measure what they measure on one', async (t) => {
  const on = (threads: number) =>
    ran(t, MATRIX, { repeat: 2, perform: (runs, given) => perform(runs, given, (error) => t.log(error), threads) });
  const [one, two] = [await on(1), await on(2)];
  const { host: _one, ...left } = one.findings.report;
  const { host: _two, ...right } = two.findings.report;
  t.deepEqual(left, right);
  t.is(right.runs?.length, 6);
});

test('on two threads as on one things cost what the profile says, and a comparison with other costs is refused', async (t) => {
  const profile = { ...DEFAULT_PROFILE, name: 'far', costs: { ...DEFAULT_PROFILE.costs, wireUs: 100_000 } };
  const on = (threads: number) =>
    ran(t, TWO_HOPS, { repeat: 2, profile, perform: (runs, given) => perform(runs, given, (error) => t.log(error), threads) });
  const [one, two] = [await on(1), await on(2)];
  const { host: _one, ...left } = one.findings.report;
  const { host: _two, ...right } = two.findings.report;
  t.deepEqual(left, right);
  const usual = await ran(t, TWO_HOPS, { repeat: 2 });
  const latencyMs = (report: Report) => report.metrics.find(({ name }) => name === 'payment_latency_ms')!.value!;
  // Over two hops at least four messages follow one another: there and back.
  t.true(latencyMs(two.findings.report) > latencyMs(usual.findings.report) + 300);
  t.throws(() => compare(usual.findings.report, two.findings.report), {
    instanceOf: ScenarioError,
    message: /lnd: profile none is not far [0-9a-f]{8}$/,
  });
  t.is(compare(usual.findings.report, two.findings.report, { across: ['lnd'] }).verdict, 'regression');
});

test('what a run on a thread ends with keeps its name and its exit code', async (t) => {
  const text = MATRIX.replace('payment_latency_ms: count >= 20', 'payment_latency_ms: p50 < 250 ms');
  const { errors } = await ran(t, text, { perform: (runs, given) => perform(runs, given, () => {}, 2) });
  t.is(errors.length, 1, 'only an interval of 200 ms is so slow');
  t.true(errors[0] instanceof WorkloadError);
  t.is((errors[0] as WorkloadError).exitCode, 99);
});

test('after an interruption only what is missing is run, and the report is as if nothing had happened', async (t) => {
  const out = join(await scratch(t), 'out');
  const controller = new AbortController();
  const stopped = await ran(t, MATRIX, {
    out,
    signal: controller.signal,
    async *perform(runs, given) {
      for await (const outcome of perform(runs, given, () => {}, 1)) {
        if (outcome.run.cell['nodes.commitInterval'] === '50 ms') controller.abort(new InterruptedError('interrupted by SIGINT'));
        yield outcome;
      }
    },
  });
  t.true(stopped.errors.some((error) => error instanceof InterruptedError));
  t.regex(stopped.findings.report.ended!.message, /1 of 3 runs are missing: interrupted/);
  const resumed = await ran(t, MATRIX, { out, resume: true });
  t.deepEqual(resumed.performed, ['tiny, nodes.commitInterval 200 ms, 3 of 3']);
  const { host: _resumed, ...found } = resumed.findings.report;
  const { host: _whole, ...whole } = (await ran(t, MATRIX)).findings.report;
  t.deepEqual(found, whole);
});

test('a folder of interrupted runs without a report is gone on with, never overwritten unasked', async (t) => {
  const { folder } = await ran(t, MATRIX);
  await rm(join(folder, 'report.json'));
  await t.throwsAsync(ran(t, MATRIX, { out: folder }), { instanceOf: ScenarioError, message: /is not empty/ });
  t.deepEqual((await ran(t, MATRIX, { out: folder, resume: true })).performed, []);
});

test('runs of a network too large to be listed in their reports are known again, and those of another of its size are not', async (t) => {
  const text = `name: large
question: Is it known again?
topology: { random: { nodes: 300, channels: 1001 } }
workloads: [{ kind: traffic, duration: 1 s, rate: 20 }]
`;
  const { folder, performed, errors } = await ran(t, text, { repeat: 2 });
  t.deepEqual(errors, []);
  t.is(performed.length, 2);
  t.deepEqual((await ran(t, text, { out: folder, repeat: 2, resume: true })).performed, []);
  const other = text.replace('channels: 1001', 'channels: 1001, capacity: 9M sat');
  await t.throwsAsync(ran(t, other, { out: folder, repeat: 2, resume: true }), {
    instanceOf: ScenarioError,
    message: /holds a run of another scenario/,
  });
});

test('runs of a scenario that was changed since are not mixed in', async (t) => {
  const { folder } = await ran(t, MATRIX);
  const error = await t.throwsAsync(ran(t, MATRIX.replace('count: 20', 'count: 21'), { out: folder, resume: true }), {
    instanceOf: ScenarioError,
  });
  t.regex(error!.message, /holds a run of another scenario, or of this one before it was changed/);
});

test('thresholds and headline may name an axis: then they are about those cells', async (t) => {
  const text = MATRIX.replace('accounting_error_msat: value == 0', 'payment_latency_ms{nodes.commitInterval=10 ms}: p50 < 200 ms').replace(
    'headline: [payment_latency_ms]',
    'headline: ["payment_latency_ms{nodes.commitInterval=200 ms}"]',
  );
  const { findings } = await ran(t, text);
  t.true(findings.report.thresholds.every(({ passed }) => passed));
  t.deepEqual(
    findings.report.metrics.filter(({ headline }) => headline).map(({ tags }) => tags['nodes.commitInterval']),
    ['200 ms'],
  );
});

test('mistakes in a matrix or a headline are told at their place', (t) => {
  const mistakes = (text: string) => t.throws(() => scenarioOf('a.yaml', text), { instanceOf: ScenarioError })!.message.split('\n');
  t.deepEqual(mistakes(`${TINY}matrix: { nodes.commitInterval: [10 ms, 10 bananas] }\n`), [
    "a.yaml:9:41: nodes.commitInterval: expected a duration such as 50 ms, 10 s or 2 min, found '10 bananas': unknown unit 'bananas'; known: us, µs, ms, s, min, h",
  ]);
  t.deepEqual(mistakes(`${TINY}matrix: { seed: [1, 2], nodes.commitInterval: [1 ms, 1 ms] }\n`), [
    'a.yaml:9:11: matrix.seed: seed is the same for all runs of a file',
    'a.yaml:9:54: matrix."nodes.commitInterval"[1]: 1 ms stands on this axis already',
  ]);
  t.regex(
    mistakes(`${TINY}headline: [payment_latency]\n`)[0]!,
    /a.yaml:9:12: headline\[0\]: no metric is called 'payment_latency'; did you mean payment_latency_ms\?/,
  );
  t.regex(mistakes(`${TINY}headline: [{ metric: payment_latency_ms, stat: p99 }]\n`)[0]!, /p99 needs 100 samples, and this file takes 20/);
  t.regex(mistakes(`${TINY}headline: [{ metric: payment_latency_ms, stat: p99.9 }]\n`)[0]!, /p99.9 needs 10000 samples/);
  t.regex(mistakes(`${TINY}headline: [page_load_ms]\n`)[0]!, /no workload of this file yields page_load_ms/);
  t.regex(mistakes(`${TINY}headline: [htlcs]\n`)[0]!, /neither better high nor low/);
  const many = `${TINY}matrix: { nodes.commitInterval: [1 ms, 2 ms, 3 ms, 4 ms, 5 ms, 6 ms, 7 ms, 8 ms, 9 ms] }\nheadline: [payment_latency_ms]\n`;
  t.regex(mistakes(many)[0]!, /headline: is about 9 metrics: expected at most 8/);
});
