import test from 'ava';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
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

const path = { at, from: 'n0', to: 'n2', hops: 2 } as const;
const tunnel = {
  ...path,
  kind: 'tunnel',
  identity: 'anonymous',
  onionBytesMax: 32834,
  origin: { name: 'shop', port: 80 },
  streams: 4,
  pings: 3,
} as const;
const OVER_RELAYS: WorkloadPlan[] = [
  { kind: 'size-limit', at, from: 'n0', carriers: ['htlc-record', 'peer-message'], targets: targets.slice(0, 2), onions: [32834] },
  {
    ...path,
    kind: 'message',
    carriers: ['keysend', 'htlc-record', 'onion-message', 'peer-message'],
    inFlight: [8],
    onions: [32834],
    offeredBytesPerS: [],
    durationMs: 1_000,
  },
  { ...tunnel, carrier: 'keysend', bytes: 32_768, directions: ['down', 'up'] },
  { ...tunnel, carrier: 'htlc-record', bytes: 524_288, directions: ['down'] },
  { ...tunnel, carrier: 'onion-message', bytes: 655_360, directions: ['down'] },
  { ...tunnel, carrier: 'peer-message', bytes: 524_288, directions: ['down', 'up'] },
];

async function run(workloads: WorkloadPlan[], nodes = 6, relays = false) {
  const plan = linePlan(nodes, relays);
  await using network = await openSimulated(plan, { startRelay, serveOrigin });
  const scenario = { name: 'line', question: '?', seed: 1, timeLimitMs: 1e6, network: plan, workloads, thresholds: [] };
  return await runWorkloads(scenario, network, { signal: new AbortController().signal, progress: () => {} });
}

test('machines at both ends of an IP tunnel answer each other’s echoes over every carrier, and the books balance', async (t) => {
  const ip = {
    ...path,
    kind: 'ip-tunnel',
    onionBytesMax: 32834,
    subnet: '10.77.0.0/24',
    tcpMs: null,
    udp: null,
    downloadBytes: null,
  } as const;
  const workloads: WorkloadPlan[] = [
    { ...ip, carrier: 'peer-message', pings: 10 },
    { ...ip, carrier: 'onion-message', pings: 10 },
    { ...ip, carrier: 'keysend', pings: 3 },
  ];
  const ends = ['n0', 'n2'].map((near, index) => ({ near, address: `10.77.0.${index + 1}/24` }));
  const network = { ...linePlan(3, true), tunnelEnds: ends };
  await using open = await openSimulated(network, { startRelay, serveOrigin });
  const scenario = { name: 'line', question: '?', seed: 1, timeLimitMs: 1e6, network, workloads, thresholds: [] };
  const { report, error } = await runWorkloads(scenario, open, { signal: new AbortController().signal, progress: () => {} });
  t.is(error, null);
  const mtus = named(report.metrics, 'ip_mtu_bytes').map(({ tags, value }) => [tags.carrier, value]);
  t.deepEqual(mtus.slice(0, 2), [
    ['peer-message', 1_500],
    ['onion-message', 1_500],
  ]);
  t.true((mtus[2]![1] as number) > 1_000, 'keysend takes less than Ethernet');
  t.deepEqual(
    named(report.metrics, 'ip_rtt_ms').map(({ summary }) => summary?.count),
    [10, 10, 3],
  );
  t.true(named(report.metrics, 'ip_loss_ratio').every(({ value }) => value === 0));
  t.is(named(report.metrics, 'accounting_error_msat')[0]!.value, 0);
});

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

test('the cliff of wire records is where LND 0.21.3 has it, and costs the channel', async (t) => {
  const { report, error } = await run([{ kind: 'record-cliff', at, from: 'n0', to: 'n1' }], 2);
  t.is(error, null);
  t.is(named(report.metrics, 'payload_limit_bytes')[0]?.value, 64_075);
  t.is(named(report.metrics, 'channels_wedged')[0]?.value, 1);
  t.deepEqual(named(report.metrics, 'accounting_error_msat'), []);
  t.regex(report.warnings.join(), /64076 B in one record wedged the channel/);
});

test('the same seed measures the same, to the last sample', async (t) => {
  const [once, again] = [await run(WITHOUT_RELAYS), await run(WITHOUT_RELAYS)];
  t.is(once.error, null);
  t.true(once.samples.length >= 100);
  t.deepEqual(once, again);
});

test('over relays every carrier moves bytes raw and through a tunnel, to the msat', async (t) => {
  const { report, error } = await run(OVER_RELAYS, 3, true);
  t.is(error, null);
  const tagsOf = (name: string) =>
    named(report.metrics, name).map(({ tags }) => `${tags.carrier} ${tags.direction ?? tags.in_flight ?? ''}`.trim());
  t.deepEqual(tagsOf('tunnel_goodput_bytes_per_s'), [
    'keysend down',
    'keysend up',
    'htlc-record down',
    'onion-message down',
    'peer-message down',
    'peer-message up',
  ]);
  t.deepEqual(tagsOf('tunnel_efficiency'), tagsOf('tunnel_goodput_bytes_per_s'));
  t.true(named(report.metrics, 'tunnel_goodput_bytes_per_s').every(({ value }) => value! > 1_000));
  const onion = named(report.metrics, 'tunnel_goodput_bytes_per_s').find(({ tags }) => tags.carrier === 'onion-message');
  t.true(onion!.value! < 64_000, 'the limiter lets no more through once its burst is over');
  const [keysend, peer] = ['keysend', 'peer-message'].map((carrier) =>
    named(report.metrics, 'cost_msat_per_mib').filter(({ tags }) => tags.carrier === carrier),
  );
  // Each unit pays at least 1,000 msat to the one node between, by forwarding or by passing on, and carries at most 1,207 B.
  t.true(keysend!.every(({ value }) => value! > (2 ** 20 / 1_207) * 1_000));
  t.deepEqual(
    peer!.map(({ value }) => value),
    [0, 0],
  );
  t.deepEqual(
    named(report.metrics, 'payload_limit_bytes')
      .filter(({ tags }) => tags.carrier === 'htlc-record')
      .map(({ tags, value }) => [tags.by, tags.hops, value]),
    [
      ['limit', 1, 59_943],
      ['limit', 2, 59_943],
    ],
  );
  const limit = named(report.metrics, 'payload_limit_bytes').find(({ tags }) => tags.by === 'limit' && tags.carrier === 'peer-message');
  t.true(limit!.value! > 65_000 && limit!.value! < 65_533, `${limit?.value}`);
  t.is(named(report.metrics, 'accounting_error_msat')[0]?.value, 0);
  t.true(report.channels.every(({ htlcs }) => htlcs > 0));
});
