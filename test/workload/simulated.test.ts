import test from 'ava';
import { openSimulated } from '../../nodes/simulated/index.ts';
import type { Metric } from '../../sim/measure/report.ts';
import type { WorkloadPlan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import { linePlan } from './line-plan.ts';

const at = 'line.yaml:1';
const targets = [1, 2, 3, 4, 5].map((hops) => ({ hops, to: `n${hops}` }));
const WITHOUT_RELAYS: WorkloadPlan[] = [
  { kind: 'size-limit', at, from: 'n0', carriers: ['keysend', 'onion-message'], targets, onions: [32834, 65498] },
  { kind: 'size-limit', at, from: 'n0', carriers: ['peer-message'], targets: targets.slice(0, 1), onions: [32834] },
  { kind: 'payment', at, from: 'n0', targets, count: 20, amountMsat: 1_000 },
];

async function run(workloads: WorkloadPlan[]) {
  const plan = linePlan(6, false);
  await using network = await openSimulated(plan, { startRelay: () => Promise.reject(new Error('no relay in this plan')) });
  const scenario = { name: 'line', question: '?', seed: 1, timeLimitMs: 1e6, network: plan, workloads, thresholds: [] };
  return await runWorkloads(scenario, network, { signal: new AbortController().signal, progress: () => {} });
}

const named = (metrics: readonly Metric[], name: string) => metrics.filter((metric) => metric.name === name);

test('on the simulated line every limit is the one LND 0.21.3 has', async (t) => {
  const { report, error } = await run(WITHOUT_RELAYS);
  t.is(error, null);
  const limits = named(report.metrics, 'payload_limit_bytes').map(({ tags, value }) => [
    tags.carrier,
    tags.onion ?? tags.by,
    tags.hops,
    value,
  ]);
  t.deepEqual(limits, [
    ...[1207, 1156, 1105, 1054, 1003].map((bytes, index) => ['keysend', 'lnd', index + 1, bytes]),
    ...[32_673, 32_552, 32_431, 32_310, 32_189].map((bytes, index) => ['onion-message', 32834, index + 1, bytes]),
    ...[65_337, 65_216, 65_095, 64_974, 64_853].map((bytes, index) => ['onion-message', 65498, index + 1, bytes]),
    ['peer-message', 'lnd', 1, 65_533],
  ]);
  t.deepEqual(
    named(report.metrics, 'payment_latency_ms').map(({ summary }) => summary?.count),
    [20, 20, 20, 20, 20],
  );
  t.is(named(report.metrics, 'accounting_error_msat')[0]?.value, 0);
  t.true(report.metrics.every((metric) => metric.class === 'exact'));
});

test('the same seed measures the same, to the last sample', async (t) => {
  const [once, again] = [await run(WITHOUT_RELAYS), await run(WITHOUT_RELAYS)];
  t.is(once.error, null);
  t.true(once.samples.length >= 100);
  t.deepEqual(once, again);
});
