/** What the faults of the seam promise, run against both networks: a line of three, n0 - n1 - n2, with a relay beside each. */
import type { ExecutionContext } from 'ava';
import { LeydenError } from '../nodes/errors.ts';
import type { Fault, Faults } from '../nodes/faults.ts';
import type { Network, Node, Route } from '../nodes/node.ts';
import { LINK_CLEAN } from '../nodes/plan.ts';

/** Every test leaves the network whole, but for the last two. */
export type FaultsContract = (t: ExecutionContext, network: Network) => Promise<void>;

const HINT_MS = 60_000;
/** Far less than the minute that LND takes to miss a peer whose answers a black hole swallows. */
const AT_ONCE_MS = 5_000;
const LOOK_MS = 100;
const DELAY_MS = 300;
const isNamed = (error: unknown): boolean => error instanceof LeydenError;

const faultsOf = ({ faults }: Network): Faults => faults!;
const nodeOf = (network: Network, name: string): Node => network.nodes.get(name)!;
const lnd = (node: string) => ({ part: 'lnd', node }) as const;
const relay = (node: string) => ({ part: 'relay', node }) as const;

/** Over both channels, as relays find theirs: where LND remembers failures on the only way there is, that way all the same. */
const routed = (network: Network): Promise<Route> =>
  nodeOf(network, 'n0').route({ destination: nodeOf(network, 'n2').publicKey, amountMsat: 1_000, maxFeeMsat: 100_000 });

/** A keysend of 1 sat. */
const pay = async (network: Network, route = routed(network)): Promise<void> => {
  const preimage = crypto.getRandomValues(new Uint8Array(32));
  await nodeOf(network, 'n0').pay({ to: await route, amountMsat: 1_000, maxFeeMsat: 100_000, preimage, timeoutMs: 20_000 });
};

/** Looks until it is so. */
const until = async (
  t: ExecutionContext,
  network: Network,
  what: string,
  look: () => Promise<boolean>,
  withinMs = HINT_MS,
): Promise<void> => {
  const lateMs = network.clock.now() + withinMs;
  while (!(await look().catch(() => false))) {
    if (network.clock.now() > lateMs) return t.fail(`not within ${withinMs} ms: ${what}`);
    await network.clock.sleep(LOOK_MS);
  }
};

const active = (network: Network, name: string): Promise<number> =>
  nodeOf(network, name)
    .channels()
    .then((channels) => channels.filter((channel) => channel.active).length);

/** A fault and its end, and what holds in between. */
const meanwhile = async (network: Network, fault: Fault, end: Fault, work: () => Promise<void>): Promise<void> => {
  await faultsOf(network).inflict(fault);
  try {
    await work();
  } finally {
    await faultsOf(network).inflict(end);
    await faultsOf(network).mend();
  }
};

/** A payment begun during the fault has not ended two seconds later, and settles after the fault's end. */
const holdsAPayment = async (t: ExecutionContext, network: Network, fault: Fault, end: Fault): Promise<void> => {
  const route = await routed(network);
  let paid = false;
  let payment: Promise<void> = Promise.resolve();
  await meanwhile(network, fault, end, async () => {
    payment = pay(network, Promise.resolve(route)).then(() => {
      paid = true;
    });
    payment.catch(() => {});
    await network.clock.sleep(2_000);
    t.false(paid);
  });
  await payment;
  t.true(paid);
};

export const FAULTS_CONTRACT: Readonly<Record<string, FaultsContract>> = {
  async 'an LND that was killed answers nobody, its peers notice, and after its restart payments pass again'(t, network) {
    await pay(network);
    const process = lnd('n1');
    await meanwhile(network, { kind: 'kill', process }, { kind: 'restart', process }, async () => {
      t.true(
        await nodeOf(network, 'n1')
          .height()
          .then(() => false, isNamed),
      );
      await until(t, network, 'n0 sees its channel inactive', async () => (await active(network, 'n0')) === 0);
      t.true(await pay(network).then(() => false, isNamed));
    });
    t.is(await active(network, 'n1'), 2);
    await pay(network);
  },

  async 'an LND that is stopped and started keeps its key, its channels and where it is dialled'(t, network) {
    const node = nodeOf(network, 'n2');
    await network.quiet();
    const before = { channels: (await node.channels()).map(({ id }) => id), balance: await node.balanceMsat() };
    const process = lnd('n2');
    await meanwhile(network, { kind: 'stop', process }, { kind: 'restart', process }, async () => {
      t.true(await node.height().then(() => false, isNamed));
    });
    t.deepEqual({ channels: (await node.channels()).map(({ id }) => id), balance: await node.balanceMsat() }, before);
    await pay(network);
  },

  async 'an LND that stands still holds what is asked of it until it goes on'(t, network) {
    const process = lnd('n1');
    await holdsAPayment(t, network, { kind: 'pause', process }, { kind: 'resume', process });
  },

  async 'a relay that was killed answers nobody, and knows after its restart what it had paid'(t, network) {
    const client = network.relays.get('n0')!;
    await client.sendUnits({ id: 'aa'.repeat(16), to: network.relays.get('n1')!.publicKey, carrier: 'keysend', count: 2 });
    const before = await client.ledger();
    t.true(before.htlcsSettled >= 2);
    const process = relay('n0');
    await meanwhile(network, { kind: 'kill', process }, { kind: 'restart', process }, async () => {
      await t.throwsAsync(client.ledger());
    });
    const after = await client.ledger();
    t.is(after.htlcsSettled, before.htlcsSettled);
    t.is(after.deliveredMsat, before.deliveredMsat);
  },

  async 'a session ends by name when the process of its exit was killed, and another one can be opened after the restart'(t, network) {
    const client = network.relays.get('n0')!;
    const exit = network.relays.get('n1')!.publicKey;
    const process = relay('n1');
    {
      await using session = await client.openSession({ exit, carrier: 'peer-message', identity: 'named' });
      t.true((await session.ping()) > 0);
      await meanwhile(network, { kind: 'kill', process }, { kind: 'restart', process }, async () => {});
      t.true(await session.ping().then(() => false, isNamed));
    }
    await until(t, network, 'a session to the relay that was started again', async () => {
      await using session = await client.openSession({ exit, carrier: 'peer-message', identity: 'named' });
      return (await session.ping()) > 0;
    });
  },

  async 'without bitcoind payments pass over routes that are known, and what is done twice is no error'(t, network) {
    const process = { part: 'bitcoind' } as const;
    // LND asks bitcoind for the height when it looks for a route, and waits for as long as that is gone.
    const route = await routed(network);
    await meanwhile(network, { kind: 'kill', process }, { kind: 'restart', process }, async () => {
      await faultsOf(network).inflict({ kind: 'kill', process });
      await pay(network, Promise.resolve(route));
    });
    await faultsOf(network).inflict({ kind: 'resume', process });
    await t.notThrowsAsync(pay(network));
  },

  async 'mending brings back whatever is down or stands still'(t, network) {
    const faults = faultsOf(network);
    await faults.inflict({ kind: 'kill', process: lnd('n0') });
    await faults.inflict({ kind: 'pause', process: lnd('n2') });
    await faults.inflict({ kind: 'kill', process: relay('n1') });
    await faults.inflict({ kind: 'pause', process: relay('n2') });
    await faults.mend();
    t.deepEqual(await Promise.all(['n0', 'n1', 'n2'].map((name) => active(network, name))), [1, 2, 1]);
    for (const client of network.relays.values()) t.true((await client.ledger()).budgetMsat > 0);
    await pay(network);
  },

  async 'a policy that changes is what others pay once gossip has told them, and nothing else of it changes'(t, network) {
    const [, n1, n2] = ['n0', 'n1', 'n2'].map((name) => nodeOf(network, name));
    const change = (feeBaseMsat: number): Fault => ({ kind: 'policy', channel: 'n1-n2', from: 'n1', policy: { feeBaseMsat } });
    const feeMsat = async () =>
      (await nodeOf(network, 'n0').route({ destination: n2!.publicKey, amountMsat: 1_000_000, maxFeeMsat: 100_000 })).feeMsat;
    const before = await feeMsat();
    await faultsOf(network).inflict(change(5_000));
    await until(t, network, 'n0 knows the new fee', async () => (await feeMsat()) === before + 4_000);
    const edge = (await n1!.graph()).edges.find(({ ends }) => ends.some(({ publicKey }) => publicKey === n2!.publicKey))!;
    const policyOf = (node: Node) => edge.ends.find(({ publicKey }) => publicKey === node.publicKey)!.policy;
    t.like(policyOf(n1!), { feeBaseMsat: 5_000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 });
    t.like(policyOf(n2!), { feeBaseMsat: 1_000 });
    await pay(network);
    await faultsOf(network).inflict(change(1_000));
    await until(t, network, 'n0 knows the old fee again', async () => (await feeMsat()) === before);
  },

  async 'blocks that are mined are seen by every node'(t, network) {
    const before = await nodeOf(network, 'n0').height();
    await faultsOf(network).inflict({ kind: 'mine', blocks: 3 });
    for (const node of network.nodes.values())
      await until(t, network, `${node.name} at height ${before + 3}`, async () => (await node.height()) === before + 3);
    t.is(await nodeOf(network, 'n2').height(), before + 3);
    await pay(network);
  },

  async 'what was mined before bitcoind was killed is there after its restart, and an LND that starts then finds its height'(t, network) {
    const faults = faultsOf(network);
    const height = (await nodeOf(network, 'n2').height()) + 1;
    await faults.inflict({ kind: 'mine', blocks: 1 });
    for (const node of network.nodes.values())
      await until(t, network, `${node.name} at height ${height}`, async () => (await node.height()) === height);
    await faults.inflict({ kind: 'kill', process: { part: 'bitcoind' } });
    await faults.inflict({ kind: 'restart', process: { part: 'bitcoind' } });
    await faults.inflict({ kind: 'restart', process: lnd('n2') });
    await faults.mend();
    await until(t, network, `n2 at height ${height}`, async () => (await nodeOf(network, 'n2').height()) >= height);
    await t.notThrowsAsync(pay(network));
  },

  async 'what crosses a link that is cut waits until it is whole'(t, network) {
    const edges = [['n1', 'n0']] as const;
    await holdsAPayment(t, network, { kind: 'cut', edges }, { kind: 'heal', edges });
  },

  async 'a link that is reset is missed at both its ends at once, and carries nothing until it is healed'(t, network) {
    const edges = [['n1', 'n0']] as const;
    const atWork = () => Promise.all(['n0', 'n1'].map((name) => active(network, name)));
    await meanwhile(network, { kind: 'cut', edges, how: 'reset' }, { kind: 'heal', edges }, async () => {
      await until(t, network, 'n0 and n1 see their channel inactive', async () => (await atWork()).join() === '0,1', AT_ONCE_MS);
      t.true(await pay(network).then(() => false, isNamed));
      t.deepEqual(await atWork(), [0, 1], 'who dials again is refused');
    });
    t.deepEqual(await atWork(), [1, 2]);
    await pay(network);
  },

  async 'of a half-open link one end is told at once, and the other believes in it'(t, network) {
    const [n0, n1] = [nodeOf(network, 'n0'), nodeOf(network, 'n1')];
    const edges = [['n0', 'n1']] as const;
    await meanwhile(network, { kind: 'cut', edges, how: 'half-open' }, { kind: 'heal', edges }, async () => {
      const lost = async () => (await n0.peers()).length === 0 && (await active(network, 'n0')) === 0;
      await until(t, network, 'n0 has lost n1', lost, AT_ONCE_MS);
      t.true((await n1.peers()).includes(n0.publicKey));
      t.is(await active(network, 'n1'), 2);
      t.true(await pay(network).then(() => false, isNamed));
    });
    t.deepEqual(await n0.peers(), [n1.publicKey]);
    t.true((await n1.peers()).includes(n0.publicKey));
    await pay(network);
  },

  async 'a link that is degraded has its delay until it is healed, and carries on'(t, network) {
    const edges = [['n0', 'n1']] as const;
    const link = { ...LINK_CLEAN, delayMs: DELAY_MS };
    await meanwhile(network, { kind: 'degrade', edges, link }, { kind: 'heal', edges }, async () => {
      const route = await routed(network);
      const fromMs = network.clock.now();
      await pay(network, Promise.resolve(route));
      // BOLT 2: add and commit, revoke and commit, revoke; then the preimage back.
      t.true(network.clock.now() - fromMs >= 4 * DELAY_MS);
    });
    await pay(network);
  },

  async 'a channel that is closed is gone at both ends and from every graph, and nothing is paid over it'(t, network) {
    const ends = ['n1', 'n2'].map((name) => nodeOf(network, name));
    await faultsOf(network).inflict({ kind: 'close', channel: 'n1-n2', how: 'cooperative' });
    t.deepEqual(await Promise.all(ends.map(async (node) => (await node.channels()).length)), [1, 0]);
    await until(t, network, 'n0 knows one channel', async () => (await nodeOf(network, 'n0').graph()).edges.length === 1);
    t.true(await pay(network).then(() => false, isNamed));
    await faultsOf(network).mend();
  },

  async 'a channel that is closed by force is gone at both ends, too'(t, network) {
    const [n0, n1] = [nodeOf(network, 'n0'), nodeOf(network, 'n1')];
    await faultsOf(network).inflict({ kind: 'close', channel: 'n0-n1', how: 'force' });
    t.deepEqual(await n0.channels(), []);
    t.false((await n1.channels()).some(({ partner }) => partner === n0.publicKey));
    t.true(await pay(network).then(() => false, isNamed));
    await faultsOf(network).mend();
    await network.quiet();
  },
};
