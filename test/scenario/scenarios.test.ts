/** The scenarios that are shipped: each reads, and vpn-5hop becomes this plan. */
import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { CARRIERS } from '../../nodes/plan.ts';
import type { MessagePlan, PaymentPlan, SizeLimitPlan, TunnelPlan } from '../../sim/scenario/plan.ts';
import { readScenario } from '../../sim/scenario/read.ts';
import { scenarioJsonSchema } from '../../sim/scenario/schema.ts';
import { WORKLOAD_SCHEMAS } from '../../sim/scenario/workload-schema.ts';

const names = (await readdir('scenarios')).filter((name) => name.endsWith('.yaml'));

for (const name of names) {
  test(`scenarios/${name} reads, and opens with its question`, async (t) => {
    const { plan } = await readScenario(`scenarios/${name}`);
    t.is(`${plan.name}.yaml`, name);
    const first = (await readFile(`scenarios/${name}`, 'utf8')).split('\n')[0];
    t.is(first, `# ${plan.question}`);
    t.true(plan.question.endsWith('?'));
  });
}

test('vpn-5hop is what the main question asks for', async (t) => {
  const { plan, dockerOnly } = await readScenario('scenarios/vpn-5hop.yaml');
  t.deepEqual(dockerOnly, []);
  t.deepEqual(
    plan.network.nodes.map(({ name }) => name),
    ['n0', 'n1', 'n2', 'n3', 'n4', 'n5'],
  );
  t.deepEqual(
    plan.network.channels.map(({ from, to }) => [from, to]),
    [
      ['n0', 'n1'],
      ['n1', 'n2'],
      ['n2', 'n3'],
      ['n3', 'n4'],
      ['n4', 'n5'],
    ],
  );
  for (const channel of plan.network.channels) t.like(channel, { capacitySat: 10_000_000, balance: 0.5 });
  const targets = [1, 2, 3, 4, 5].map((hops) => ({ hops, to: `n${hops}` }));

  const ofKind = <P>(kind: string) => plan.workloads.filter((workload) => workload.kind === kind) as P[];
  t.like(ofKind<SizeLimitPlan>('size-limit')[0], { from: 'n0', carriers: [...CARRIERS], targets, onions: [32_834, 65_498] });
  const [payment] = ofKind<PaymentPlan>('payment');
  t.like(payment, { from: 'n0', targets });
  t.true(payment!.count >= 20);
  const messages = ofKind<MessagePlan>('message');
  for (const message of messages) t.like(message, { from: 'n0', to: 'n5', hops: 5 });
  t.deepEqual(
    messages.flatMap(({ carriers }) => carriers),
    [...CARRIERS],
  );

  const isPaid = (carrier: string) => carrier === 'keysend' || carrier === 'htlc-record';
  const all = ofKind<TunnelPlan>('tunnel');
  t.true(all.every(({ carrier, identity, directions }) => isPaid(carrier) || (identity === 'anonymous' && directions.length === 2)));
  const unnamed = all.filter(({ carrier, identity }) => isPaid(carrier) && identity === 'anonymous');
  t.deepEqual(
    unnamed.map(({ carrier, directions }) => [carrier, directions]),
    [
      ['keysend', ['down']],
      ['htlc-record', ['down']],
    ],
  );
  const tunnels = all.filter((tunnel) => !unnamed.includes(tunnel));
  t.deepEqual(
    tunnels.map(({ carrier }) => carrier),
    [...CARRIERS],
  );
  const least = { keysend: 256 * 1_024, 'htlc-record': 2 ** 20, 'onion-message': 2 ** 20, 'peer-message': 4 * 2 ** 20 };
  for (const tunnel of tunnels) {
    t.like(tunnel, { from: 'n0', to: 'n5', hops: 5, streams: 4, directions: ['down', 'up'], origin: { name: 'shop', port: 80 } });
    t.true(tunnel.bytes >= least[tunnel.carrier] && tunnel.pings > 0);
  }
});

test('the network of vpn-5hop, golden', async (t) => {
  const { plan } = await readScenario('scenarios/vpn-5hop.yaml');
  const node = {
    image: 'auto',
    commitIntervalMs: 50,
    onionLimiter: { peerKbps: 512, peerBurstBytes: 262_144, globalKbps: 5_120, globalBurstBytes: 1_638_400 },
    storage: 'volume',
    memoryBytes: null,
    cpus: null,
    flags: [],
  };
  const relay = (allow: string[]) => ({ budgetMsat: 1_000_000_000, feeLimitMsat: 50_000, allow });
  const policy = { feeBaseMsat: 1_000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
  t.deepEqual<unknown, unknown>(plan.network, {
    name: 'vpn-5hop',
    seed: 1,
    nodes: [0, 1, 2, 3, 4, 5].map((index) => ({ name: `n${index}`, ...node, relay: relay(index === 5 ? ['shop:80', 'udp/shop:80'] : []) })),
    channels: [0, 1, 2, 3, 4].map((index) => ({
      name: `n${index}-n${index + 1}`,
      from: `n${index}`,
      to: `n${index + 1}`,
      capacitySat: 10_000_000,
      balance: 0.5,
      policies: [policy, policy],
    })),
    origins: [{ name: 'shop', near: 'n5', port: 80 }],
  });
});

test('onion-limiter is the same line with the limiter off on every node, in both sizes of onion', async (t) => {
  const [five, off] = await Promise.all(['vpn-5hop', 'onion-limiter'].map((name) => readScenario(`scenarios/${name}.yaml`)));
  t.deepEqual(off!.plan.network.channels, five!.plan.network.channels);
  for (const { onionLimiter } of off!.plan.network.nodes) t.true(Object.values(onionLimiter).every((value) => value === 0));
  const sizes = off!.plan.workloads.filter(({ kind }) => kind === 'tunnel').map((tunnel) => (tunnel as TunnelPlan).onionBytesMax);
  t.deepEqual(sizes, [32_834, 65_498]);
});

test('the JSON Schema for editors knows every key, allows no other, and knows every kind of workload', (t) => {
  const schema = scenarioJsonSchema() as {
    additionalProperties: boolean;
    required: string[];
    properties: Record<string, { items?: { oneOf?: unknown[]; anyOf?: unknown[] } }>;
  };
  t.false(schema.additionalProperties);
  t.deepEqual([...schema.required].sort(), ['name', 'question', 'topology', 'workloads']);
  const keys = [
    'name',
    'question',
    'seed',
    'timeLimit',
    'nodes',
    'topology',
    'policy',
    'links',
    'origins',
    'relay',
    'bitcoind',
    'workloads',
    'events',
    'headline',
    'thresholds',
    'matrix',
  ];
  t.deepEqual(Object.keys(schema.properties).sort(), keys.sort());
  const { items } = schema.properties.workloads!;
  t.is((items?.oneOf ?? items?.anyOf)?.length, Object.keys(WORKLOAD_SCHEMAS).length, 'one schema for every kind of workload');
});
