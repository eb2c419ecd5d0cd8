import test from 'ava';
import type { Network, RelayUsage } from '../../nodes/node.ts';
import type { Plan, SoakPlan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import type { Sample } from '../../sim/workload/soak/slope.ts';
import { recordTrends, type Series } from '../../sim/workload/soak/trends.ts';
import { fakeNetwork } from './fake-network.ts';

const SOAK: SoakPlan = {
  kind: 'soak',
  at: 'fake.yaml:1',
  from: 'n0',
  to: 'n2',
  hops: 2,
  carriers: ['peer-message'],
  origin: { name: 'shop', port: 80 },
  durationMs: 3_600_000,
  bytes: { keysend: 1, 'htlc-record': 1, 'onion-message': 1, 'peer-message': 50_000 },
};

const planOn = (network: Network): Plan => {
  const around = { name: 'f', question: '?', seed: 1, timeLimitMs: 1e7, thresholds: [] };
  return { ...around, network: network.plan, workloads: [SOAK] };
};

/** One node, whose databases have grown whenever they are looked at. */
const growing = (): Network['usage'] => {
  let databaseBytes = 0;
  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    databaseBytes += 4_096;
    return [{ node: 'n0', lndCpuMs: 0, relayCpuMs: null, databaseBytes }];
  };
};

test('a soak that is interrupted tells by how much databases grew until then', async (t) => {
  const network: Network = { ...fakeNetwork(), usage: growing() };
  const stop = new AbortController();
  const reason = new Error('enough');
  const progress = (line: string) => void (/round 3,/.test(line) && stop.abort(reason));
  const { report, error } = await runWorkloads(planOn(network), network, { signal: stop.signal, progress });
  t.is(error, reason);
  t.is(report.metrics.find(({ name }) => name === 'database_growth_bytes')?.value, 4_096);
});

test('databases that cannot be looked at any more are a warning, and what ended the soak is told', async (t) => {
  const fake = fakeNetwork();
  const openSession = () => Promise.reject(new Error('no session today'));
  const relays = new Map([...fake.relays].map(([name, relay]) => [name, { ...relay, openSession }] as const));
  const usage = growing();
  let looks = 0;
  const network: Network = {
    ...fake,
    relays,
    usage: (waiting) => (++looks === 1 ? usage(waiting) : Promise.reject(new Error('the engine is gone'))),
  };
  const { report, error } = await runWorkloads(planOn(network), network, { signal: new AbortController().signal, progress: () => {} });
  t.is(error?.message, 'no session today');
  t.regex(report.warnings.join('\n'), /No database_growth_bytes: the engine is gone/);
});

test('what a relay holds more of round after round is a slope beyond noise', async (t) => {
  const { metrics, warnings } = await reportAfter(
    holding((look) => ({ memoryBytes: 1e8 + 1e6 * look, descriptors: 30, startedTicks: 100 })),
    13,
  );
  const of = (name: string) => metrics.find((metric) => metric.name === name && metric.tags.process === 'n0.relay')?.value;
  t.true(of('memory_slope_per_h')! > 0);
  t.true(of('memory_slope_beyond_noise_per_h')! > 0);
  t.is(of('descriptor_slope_beyond_noise_per_h'), 0);
  t.true(metrics.some(({ name, tags }) => name === 'memory_slope_per_h' && tags.process === 'sim'));
  t.is(metrics.filter(({ name }) => name.startsWith('goodput_slope')).length, 2);
  t.deepEqual(
    warnings.filter((warning) => /slope/.test(warning)),
    [],
  );
});

test('a relay that grows in each of its lives is beyond noise, though it starts anew with less', async (t) => {
  const relay = (look: number) => ({ memoryBytes: 1e8 + 1e6 * (look % 13), descriptors: 30, startedTicks: Math.floor(look / 13) });
  const { metrics } = await reportAfter(holding(relay), 39);
  const beyond = metrics.find(({ name, tags }) => name === 'memory_slope_beyond_noise_per_h' && tags.process === 'n0.relay')!;
  t.true(beyond.value! > 0);
});

test('slopes that are known to little are one warning', (t) => {
  const jagged = (what: Series['what'], process: string, share: number): Series => {
    const sample = (_: unknown, index: number): Sample => ({ atMs: index * 60_000, value: 100 + share * ((7 * index) % 12), life: 0 });
    return { what, tags: { process }, points: Array.from({ length: 36 }, sample) };
  };
  const warnings: string[] = [];
  const record = { value: () => {}, warn: (text: string) => void warnings.push(text) };
  recordTrends([jagged('memory', 'n1.relay', 20), jagged('memory', 'sim', 0.1), jagged('descriptor', 'n2.relay', 40)], record);
  t.is(warnings.length, 1);
  t.regex(
    warnings[0]!,
    /^Slopes that are known to so much an hour only: memory of n1\.relay \(±\d+ %\), descriptor of n2\.relay \(±\d+ %\)\.$/,
  );
});

test('rounds that are too few for a slope are one warning that names what has none', async (t) => {
  const { metrics, warnings } = await reportAfter(fakeNetwork(), 8);
  t.false(metrics.some(({ name }) => name.includes('slope')));
  t.true(warnings.includes('No slopes, since rounds of one life are too few to tell them from noise: goodput of peer-message (8).'));
});

/** By the wall clock, with a relay that holds this when it is looked at. */
function holding(relay: (look: number) => RelayUsage): Network {
  const fake = fakeNetwork();
  let looks = 0;
  return {
    ...fake,
    clock: { kind: 'wall', now: () => fake.clock.now(), sleep: (ms, options) => fake.clock.sleep(ms, options) },
    usage: async () => [{ node: 'n0', lndCpuMs: 0, relayCpuMs: 0, databaseBytes: 0, relay: relay(looks++) }],
  };
}

/** Interrupted once so many rounds are over. */
async function reportAfter(network: Network, rounds: number) {
  const stop = new AbortController();
  const progress = (line: string) => void (line.includes(`round ${rounds + 1},`) && stop.abort(new Error('enough')));
  return (await runWorkloads(planOn(network), network, { signal: stop.signal, progress })).report;
}
