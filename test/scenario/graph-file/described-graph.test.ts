import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readDescribedGraph } from '../../../sim/scenario/graph-file/described-graph.ts';
import { GraphFileError } from '../../../sim/scenario/graph-file/graph-file-error.ts';

const key = (digit: string) => `02${digit.repeat(64)}`;
const [A, B, C] = ['a', 'b', 'c'].map(key) as [string, string, string];
const node = (pub_key: string, alias = 'a "quoted" {name} [of] \\ a node') => ({
  pub_key,
  alias,
  features: { 0: { name: 'x', is_known: true } },
});
const POLICY = {
  time_lock_delta: 40,
  min_htlc: '1000',
  fee_base_msat: '1',
  fee_rate_milli_msat: '250',
  disabled: false,
  max_htlc_msat: '4000000000',
};
const edge = (channel_id: unknown, node1_pub: string, node2_pub: string, more: object = {}) => ({
  channel_id,
  node1_pub,
  node2_pub,
  capacity: '5000000',
  node1_policy: POLICY,
  node2_policy: POLICY,
  ...more,
});

async function file(t: ExecutionContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-graph-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'graph.json'), text);
  return join(folder, 'graph.json');
}

const json = (nodes: unknown[], edges: unknown[]) => JSON.stringify({ nodes, edges }, null, 2);

test('what lncli describegraph writes is read: ids of 64 bits, policies that are null, disabled or absent', async (t) => {
  const edges = [
    edge('18446744073709551615', A, B, { node2_policy: null }),
    edge('953455838459658240', B, C, {
      node1_policy: { ...POLICY, disabled: true },
      node2_policy: { ...POLICY, max_htlc_msat: '0', fee_base_msat: 4294967295 },
    }),
    edge('3', C, A, { capacity: '20000', node1_policy: { ...POLICY, max_htlc_msat: '18446744073709551615' } }),
  ];
  const graph = await readDescribedGraph(await file(t, json([node(A), node(B), node(C)], edges)));
  t.deepEqual(graph.keys, [A, B, C]);
  t.deepEqual([...graph.capacitySat], [5_000_000, 5_000_000, 20_000]);
  t.deepEqual([...graph.ends.node.values()], [0, 1, 1, 2, 2, 0]);
  t.deepEqual([...graph.ends.disabled.values()], [0, 1, 1, 0, 0, 0]);
  t.deepEqual([...graph.ends.feePpm.values()], [250, 0, 250, 250, 250, 250]);
  t.is(graph.ends.feeBaseMsat.at(3), 4_294_967_295);
  // No maximum, or one above the channel's capacity, is the capacity.
  t.deepEqual([...graph.ends.maxMsat.values()], [4_000_000_000, 0, 4_000_000_000, 5_000_000_000, 20_000_000, 20_000_000]);
});

test('edges may stand before nodes, other lists beside them, and records across the pieces that a file is read in', async (t) => {
  const many = Array.from({ length: 3_000 }, (_, index) => node(`02${String(index).padStart(64, '0')}`, `${'x'.repeat(900)}\u26a1`));
  const edges = many.slice(1).map((_, index) => edge(String(index + 1), many[index]!.pub_key, many[index + 1]!.pub_key));
  const text = JSON.stringify({ note: 'edges', edges, peers: [{ pub_key: 1 }], nodes: many });
  t.true(text.length > 3_000_000);
  const graph = await readDescribedGraph(await file(t, text));
  t.is(graph.keys.length, 3_000);
  t.is(graph.channels, 2_999);
  t.is(graph.keys[graph.ends.node.at(2 * 2_998 + 1)], many[2_999]!.pub_key);
});

const GOOD = json([node(A), node(B)], [edge('1', A, B), edge('2', A, B)]);

const BAD: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['cut short', GOOD.slice(0, -200), /^ends in the middle of edges\[1\], at line \d+: it was cut short$/u],
  ['cut short in a text', GOOD.slice(0, GOOD.lastIndexOf('channel_id') + 4), /ends in the middle of edges\[1\]/u],
  ['empty', '', /^is empty$/u],
  ['no JSON', 'hello', /^is no JSON: expected \{$/u],
  ['a list', '[]', /^is no graph: expected a map with nodes and edges, found a list$/u],
  ['without channels', '{"nodes": []}', /^has no channels: expected/u],
  ['with a record that is no JSON', '{"nodes": [{"pub_key" "x"}]}', /^line 1: nodes\[0\] is no JSON: /u],
  [
    'with a channel twice',
    json([node(A), node(B)], [edge('1', A, B), edge('1', B, A)]),
    /edges\[1\]: the channel 1 stands in the file already, as edges\[0\]: remove one$/u,
  ],
  ['with a node twice', json([node(A), node(A)], []), /nodes\[1\]: the node 02a{64} stands in the file already/u],
  [
    'with an unknown node',
    json([node(A)], [edge('1', A, B)]),
    /^line \d+: edges\[0\]\.node2_pub: no node of the file has the key 02b{64}: add it to nodes, or remove the channel$/u,
  ],
  ['with a node that has no key', json([{ alias: 'x' }], []), /nodes\[0\]\.pub_key: expected a public key, 66 hex digits, found nothing$/u],
  ['with a channel to itself', json([node(A)], [edge('1', A, A)]), /edges\[0\]: a channel of 02a{64} with itself$/u],
  [
    'with a negative capacity',
    json([node(A), node(B)], [edge('1', A, B, { capacity: '-5' })]),
    /edges\[0\]\.capacity: expected a whole number of sat from 1 to \d+, found "-5"$/u,
  ],
  ['with half a satoshi', json([node(A), node(B)], [edge('1', A, B, { capacity: 0.5 })]), /capacity: expected a whole number of sat/u],
  [
    'with an id that is no number of 64 bits',
    json([node(A), node(B)], [edge('18446744073709551616', A, B)]),
    /channel_id: expected a channel id, 64 bits as text/u,
  ],
  [
    'with an id that lost its last digits',
    json([node(A), node(B)], [edge(953455838459658240, A, B)]),
    /channel_id: expected a channel id, 64 bits as text/u,
  ],
  [
    'with a base fee that overflows',
    json([node(A), node(B)], [edge('1', A, B, { node1_policy: { ...POLICY, fee_base_msat: '4294967296' } })]),
    /edges\[0\]\.node1_policy\.fee_base_msat: expected a whole number of msat from 0 to 4294967295, found "4294967296"$/u,
  ],
  [
    'with a time-lock that overflows',
    json([node(A), node(B)], [edge('1', A, B, { node2_policy: { ...POLICY, time_lock_delta: 65536 } })]),
    /node2_policy\.time_lock_delta: expected a whole number of blocks from 0 to 65535/u,
  ],
  [
    'with a policy that is none',
    json([node(A), node(B)], [edge('1', A, B, { node2_policy: 'x' })]),
    /node2_policy: expected a policy or null, found "x"$/u,
  ],
  ['with a record without end', `{"nodes": [{"pub_key": "${'x'.repeat(3_000_000)}`, /nodes\[0\]: one record is longer than 1048576 B$/u],
  ['with a text without end', `{"${'x'.repeat(200)}": 1}`, /^line 1: a key or text is longer than 100 B$/u],
];

for (const [what, text, message] of BAD) {
  test(`a graph file ${what}: one message with the place`, async (t) => {
    await t.throwsAsync(readDescribedGraph(await file(t, text)), { instanceOf: GraphFileError, message });
  });
}

test('a graph file of 10 GB is refused before it is read', async (t) => {
  const path = await file(t, GOOD);
  await using handle = await open(path, 'r+');
  // Sparse: it takes no room on the disk.
  await handle.truncate(10_000_000_000);
  await t.throwsAsync(readDescribedGraph(path), {
    instanceOf: GraphFileError,
    message: /^has 10\.0 GB or more: a graph file may have at most 2147483648 B/u,
  });
});

test('a graph file that is not there, or a folder, is named as that', async (t) => {
  const path = await file(t, GOOD);
  await t.throwsAsync(readDescribedGraph(`${path}x`), { instanceOf: GraphFileError, message: 'there is no such file' });
  await t.throwsAsync(readDescribedGraph(join(path, '..')), { instanceOf: GraphFileError, message: /^is a folder/u });
});
