/** Which networks are alike enough that one starts from what was kept of the other. */
import test from 'ava';
import type { ImageUse } from '../../nodes/docker/images/image-use.ts';
import type { NetworkImages } from '../../nodes/docker/images/resolve.ts';
import { keptKey } from '../../nodes/docker/kept/kept-network.ts';
import { LINK_CLEAN, type NetworkPlan } from '../../nodes/plan.ts';
import { linePlan } from '../simulated/line.ts';

const use = (id: string): ImageUse => ({ ref: 'some/image:1', id, execUser: '', dataDir: '/data', command: [], architecture: 'amd64' });

const images = (lndId = 'sha256:lnd', bitcoindId = 'sha256:bitcoind'): ReadonlyMap<string, NetworkImages> =>
  new Map([['auto', { lnd: { ...use(lndId), version: '0.21.3-beta', onionMessages: true }, bitcoind: use(bitcoindId) }]]);

const keyOf = (plan: NetworkPlan): string | null => keptKey(plan, images());

test('another image, channel, link or flag makes another network', (t) => {
  const plan = linePlan(3);
  const links = [{ ends: ['n0', 'n1'], link: LINK_CLEAN }] as const;
  const keys = [
    keyOf(plan),
    keptKey(plan, images('sha256:other')),
    keptKey(plan, images('sha256:lnd', 'sha256:other')),
    keyOf(linePlan(2)),
    keyOf(linePlan(3, { capacitySat: 10_000_001 })),
    keyOf(linePlan(3, { policy: { feeBaseMsat: 1_001 } })),
    keyOf(linePlan(3, { node: { flags: ['--accept-amp'] } })),
    keyOf(linePlan(3, { node: { commitIntervalMs: 10 } })),
    keyOf({ ...plan, links }),
  ];
  t.false(keys.includes(null));
  t.is(new Set(keys).size, keys.length);
});

test('relays, memory, cores, seed, name and what a link does to bytes change nothing that is kept', (t) => {
  const plan = linePlan(3);
  const relay = { budgetMsat: 1_000_000, feeLimitMsat: 1_000, allow: ['shop:80'] };
  const origins = [{ name: 'shop', near: 'n2', port: 80 }];
  for (const alike of [
    linePlan(3),
    linePlan(3, { node: { relay } }),
    linePlan(3, { node: { memoryBytes: 2 ** 29, cpus: 1 } }),
    { ...linePlan(3, { node: { relay: { ...relay, memoryBytes: 2 ** 28 } } }), bitcoind: { memoryBytes: 2 ** 29, cpus: 1 } },
    { ...linePlan(3, { seed: 2 }), name: 'another', origins },
  ])
    t.is(keyOf(alike), keyOf(plan));
  const linked = (delayMs: number): NetworkPlan => ({ ...plan, links: [{ ends: ['n0', 'n1'], link: { ...LINK_CLEAN, delayMs } }] });
  t.is(keyOf(linked(1)), keyOf(linked(100)));
});

test('what lies in memory, has no channels, or costs more to copy than to make is not kept', (t) => {
  const plan = linePlan(3);
  const [first, ...others] = plan.nodes;
  t.is(keyOf({ ...plan, nodes: [{ ...first!, storage: 'tmpfs' }, ...others] }), null, 'one node in memory is enough');
  t.is(keyOf({ ...plan, channels: [] }), null);
  t.is(typeof keyOf(linePlan(16)), 'string');
  t.is(keyOf(linePlan(17)), null);
});
