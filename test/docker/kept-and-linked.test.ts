import { createHash } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { getPeers } from 'ln-service';
import { listOurs } from '../../nodes/docker/clean.ts';
import { LOCAL_BITCOIND_REF } from '../../nodes/docker/images/profiles.ts';
import { findKept, KEPT_LABEL } from '../../nodes/docker/kept/kept-network.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { openDocker } from '../../nodes/docker/network.ts';
import type { LndNode } from '../../nodes/lnd/index.ts';
import type { Network } from '../../nodes/node.ts';
import { LINK_CLEAN } from '../../nodes/plan.ts';
import { mended } from '../network-contract/mended.ts';
import { linePlan } from '../simulated/line.ts';
import { engineTest } from './with-engine.ts';

const RUN_DEADLINE_MS = 8 * 60_000;
const connectRelay = () => {
  throw new Error('the plan has no relays');
};
const found = ({ phases }: Network) => phases.some(({ name }) => name === 'kept network found');

const pays = async (t: ExecutionContext, network: Network, number: number) => {
  const [n0, n1] = [...network.nodes.values()];
  const seed = createHash('sha256').update(`${number} ${Date.now()}`).digest();
  const paid = await n0!.pay({ to: n1!.publicKey, amountMsat: 5_000, preimage: seed, maxFeeMsat: 0 });
  t.is(paid.amountMsat, 5_000);
  await network.quiet();
  return (await n1!.balanceMsat()).localMsat;
};

engineTest(
  'a network of the same shape is restored as it was when it was new, with the same keys, unless a fresh one is asked for',
  async (t, { docker }) => {
    t.timeout(RUN_DEADLINE_MS);
    // A capacity that no other test has: nothing was kept of it before.
    const plan = linePlan(2, { capacitySat: 1_234_567 });
    t.teardown(async () => {
      const { Volumes } = await docker.listVolumes({ filters: { label: [KEPT_LABEL] } });
      for (const { Name } of (Volumes ?? []).filter((volume) => volume.Labels[KEPT_LABEL] === kept)) await docker.getVolume(Name).remove();
    });
    let kept: string | undefined;
    const before = await docker.listVolumes({ filters: { label: [KEPT_LABEL] } });
    let keys: string[];
    let balance: number;
    {
      await using first = await openDocker(plan, { connectRelay });
      t.false(found(first));
      keys = [...first.nodes.values()].map(({ publicKey }) => publicKey);
      balance = await pays(t, first, 1);
    }
    const after = await docker.listVolumes({ filters: { label: [KEPT_LABEL] } });
    // Other test files keep theirs meanwhile.
    const mine = ({ Labels }: { Labels: Record<string, string> }) => Labels['leyden.pid'] === String(process.pid);
    const made = after.Volumes.filter((volume) => mine(volume) && !before.Volumes.some(({ Name }) => Name === volume.Name));
    t.is(made.length, 1);
    kept = made[0]?.Labels[KEPT_LABEL];
    t.is((await listOurs(docker)).find(({ id }) => id === made[0]?.Name)?.state, 'held', 'only clean --all removes it');
    {
      const runId = newRunId();
      await using copy = await findKept({ docker, key: kept!, runId, labels: labelsOf({ runId, keep: false }), image: LOCAL_BITCOIND_REF });
      t.true(copy?.sealed, 'LND derives its keys anew only where it made them');
    }
    {
      await using second = await openDocker(plan, { connectRelay });
      t.true(found(second));
      t.deepEqual(
        [...second.nodes.values()].map(({ publicKey }) => publicKey),
        keys,
      );
      t.is(await pays(t, second, 2), balance, 'the payment of the run before is none of this one’s');
    }
    await using third = await openDocker(plan, { connectRelay, fresh: true });
    t.false(found(third));
    t.notDeepEqual(
      [...third.nodes.values()].map(({ publicKey }) => publicKey),
      keys,
    );
  },
);

engineTest('peers behind a link dial its proxy only, also after a reset, and hear each other only after the delay', async (t) => {
  t.timeout(RUN_DEADLINE_MS);
  const [channel] = linePlan(2).channels;
  // Two channels of one pair: one connection.
  const channels = [channel!, { ...channel!, name: `${channel!.name} again` }];
  const plan = { ...linePlan(2), channels, links: [{ ends: ['n0', 'n1'] as const, link: { ...LINK_CLEAN, delayMs: 100 } }] };
  await using network = await openDocker(plan, { connectRelay });
  const [n0, n1] = [...network.nodes.values()] as [LndNode, LndNode];
  t.is((await network.linkFindings?.())?.[0]?.connections, 1, 'a dial that takes its time is not dialled beside');
  const addresses = async ({ lnd }: LndNode) => (await getPeers({ lnd })).peers.map(({ socket }) => socket.split(':')[0]);
  const [atN0, atN1] = [await addresses(n0), await addresses(n1)];
  t.deepEqual(atN0, atN1, 'both ends see the same host: the proxy');
  t.not(atN0[0], n1.socket.split(':')[0]);

  const heard = (await n1.peerMessages())[Symbol.asyncIterator]();
  const from = performance.now();
  await n0.sendPeerMessage({ to: n1.publicKey, type: 40_001, data: new Uint8Array(100) });
  await heard.next();
  // A lower bound: what is slow is the machine's, what is fast would be the proxy's fault.
  t.true(performance.now() - from > 99);

  await n1.disconnect(n0.publicKey);
  await mended(network, n0, n1);
  t.deepEqual(await addresses(n0), atN0, 'given the address of the node itself, the proxy is dialled');
  const [link] = (await network.linkFindings?.()) ?? [];
  t.deepEqual(link?.dialledPast, []);
  t.true((link?.connections ?? 0) >= 2);
  t.true((link?.error?.count ?? 0) > 0);
});
