/** Thresholds that end a run: on a real simulated run, and their moment. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ScenarioError, WorkloadError } from '../../nodes/errors.ts';
import { EarlyAbort } from '../../sim/measure/early-abort.ts';
import { RunRecorder } from '../../sim/measure/recorder.ts';
import { SILENT } from '../../sim/progress.ts';
import { run } from '../../sim/run.ts';
import type { ThresholdPlan } from '../../sim/scenario/plan.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { world } from '../../sim/world.ts';
import { scratch, TINY } from '../commands/scratch.ts';

async function ran(t: ExecutionContext, condition: string) {
  const text = TINY.replace('count: 20', 'count: 200').replace('payment_latency_ms: count >= 20', `payment_latency_ms: ${condition}`);
  const out = join(await scratch(t), 'out');
  const options = {
    network: 'simulated',
    out,
    keep: false,
    command: 'sim run',
    progress: SILENT,
    signal: new AbortController().signal,
  } as const;
  return run(scenarioOf('tiny.yaml', text), options, world);
}

const count = ({ findings }: Awaited<ReturnType<typeof ran>>) =>
  findings.report.metrics.find(({ name }) => name === 'payment_latency_ms')?.summary?.count;

test('a run that asks to end when its threshold is missed ends there, with exit 99 and a report of what it measured', async (t) => {
  const ended = await ran(t, "{ is: 'p90 < 1 ms', abortEarly: true }");
  t.true(ended.error instanceof WorkloadError);
  t.is((ended.error as WorkloadError).exitCode, 99);
  t.regex(
    ended.error!.message,
    /^tiny\.yaml:8: payment_latency_ms: p90 < 1 ms \(measured [\d.]+\): missed, and the scenario asks to end there$/,
  );
  t.is(count(ended), 10, 'a p90 needs ten');
  t.is(ended.findings.report.ended?.error, 'WorkloadError');
});

test('one that does not ask goes on to its end, and one that holds is not ended', async (t) => {
  const missed = await ran(t, "'p90 < 1 ms'");
  t.is(count(missed), 200);
  t.is(missed.findings.report.ended, null);
  t.is((missed.error as WorkloadError).exitCode, 99);
  const held = await ran(t, "{ is: 'max < 1 h', abortEarly: true }");
  t.is(count(held), 200);
  t.is(held.error, null);
});

test('a largest sample ends a run at once, a percentile when there are enough for it', (t) => {
  const threshold = (stat: ThresholdPlan['stat']): ThresholdPlan => ({
    ...{ at: 'a:1', text: 't', metric: 'payment_latency_ms', tags: { hops: '1' }, stat, comparison: '<', bound: 5, abortEarly: true },
  });
  const abortedAfter = (stat: ThresholdPlan['stat'], hops: number) => {
    const early = new EarlyAbort([threshold(stat)]);
    const record = new RunRecorder(() => 0, false, { recorded: (...args) => early.recorded(...args) });
    for (let sample = 1; sample <= 200; sample++) {
      record.sample('payment_latency_ms', { hops }, sample < 3 ? 1 : 9);
      if (early.signal.aborted) return sample;
    }
    return null;
  };
  t.is(abortedAfter('max', 1), 3);
  t.is(abortedAfter('p90', 1), 10);
  t.is(abortedAfter('p99', 1), 100);
  t.is(abortedAfter('max', 2), null, 'other tags are not its business');
});

test('a count that still grows cannot end a run early: refused when read', (t) => {
  const text = TINY.replace('payment_latency_ms: count >= 20', "payment_latency_ms: { is: 'count >= 20', abortEarly: true }");
  t.throws(() => scenarioOf('a.yaml', text), {
    instanceOf: ScenarioError,
    message: /a\.yaml:8:\d+: thresholds.*abortEarly: a count that still grows/,
  });
});
