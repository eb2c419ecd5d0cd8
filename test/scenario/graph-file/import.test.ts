import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ScenarioError } from '../../../nodes/errors.ts';
import { readScenario } from '../../../sim/scenario/read.ts';

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

async function imported(t: ExecutionContext, edges: unknown[], topology: string) {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-import-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'graph.json'), JSON.stringify({ nodes: keys.map((pub_key) => ({ pub_key })), edges }));
  const text = `name: imported\nquestion: Is it read?\ntopology: { import: ${topology} }\nworkloads:\n  - { kind: payment, from: ${name(0)}, hops: [1] }\n`;
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

test('what is wrong with a graph file is told at the line of the scenario that names it', async (t) => {
  const error = await t.throwsAsync(imported(t, [edge(1, 0, 0)], 'graph.json'), { instanceOf: ScenarioError });
  t.regex(error!.message, /imported\.yaml:3:21: topology\.import: graph\.json: line 1: edges\[0\]: a channel of 020{64} with itself/u);
  await t.throwsAsync(imported(t, LINE, 'missing.json'), { message: /topology\.import: missing\.json: there is no such file/u });
});
