/** Events of a scenario beside its workloads, on a simulated network: what they do is in the report, and every byte arrives all the same. */
import test from 'ava';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import type { Report } from '../../sim/measure/report.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

const FILE = `name: timeline
question: What do events do?
topology: { line: { nodes: 3, capacity: 10M sat } }
policy: { htlc_minimum_msat: 1 }
origins: { shop: { near: n2, port: 80 } }
relay: { on: all, exit: { n2: { allow: ['shop:80'] } } }
workloads:
  - { kind: tunnel, from: n0, to: n2, carrier: CARRIER, origin: shop, bytes: SIZE, streams: 2, direction: [down], pings: 0 }
`;

async function run(carrier: string, size: string, events: string, file = FILE) {
  const { plan } = scenarioOf('f.yaml', `${file.replace('CARRIER', carrier).replace('SIZE', size)}events:\n${events}`);
  await using network = await openSimulated(plan.network, { startRelay, serveOrigin });
  return await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {} });
}

const recovery = (report: Pick<Report, 'metrics'>, event: string) =>
  report.metrics.find(({ name, tags }) => name === 'recovery_ms' && tags.event === event)?.summary;

test('a relay that is killed and comes back: every byte arrives, the books balance, and the report says how long nothing moved', async (t) => {
  const { report, error } = await run('peer-message', '24 MiB', '  - { at: 1 s, kill: n1.relay }\n  - { at: 3 s, restart: n1.relay }\n');
  t.is(error, null);
  t.is(report.metrics.find(({ name }) => name === 'accounting_error_msat')!.value, 0);
  const [kill, restart] = report.timeline!.events;
  t.like(kill, { event: 'kill n1.relay', atMs: 1_000, lowestPerS: 0 });
  t.true(kill!.beforePerS! > 1e6);
  t.true(kill!.recoveryMs! > 2_000 && kill!.recoveryMs! < 60_000);
  t.like(restart, { event: 'restart n1.relay', atMs: 3_000, beforePerS: kill!.beforePerS });
  t.is(recovery(report, 'kill n1.relay')!.max, kill!.recoveryMs!);
  const moved = report.timeline!.perS.reduce((sum, perS) => sum + (perS * report.timeline!.binMs) / 1_000, 0);
  t.is(Math.round(moved), 27 * 2 ** 20, 'what warms the way up included, an eighth');
});

test('an LND on the way that is killed and comes back costs a payment carrier time, and nothing twice', async (t) => {
  const { report, error } = await run('keysend', '256 KiB', '  - { at: 3 s, kill: n1 }\n  - { at: 5 s, restart: n1 }\n');
  t.is(error, null);
  t.is(report.metrics.find(({ name }) => name === 'accounting_error_msat')!.value, 0);
  t.true(recovery(report, 'kill n1')!.max >= 2_000);
});

test('events are part of the seed: the same file gives the same bytes', async (t) => {
  const once = async () => {
    const { report, samples } = await run(
      'peer-message',
      '24 MiB',
      '  - { at: 1 s, every: 1 s, pause: n1 }\n  - { at: 1200 ms, every: 1 s, resume: n1 }\n',
    );
    return JSON.stringify([report.metrics, report.timeline, report.network, samples]);
  };
  t.is(await once(), await once());
});

test('what does not come before the end of its workload is told, unless it brings something back', async (t) => {
  const { report, error } = await run(
    'peer-message',
    '1 MiB',
    '  - { at: 1 h, pause: n0.relay }\n  - { at: 1 h, workload: 1, resume: n0.relay }\n  - { at: 1 h, workload: 1, kill: n1 }\n',
  );
  t.is(error, null);
  t.deepEqual(
    report.timeline!.events.map(({ event }) => event),
    ['resume n0.relay'],
  );
  t.true(report.warnings.includes('f.yaml:12: kill n1 did not happen: its workload was over before.'));
  t.true(report.warnings.includes('f.yaml:10: pause n0.relay did not happen: its workload was over before.'));
});

test('what events took down and nothing brought back is back before balances are compared', async (t) => {
  const { report, error } = await run(
    'onion-message',
    '512 KiB',
    '  - { at: 100 ms, kill: n1.relay }\n  - { at: 200 ms, kill: bitcoind }\n',
  );
  t.is(error, null);
  t.is(report.metrics.find(({ name }) => name === 'accounting_error_msat')!.value, 0);
});

for (const [carrier, size, at] of [
  ['keysend', '256 KiB', '3 s'],
  ['htlc-record', '6 MiB', '3 s'],
  ['onion-message', '1 MiB', '3 s'],
  ['peer-message', '24 MiB', '1 s'],
] as const)
  test(`over ${carrier} a transfer moves to the other way when an LND on its own is gone for good`, async (t) => {
    const ring = FILE.replace(
      '{ line: { nodes: 3, capacity: 10M sat } }',
      '{ channels: [{ from: n0, to: n1, capacity: 10M sat }, { from: n1, to: n2, capacity: 10M sat }, { from: n0, to: n3, capacity: 10M sat }, { from: n3, to: n2, capacity: 10M sat }] }',
    );
    const { report, error } = await run(carrier, size, `  - { at: ${at}, kill: n1 }\n`, ring);
    t.is(error, null);
    t.is(report.metrics.find(({ name }) => name === 'accounting_error_msat')!.value, 0);
    t.true(report.timeline!.events[0]!.beforePerS! > 0, 'bytes were moving');
  });
