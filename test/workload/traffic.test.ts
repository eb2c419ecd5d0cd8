import test from 'ava';
import { WorkloadError } from '../../nodes/errors.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { whyNotDocker } from '../../sim/refuse.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import type { SpeedCounts } from '../../sim/workload/workload.ts';

const SCENARIO = `name: traffic
question: Does it flow?
topology: { scale-free: { nodes: 60, channels: 150, capacity: { median: 1M sat, mean: 3M sat }, balance: uniform, rates: { median: 100, mean: 500 } } }
workloads:
  - { kind: traffic, duration: 10 s, rate: 30, amount: 10k sat }
thresholds:
  traffic_settled_ratio: value > 0.5
  traffic_latency_ms: p50 < 10 s
  traffic_payments{outcome=settled}: value > 100
  accounting_error_msat: value == 0
`;

async function run(text = SCENARIO) {
  const { plan } = scenarioOf('traffic.yaml', text);
  await using network = await openSimulated(plan.network, { startRelay: () => Promise.reject(new Error('the plan has no relays')) });
  const counted: SpeedCounts[] = [];
  const stopwatch = { start: () => (counts: SpeedCounts) => void counted.push(counts) };
  const found = await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {}, stopwatch });
  return { ...found, counted };
}

test('traffic is measured by the network’s clock and accounted to the msat, alike every time; its speed is told apart', async (t) => {
  const { report, error, samples, counted } = await run();
  t.is(error, null);
  const value = (name: string, outcome?: string) =>
    report.metrics.find((metric) => metric.name === name && (outcome === undefined || Object.values(metric.tags).includes(outcome)))!;
  const settled = value('traffic_payments', 'settled').value!;
  const failed = value('traffic_payments', 'failed').value!;
  t.is(value('traffic_settled_ratio').value, settled / (settled + failed));
  t.is(value('traffic_latency_ms').summary!.count, settled);
  t.is(value('htlcs', 'settled').value, settled);
  t.true(value('fees_paid_msat').value! > 0);
  t.is(value('accounting_error_msat').value, 0);
  t.true(report.accounting.some(({ earnedMsat }) => earnedMsat > 0));
  t.true(report.channels.some(({ htlcs }) => htlcs > 0));
  t.is(counted.length, 1);
  t.is(counted[0]!.payments, settled + failed);
  t.true(counted[0]!.events > settled && counted[0]!.searches >= settled + failed && counted[0]!.simulatedMs >= 10_000);
  const again = await run();
  t.deepEqual(again.report, report);
  t.deepEqual(again.samples, samples);
});

test('traffic that cannot be is an error that says what to change', async (t) => {
  const { error } = await run(SCENARIO.replace('10k sat', '50M sat'));
  t.true(error instanceof WorkloadError);
  t.regex(error!.message, /nobody sent anything/u);
  t.regex((error as WorkloadError).hint!, /lower amount/u);
});

test('docker refuses traffic by name, and what is too large for it', (t) => {
  t.regex(whyNotDocker(scenarioOf('traffic.yaml', SCENARIO))!, /traffic\.yaml:5: traffic: LND has no machinery for it/u);
  const large = `name: large\nquestion: Large?\ntopology: { random: { nodes: 300, channels: 400 } }\nworkloads: [{ kind: payment, from: n0, hops: [1], count: 1 }]\n`;
  t.is(whyNotDocker(scenarioOf('large.yaml', large)), '300 nodes: the docker network takes at most 200');
  t.is(whyNotDocker(scenarioOf('small.yaml', large.replace('nodes: 300, channels: 400', 'nodes: 30, channels: 40'))), null);
});
