import test from 'ava';
import type { Network } from '../../nodes/node.ts';
import type { Plan, SoakPlan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
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
  const fake = fakeNetwork();
  let looks = 0;
  const network: Network = {
    ...fake,
    clock: { kind: 'wall', now: () => fake.clock.now(), sleep: (ms, options) => fake.clock.sleep(ms, options) },
    usage: async () => {
      looks += 1;
      return [{ node: 'n0', lndCpuMs: 0, relayCpuMs: 0, databaseBytes: 0, relay: { memoryBytes: 1e8 + 1e6 * looks, descriptors: 30 } }];
    },
  };
  const { metrics, warnings } = await reportAfter(network, 13);
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

test('rounds that are too few for a slope are one warning that names what has none', async (t) => {
  const { metrics, warnings } = await reportAfter(fakeNetwork(), 8);
  t.false(metrics.some(({ name }) => name.includes('slope')));
  t.true(warnings.includes('No slopes, since rounds are too few to tell them from noise: goodput of peer-message (8).'));
});

/** Interrupted once so many rounds are over. */
async function reportAfter(network: Network, rounds: number) {
  const stop = new AbortController();
  const progress = (line: string) => void (line.includes(`round ${rounds + 1},`) && stop.abort(new Error('enough')));
  return (await runWorkloads(planOn(network), network, { signal: stop.signal, progress })).report;
}
