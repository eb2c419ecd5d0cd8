import test, { type ExecutionContext } from 'ava';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated, type SimulatedNetwork } from '../../nodes/simulated/index.ts';
import { LINKS } from '../faults/plan.ts';
import { FAULTS_CONTRACT } from '../faults-contract.ts';
import { linePlan } from './line.ts';

const plan = { ...linePlan(3, { node: { relay: { budgetMsat: 100_000_000, feeLimitMsat: 10_000, allow: [] } } }), links: LINKS };

/** By their titles, each with why the model cannot. */
const SKIP: Readonly<Record<string, string>> = {
  'of a half-open link one end is told at once, and the other believes in it':
    'a connection of the model is up for both its ends or for none',
};
for (const title of Object.keys(SKIP)) if (!(title in FAULTS_CONTRACT)) throw new Error(`the skip list names no test: ${title}`);

for (const [title, promise] of Object.entries(FAULTS_CONTRACT)) {
  if (title in SKIP) {
    test.skip(`simulated: ${title} (skipped: ${SKIP[title]})`, () => {});
    continue;
  }
  test(`simulated: ${title}`, async (t) => {
    await using network = await openSimulated(plan, { startRelay });
    await promise(t, network);
    for (const channel of network.model.channels) t.is(channel.missingMsat(), 0);
  });
}

/** n0 and n1, whose link is cut and whose connection is gone: nobody connects them before it is healed, then they do so themselves. */
const apartUntilHealed = async (t: ExecutionContext, network: SimulatedNetwork): Promise<void> => {
  const [n0, n1] = [network.nodes.get('n0')!, network.nodes.get('n1')!];
  await t.throwsAsync(n0.connect(n1.publicKey, n1.socket), { name: 'PeerError' });
  await network.faults.inflict({ kind: 'heal', edges: [['n0', 'n1']] });
  await network.clock.sleep(10_000);
  t.deepEqual(await n0.peers(), [n1.publicKey]);
};

test('simulated: what a cut link carries is held until it is whole, and a long cut costs the connection until then', async (t) => {
  await using network = await openSimulated(plan, { startRelay });
  const [n0, n1] = [network.nodes.get('n0')!, network.nodes.get('n1')!];
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { data } of await n1.peerMessages()) heard.push(Buffer.from(data).toString());
  })();
  listening.catch(() => {});
  await network.clock.sleep(100);
  const say = (text: string) => n0.sendPeerMessage({ to: n1.publicKey, type: 40_001, data: Buffer.from(text) });
  const edges = [['n1', 'n0']] as const;
  await network.faults.inflict({ kind: 'cut', edges });
  await say('short');
  await network.clock.sleep(10_000);
  t.deepEqual(heard, []);
  await network.faults.inflict({ kind: 'heal', edges });
  await network.clock.sleep(100);
  t.deepEqual(heard, ['short']);

  await network.faults.inflict({ kind: 'cut', edges });
  await say('lost with the connection');
  await network.clock.sleep(90_000);
  t.deepEqual(await n0.peers(), []);
  await apartUntilHealed(t, network);
  t.deepEqual(heard, ['short']);
  t.true((await n0.channels()).every(({ active }) => active));
});

test('simulated: a reset link has no connection and takes none until it is healed, also where it was a black hole before', async (t) => {
  await using network = await openSimulated(plan, { startRelay });
  const [n0, n1] = [network.nodes.get('n0')!, network.nodes.get('n1')!];
  const edges = [['n0', 'n1']] as const;
  await network.faults.inflict({ kind: 'cut', edges });
  t.deepEqual(await n0.peers(), [n1.publicKey]);
  await network.faults.inflict({ kind: 'cut', edges, how: 'reset' });
  t.deepEqual(await n0.peers(), []);
  await network.clock.sleep(90_000);
  t.deepEqual(await n0.peers(), []);
  await apartUntilHealed(t, network);
  t.true((await n0.channels()).every(({ active }) => active));
});

test('simulated: a half-open cut is refused by name, and cuts nothing', async (t) => {
  await using network = await openSimulated(plan, { startRelay });
  const n0 = network.nodes.get('n0')!;
  const cut = network.faults.inflict({ kind: 'cut', edges: [['n0', 'n1']], how: 'half-open' });
  await t.throwsAsync(cut, { name: 'InfrastructureError', message: /half-open/ });
  t.true((await n0.channels()).every(({ active }) => active));
});
