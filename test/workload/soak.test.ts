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
