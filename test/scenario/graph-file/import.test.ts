import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ScenarioError } from '../../../nodes/errors.ts';
import { readScenario, type Scenario } from '../../../sim/scenario/read.ts';

const keys = Array.from({ length: 6 }, (_, index) => `02${String(index).repeat(64)}`);
const name = (index: number) => `n${keys[index]!.slice(0, 12)}`;
const POLICY = {
  time_lock_delta: 40,
  min_htlc: '1',
  fee_base_msat: '10',
  fee_rate_milli_msat: '7',
  disabled: false,
  max_htlc_msat: '900000000',
};
const edge = (id: number, one: number, other: number, more: object = {}) => ({
  channel_id: String(id),
  node1_pub: keys[one],
  node2_pub: keys[other],
  capacity: '1000000',
  node1_policy: POLICY,
  node2_policy: POLICY,
  ...more,
});

async function imported(t: ExecutionContext, edges: unknown[], topology: string, payment = 'hops: [1]') {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-import-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'graph.json'), JSON.stringify({ nodes: keys.map((pub_key) => ({ pub_key })), edges }));
  const text = `name: imported\nquestion: Is it read?\ntopology: { import: ${topology} }\nworkloads:\n  - { kind: payment, from: ${name(0)}, ${payment} }\n`;
  await writeFile(join(folder, 'imported.yaml'), text);
  return readScenario(join(folder, 'imported.yaml'));
}

const LINE = [0, 1, 2, 3, 4].map((from) => edge(from + 1, from, from + 1));

test('an imported graph is a topology: nodes by their keys, policies and disabled directions as announced', async (t) => {
  const edges = [...LINE.slice(0, 4), edge(9, 4, 5, { node1_policy: { ...POLICY, disabled: true }, node2_policy: null })];
  const { plan } = await imported(t, edges, 'graph.json');
  t.deepEqual(
    plan.network.nodes.map((node) => node.name),
    keys.map((_, index) => name(index)),
  );
  const [first] = plan.network.channels;
  t.like(first, { from: name(0), to: name(1), capacitySat: 1_000_000, balance: 0.5 });
  t.deepEqual(first!.policies[0], {
    feeBaseMsat: 10,
    feeProportionalMillionths: 7,
    cltvExpiryDelta: 40,
    htlcMinimumMsat: 1,
    htlcMaximumMsat: 900_000_000,
  });
  t.deepEqual(plan.network.channels.at(-1)!.disabled, [true, true]);
  t.is(plan.notes, undefined);
});

test('a graph that falls apart is refused with the remedy, which keeps the largest piece and says what it left out', async (t) => {
  const edges = [LINE[0], LINE[1], edge(9, 3, 4), edge(10, 0, 2, { capacity: '5000' })];
  const error = await t.throwsAsync(imported(t, edges, 'graph.json'), { instanceOf: ScenarioError });
  t.regex(
    error!.message,
    /imported\.yaml:3:21: topology\.import: the graph falls apart into 2 pieces.*the largest has 3 of 5 nodes: \{ file: …, keep: largest \} keeps it alone/u,
  );
  const { plan } = await imported(t, edges, '{ file: graph.json, keep: largest, balance: uniform }');
  t.deepEqual(
    plan.network.nodes.map((node) => node.name),
    [0, 1, 2].map(name),
  );
  t.is(plan.network.channels.length, 2);
  t.deepEqual(plan.notes, [
    'Of the imported graph 3 nodes without a channel in it were left out.',
    'Of the imported graph 1 channels below 20000 sat, which their opener could not pay for were left out.',
  ]);
  // Drawn, and yet enough for the opener.
  t.true(plan.network.channels.every(({ balance }) => balance >= 0.01 && balance <= 0.99 && balance !== 0.5));
});

test('a graph over which nothing can be routed is refused', async (t) => {
  const edges = LINE.map((edge) => ({ ...edge, node1_policy: null, node2_policy: { ...POLICY, disabled: true } }));
  await t.throwsAsync(imported(t, edges, 'graph.json'), {
    message: /topology\.import: nothing can be routed: both directions of every channel are disabled/u,
  });
});

const DISABLED = { ...POLICY, disabled: true };

for (const [what, edges, payment, message] of [
  [
    'a disabled direction beyond the payer’s own',
    LINE.with(1, edge(2, 1, 2, { node1_policy: DISABLED })),
    'hops: [1, 2]',
    `workloads[0].hops[1]: nothing goes from ${name(1)} to ${name(2)}: that direction is disabled or was never announced; name another from, or other hops`,
  ],
  [
    'a direction that nobody announced',
    LINE.with(2, edge(3, 2, 3, { node1_policy: null })),
    'hops: [3]',
    `workloads[0].hops[0]: nothing goes from ${name(2)} to ${name(3)}: that direction is disabled or was never announced; name another from, or other hops`,
  ],
  [
    'the payer’s own direction that it never announced',
    LINE.with(0, edge(1, 0, 1, { node1_policy: null })),
    'hops: [1]',
    `workloads[0].hops[0]: nothing goes from ${name(0)} to ${name(1)}: that direction is disabled or was never announced; name another from, or other hops`,
  ],
  [
    'a largest HTLC below their amount',
    LINE.with(1, edge(2, 1, 2, { node1_policy: { ...POLICY, max_htlc_msat: '999' } })),
    'hops: [2]',
    `workloads[0].amount: 1 sat is above the htlc_maximum_msat of 999 from ${name(1)} to ${name(2)}; lower amount`,
  ],
] as const) {
  test(`payments that meet ${what} are refused before anything runs`, async (t) => {
    const error = await t.throwsAsync(imported(t, edges, 'graph.json', payment), { instanceOf: ScenarioError });
    t.true(error!.message.includes(message), error!.message);
  });
}

const paid = ({ plan }: Scenario) => plan.workloads.map((load) => (load.kind === 'payment' ? load.targets.map(({ to }) => to) : []));

test('a payer may use its own direction that it disabled', async (t) => {
  const own = LINE.with(0, edge(1, 0, 1, { node1_policy: DISABLED }));
  t.deepEqual(paid(await imported(t, own, 'graph.json', 'hops: [1, 2]')), [[name(1), name(2)]]);
});

test('of ways with as many channels one that is open is meant, and of nodes as far away one that can be paid', async (t) => {
  // n3 over n1 or n2; then n4 over n1, which comes first, or n3 over n2.
  for (const behind1 of [3, 4]) {
    const edges = [edge(1, 0, 1), edge(2, 0, 2), edge(3, 1, behind1, { node1_policy: DISABLED }), edge(4, 2, 3)];
    t.deepEqual(paid(await imported(t, edges, 'graph.json', 'hops: [2]')), [[name(3)]]);
  }
});

test('what is wrong with a graph file is told at the line of the scenario that names it', async (t) => {
  const error = await t.throwsAsync(imported(t, [edge(1, 0, 0)], 'graph.json'), { instanceOf: ScenarioError });
  t.regex(error!.message, /imported\.yaml:3:21: topology\.import: graph\.json: line 1: edges\[0\]: a channel of 020{64} with itself/u);
  await t.throwsAsync(imported(t, LINE, 'missing.json'), { message: /topology\.import: missing\.json: there is no such file/u });
});
