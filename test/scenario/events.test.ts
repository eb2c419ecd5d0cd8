/** The events section becomes what the timeline runs. */
import test from 'ava';
import { scenarioOf } from '../../sim/scenario/read.ts';

const FILE = `name: events
question: What happens?
topology: { ring: { nodes: 4, capacity: 10M sat } }
relay: { on: all }
workloads: [{ kind: payment, hops: [1] }]
`;

const planned = (events: string) => scenarioOf('f.yaml', `${FILE}events:\n${events}`).plan.events!;

test('a node is its LND, a relay stands beside it, and each has its time, its workload and its name', (t) => {
  const [kill, relay, chain] = planned(
    '  - { at: 10 s, kill: n3 }\n  - { at: 500 ms, every: 1 min, workload: 1, pause: n2.relay }\n  - { at: 0 s, stop: bitcoind }\n',
  );
  t.deepEqual(kill, {
    at: 'f.yaml:7',
    name: 'kill n3',
    atMs: 10_000,
    everyMs: null,
    workload: null,
    does: { kind: 'fault', fault: { kind: 'kill', process: { part: 'lnd', node: 'n3' } } },
  });
  t.like(relay, { name: 'pause n2.relay', atMs: 500, everyMs: 60_000, workload: 0 });
  t.deepEqual(chain!.does, { kind: 'fault', fault: { kind: 'stop', process: { part: 'bitcoind' } } });
});

test('a partition cuts every link between its two sides, and heal: all joins every link of the network', (t) => {
  const [partition, heal, cut] = planned('  - { at: 1 s, partition: [n0, n1] }\n  - { at: 2 s, heal: all }\n  - { at: 3 s, cut: n1-n0 }\n');
  const edges = (index: number) => ([partition, heal, cut][index]!.does as unknown as { fault: { edges: string[][] } }).fault.edges;
  t.deepEqual(
    edges(0).map((edge) => edge.toSorted().join(' ')),
    ['n1 n2', 'n0 n3'],
  );
  t.is(edges(1).length, 4);
  t.deepEqual(edges(2), [['n0', 'n1']]);
  t.is(partition!.name, 'partition n0 n1');
});

test('a cut is a black hole unless it says how, and its name says so, too', (t) => {
  const [plain, said, reset, open, partition] = planned(
    '  - { at: 1 s, cut: n0-n1 }\n  - { at: 1 s, cut: n0-n1, how: blackhole }\n  - { at: 1 s, cut: n0-n1, how: reset }\n  - { at: 1 s, cut: n0-n1, how: half-open, from: n1 }\n  - { at: 1 s, partition: [n0], how: reset }\n',
  );
  const edges = [['n0', 'n1']] as const;
  for (const event of [plain, said]) {
    t.deepEqual(event!.does, { kind: 'fault', fault: { kind: 'cut', edges } });
    t.is(event!.name, 'cut n0-n1');
  }
  t.deepEqual(reset!.does, { kind: 'fault', fault: { kind: 'cut', edges, how: 'reset' } });
  t.is(reset!.name, 'cut n0-n1 reset');
  // The end that is told stands first.
  t.deepEqual(open!.does, { kind: 'fault', fault: { kind: 'cut', edges: [['n1', 'n0']], how: 'half-open' } });
  t.is(open!.name, 'cut n0-n1 from n1 half-open');
  t.like(partition!.does, { fault: { kind: 'cut', how: 'reset' } });
  t.is(partition!.name, 'partition n0 reset');
});

test('an edge is called as its channel is, whichever end a half-open cut tells', (t) => {
  const { plan } = scenarioOf('f.yaml', `${FILE}events:\n  - { at: 1 s, cut: n0-n1, how: half-open, from: n1 }\n`);
  t.deepEqual(
    plan.network.links?.map(({ ends }) => ends),
    [['n0', 'n1']],
  );
});

test('a half-open cut is refused on the simulated network by its place and name, other cuts are not', (t) => {
  const { dockerOnly, simulatedOnly } = scenarioOf(
    'f.yaml',
    `${FILE}events:\n  - { at: 1 s, cut: n0-n1, how: reset }\n  - { at: 1 s, cut: n0-n1, how: half-open, from: n0 }\n`,
  );
  t.deepEqual(
    dockerOnly.map(({ place: { line }, text }) => ({ line, text })),
    [
      {
        line: 8,
        text: 'events[1]: cut n0-n1 from n0 half-open: the simulated network has no machinery for it yet; run with --network docker',
      },
    ],
  );
  t.deepEqual(simulatedOnly, []);
});

test('a policy changes in what is named alone, at the end that is named', (t) => {
  const [policy, close, drain] = planned(
    '  - { at: 1 s, policy: n0-n1, from: n1, to: { fee_base_msat: 0 } }\n  - { at: 1 s, close: n1-n2, how: force }\n  - { at: 1 s, drain: n0-n1, from: n1 }\n',
  );
  t.deepEqual(policy!.does, { kind: 'fault', fault: { kind: 'policy', channel: 'n0-n1', from: 'n1', policy: { feeBaseMsat: 0 } } });
  t.is(policy!.name, 'policy n0-n1 from n1');
  t.deepEqual(close!.does, { kind: 'fault', fault: { kind: 'close', channel: 'n1-n2', how: 'force' } });
  t.is(close!.name, 'close n1-n2 force');
  t.deepEqual(drain!.does, { kind: 'drain', from: 'n1', to: 'n0' });
});

test('what has events yields how long each took to recover from, and what has none yields nothing of it', (t) => {
  const threshold = 'thresholds: { "recovery_ms{event=kill n1}": max < 1 s }\n';
  t.notThrows(() => scenarioOf('f.yaml', `${FILE}events: [{ at: 1 s, kill: n1 }]\n${threshold}`));
  t.throws(() => scenarioOf('f.yaml', `${FILE}${threshold}`), { message: /no workload of this file yields recovery_ms/ });
});
