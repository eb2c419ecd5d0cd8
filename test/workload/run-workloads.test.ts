import test from 'ava';
import { InterruptedError, ProcessEndedError, TimeLimitError } from '../../nodes/errors.ts';
import { ONION_LIMITER_DEFAULT } from '../../nodes/plan.ts';
import type { Plan, WorkloadPlan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import { type Behaviour, type FakeNetwork, fakeNetwork } from './fake-network.ts';

const at = 'fake.yaml:1';
const targets = [
  { hops: 1, to: 'n1' },
  { hops: 2, to: 'n2' },
];

const sizes: WorkloadPlan = { kind: 'size-limit', at, from: 'n0', carriers: ['keysend'], targets, onions: [32834] };
const payments: WorkloadPlan = { kind: 'payment', at, from: 'n0', targets, count: 20, amountMsat: 1_000 };
const messages: WorkloadPlan = {
  kind: 'message',
  at,
  from: 'n0',
  to: 'n2',
  hops: 2,
  carriers: ['peer-message'],
  inFlight: [1, 4],
  onions: [32834],
  offeredBytesPerS: [],
  durationMs: 5_000,
};
const tunnel: WorkloadPlan = {
  kind: 'tunnel',
  identity: 'anonymous',
  at,
  from: 'n0',
  to: 'n2',
  hops: 2,
  carrier: 'peer-message',
  onionBytesMax: 32834,
  origin: { name: 'shop', port: 80 },
  bytes: 500_000,
  streams: 4,
  directions: ['down', 'up'],
  pings: 10,
};

async function run(workloads: WorkloadPlan[], behaviour: Partial<Behaviour> = {}, thresholds: Plan['thresholds'] = []) {
  const network: FakeNetwork = fakeNetwork(behaviour);
  const plan = { name: 'fake', question: '?', seed: 1, timeLimitMs: 1e6, network: network.plan, workloads, thresholds } satisfies Plan;
  const found = await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {} });
  const value = (name: string, tags: Record<string, unknown> = {}) =>
    found.report.metrics
      .filter((metric) => metric.name === name && Object.entries(tags).every(([key, wanted]) => metric.tags[key] === wanted))
      .map((metric) => metric.value ?? metric.summary);
  return { ...found, network, value };
}

test('a keysend’s limit is the size that settled after one byte more had not', async (t) => {
  const { value, network, error } = await run([sizes]);
  t.is(error, null);
  t.deepEqual(value('payload_limit_bytes'), [1_156, 1_156]);
  t.deepEqual(network.seen.slice(0, 2), ['pay 1157', 'pay 1156']);
});

test('a limit that is not where the formula has it is found all the same', async (t) => {
  for (const keysendBytesMax of [3, 900, 1_160])
    t.deepEqual((await run([sizes], { keysendBytesMax })).value('payload_limit_bytes')[0], keysendBytesMax);
});

test('a probe that settled is accounted for, one that was refused moved nothing', async (t) => {
  const { value, report } = await run([sizes]);
  t.deepEqual(value('htlcs', { outcome: 'settled' }), [2]);
  t.deepEqual(value('htlcs', { outcome: 'failed' }), [0]);
  t.deepEqual(value('fees_paid_msat'), [1_000]);
  t.deepEqual(value('accounting_error_msat'), [0]);
  t.deepEqual(
    report.accounting.map(({ node, lndDeltaMsat, earnedMsat }) => [node, lndDeltaMsat, earnedMsat]),
    [
      ['n0', -3_000, 0],
      ['n1', 2_000, 1_000],
      ['n2', 1_000, 0],
    ],
  );
});

test('millisatoshi that no payment explains are told', async (t) => {
  const { value, report } = await run([payments], { leakMsat: 7 });
  t.deepEqual(value('accounting_error_msat'), [7]);
  t.is(report.accounting[0]!.errorMsat, -7);
});

test('a lost onion message is sent once more before its size counts as too large', async (t) => {
  const onions: WorkloadPlan = { ...sizes, carriers: ['onion-message'] };
  const { value } = await run([onions], { losesOnion: (n) => n === 1 || n === 3 });
  t.deepEqual(value('payload_limit_bytes', { hops: 2 }), [32_552]);
});

test('no limiter eats a probe', async (t) => {
  const onions: WorkloadPlan = { ...sizes, carriers: ['onion-message'], targets: Array.from({ length: 10 }, () => targets[1]!) };
  const { network, value } = await run([onions], { limiter: { ...ONION_LIMITER_DEFAULT, peerBurstBytes: 32_834 } });
  t.deepEqual(value('payload_limit_bytes'), [32_552]);
  t.is(network.seen.filter((line) => line === 'onion 32552').length, 10, 'each went through at the first try');
});

test('a peer that is dropped over its size is connected again before anything else', async (t) => {
  const direct: WorkloadPlan = { ...sizes, carriers: ['peer-message'], targets: [targets[0]!] };
  const { value, network, error } = await run([direct, payments]);
  t.is(error, null);
  t.deepEqual(value('payload_limit_bytes', { by: 'lnd' }), [65_533]);
  t.is(network.seen[0], 'peer 65534');
  t.is(network.seen.indexOf('connect') < network.seen.indexOf('peer 65533'), true);
});

test('over relays the limit is theirs, and tagged so', async (t) => {
  const relayed: WorkloadPlan = { ...sizes, carriers: ['peer-message'], targets: [targets[1]!] };
  const { value } = await run([relayed], { unitBytesMax: 65_500 });
  t.deepEqual(value('payload_limit_bytes', { by: 'limit', hops: 2 }), [65_500]);
});

test('payments are timed one by one, the first of each path left out', async (t) => {
  const { value, samples } = await run([payments]);
  t.deepEqual(value('payment_latency_ms'), [
    { count: 20, min: 100, p50: 100, p90: 100, p95: 100, p99: null, 'p99.9': null, max: 100, mean: 100 },
    { count: 20, min: 200, p50: 200, p90: 200, p95: 200, p99: null, 'p99.9': null, max: 200, mean: 200 },
  ]);
  t.is(samples.length, 40);
  t.deepEqual(value('htlcs', { outcome: 'settled' }), [42]);
});

test('with units in flight the rate is the window’s until the carrier is full, then the carrier’s', async (t) => {
  // 20 ms a unit: 50/s with one in flight; 200/s with four, but only 100/s go through.
  const { value } = await run([messages]);
  const [one, four] = value('message_goodput_bytes_per_s') as number[];
  t.true(Math.abs(one! / (50 * 60_000) - 1) < 0.01, `${one}`);
  t.true(Math.abs(four! / (100 * 60_000) - 1) < 0.01, `${four}`);
  t.deepEqual(value('message_loss_ratio'), [0, 0]);
});

test('onion messages are measured after the limiter’s burst, at what it admits', async (t) => {
  const offered: WorkloadPlan = { ...messages, carriers: ['onion-message'], durationMs: 20_000 };
  const { value } = await run([offered], { limiter: ONION_LIMITER_DEFAULT, unitBytesMax: 32_000, unitsPerS: 1e6 });
  const rates = value('message_goodput_bytes_per_s') as number[];
  const admitted = (64_000 * 32_000) / 32_834;
  t.is(rates.length, 3);
  t.true(Math.max(...rates) <= admitted * 1.001, `${rates} are not above ${admitted}`);
  t.true(Math.max(...rates) >= admitted * 0.97, `${rates} reach ${admitted}`);
  t.deepEqual(value('message_loss_ratio'), [0, 0, 0]);
});

test('a rate above the limiter’s loses what the limiter drops', async (t) => {
  const offered: WorkloadPlan = { ...messages, carriers: ['onion-message'], durationMs: 20_000, offeredBytesPerS: [80_000] };
  const { value } = await run([offered], { limiter: ONION_LIMITER_DEFAULT, unitBytesMax: 32_000, unitsPerS: 1e6 });
  const [loss] = value('message_loss_ratio') as number[];
  t.true(loss! > 0.1 && loss! < 0.25, `${loss} of a quarter more than is admitted`);
});

test('without a limiter the offered rate climbs until more than one in a hundred is lost', async (t) => {
  const offered: WorkloadPlan = { ...messages, carriers: ['onion-message'] };
  const { value } = await run([offered], { unitBytesMax: 32_000, unitsPerS: 30 });
  const losses = value('message_loss_ratio') as number[];
  t.true(losses.at(-1)! > 0.01);
  t.true(losses.slice(0, -1).every((loss) => loss === 0));
  const best = Math.max(...(value('message_goodput_bytes_per_s') as number[]));
  t.true(best >= 30 * 32_000 * 0.7, `${best}`);
});

test('a tunnel’s bytes arrive both ways, are checked, and its round trips are told', async (t) => {
  const { value, error, report } = await run([messages, tunnel]);
  t.is(error, null);
  t.is(value('tunnel_goodput_bytes_per_s', { direction: 'down' }).length, 1);
  t.is(value('tunnel_goodput_bytes_per_s', { direction: 'up' }).length, 1);
  t.is(value('tunnel_efficiency').length, 2);
  t.like(value('tunnel_rtt_ms')[0], { count: 10, p50: 40 });
  t.deepEqual(value('cost_msat_per_mib'), [0, 0]);
  t.is(report.ended, null);
});

test('one changed byte ends the run with a report of what was measured until then', async (t) => {
  let chunks = 0;
  const tamper = (chunk: Buffer) => {
    if (++chunks === 7) chunk[chunk.length - 1]! ^= 1;
    return chunk;
  };
  const { error, report, value } = await run([payments, tunnel, sizes], { tamper });
  t.is(error?.name, 'WorkloadError');
  t.is((error as { exitCode?: number }).exitCode, 99);
  t.regex(error!.message, /^fake\.yaml:1: tunnel ended early: .*not those that shop sent/);
  t.is(report.ended?.error, 'WorkloadError');
  t.is(value('payment_latency_ms').length, 2);
  t.deepEqual(value('payload_limit_bytes'), [], 'what follows is not run');
  t.deepEqual(value('accounting_error_msat'), [0], 'what was paid is still compared');
});

test('thresholds that fail are the error of a run that went through', async (t) => {
  const threshold = { at: 'fake.yaml:9', metric: 'payment_latency_ms', tags: { hops: '2' }, stat: 'p50', comparison: '<' } as const;
  const { error, report } = await run([payments], {}, [
    { ...threshold, text: 'payment_latency_ms{hops=2}: p50 < 150 ms', bound: 150 },
    { ...threshold, text: 'payment_latency_ms{hops=2}: p50 < 250 ms', bound: 250 },
  ]);
  t.is(report.ended, null);
  t.deepEqual(
    report.thresholds.map(({ passed, measured }) => [passed, measured]),
    [
      [false, 200],
      [true, 200],
    ],
  );
  t.regex(error!.message, /1 of 2 thresholds failed:\nfake\.yaml:9: .*< 150 ms \(measured 200\)/);
});

test('a run that is interrupted keeps what it measured, and the reason', async (t) => {
  const network = fakeNetwork();
  const plan = {
    name: 'f',
    question: '?',
    seed: 1,
    timeLimitMs: 1e6,
    network: network.plan,
    workloads: [payments],
    thresholds: [],
  } satisfies Plan;
  const stop = new AbortController();
  const reason = new Error('enough');
  let lines = 0;
  const progress = () => void (++lines === 10 && stop.abort(reason));
  const { error, report } = await runWorkloads(plan, network, { signal: stop.signal, progress });
  t.is(error, reason);
  t.is(report.ended?.message, 'enough');
  t.regex(report.warnings.join(), /Balances were not compared/);
});

test('a soak that is interrupted tells what its rounds showed', async (t) => {
  const network = fakeNetwork();
  const bytes = { keysend: 1, 'htlc-record': 1, 'onion-message': 1, 'peer-message': 50_000 };
  const soak: WorkloadPlan = {
    ...{ kind: 'soak', at, from: 'n0', to: 'n2', hops: 2, carriers: ['peer-message'], bytes },
    ...{ origin: { name: 'shop', port: 80 }, durationMs: 3_600_000 },
  };
  const plan = {
    name: 'f',
    question: '?',
    seed: 1,
    timeLimitMs: 1e7,
    network: network.plan,
    workloads: [soak],
    thresholds: [],
  } satisfies Plan;
  const stop = new AbortController();
  const progress = (line: string) => void (/round 10,/.test(line) && stop.abort(new Error('enough')));
  const { report } = await runWorkloads(plan, network, { signal: stop.signal, progress });
  const of = (name: string) => report.metrics.find((metric) => metric.name === name)?.value;
  t.is(of('soak_transfers'), 9);
  t.true(of('goodput_drift_ratio')! > 0.9);
});

test('a tunnel through which nothing moves any more is ended by its deadline', async (t) => {
  const { error } = await run([tunnel], { latencyMs: 1e9 });
  t.regex(error!.message, /tunnel ended early: .*(nothing moved for 150 s|waited 60 s)/);
});

test('a run in which a process ended by itself ends with that, and links are told all the same', async (t) => {
  const found = { ends: ['n0', 'n1'], connections: 1, bytes: [1, 2], error: null, dialledPast: ['n0 dialled n1 at 172.20.0.3'] } as const;
  const network = {
    ...fakeNetwork({}),
    endedAlone: async () => [new ProcessEndedError('n1 ended by itself (exit code 137)\nits last log:\nkilled', { hint: 'raise it' })],
    linkFindings: async () => [found],
  };
  const plan = { name: 'fake', question: '?', seed: 1, timeLimitMs: 1e6, network: network.plan, workloads: [payments], thresholds: [] };
  const { error, report } = await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {} });
  t.is(error?.name, 'ProcessEndedError');
  t.is((error as ProcessEndedError).hint, 'raise it');
  t.is(report.ended?.error, 'ProcessEndedError');
  t.true(report.warnings.includes('n1 ended by itself (exit code 137).'));
  t.true(report.warnings.some((warning) => warning.includes('n0 dialled n1 at 172.20.0.3')));
  t.is(report.metrics.find(({ name }) => name === 'link_connections')?.value, 1);
});

test('what makes a run late is told at its time limit, too, and not when somebody interrupted it', async (t) => {
  const network = { ...fakeNetwork({}), endedAlone: async () => [new ProcessEndedError('n1 ended by itself')] };
  const plan = { name: 'fake', question: '?', seed: 1, timeLimitMs: 1e6, network: network.plan, workloads: [payments], thresholds: [] };
  const ended = async (reason: Error) =>
    (await runWorkloads(plan, network, { signal: AbortSignal.abort(reason), progress: () => {} })).error?.name;
  t.is(await ended(new TimeLimitError('10 s passed')), 'ProcessEndedError');
  t.is(await ended(new InterruptedError('by SIGINT')), 'InterruptedError');
});

test('the same seed gives the same report', async (t) => {
  const once = async () => {
    const { report, samples } = await run([sizes, payments, messages, tunnel]);
    return JSON.stringify([report, samples]);
  };
  t.is(await once(), await once());
});
