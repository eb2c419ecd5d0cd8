import test from 'ava';
import fc from 'fast-check';
import type { Network } from '../../nodes/node.ts';
import { serveOrigin } from '../../nodes/origin.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { LEG_WINDOW_BYTES } from '../../nodes/relay/carrier/peer-leg.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { PASSAGE_AHEAD_BYTES, PASSAGE_PRICE_MAX_MSAT, PASSAGE_WINDOW_BYTES } from '../../nodes/relay/payment/passages.ts';
import { decodeToll, encodeToll, TOLL_BYTES } from '../../nodes/relay/payment/toll.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';

const MIB = 2 ** 20;

/** Four nodes; every relay asks so much for each MiB; `shop` stands near the last. */
const plan = (msat: number, budgetMsat: number): NetworkPlan => {
  const line = relayLinePlan();
  const passagePrice = { msat, per: 'MiB' } as const;
  const nodes = line.nodes.slice(0, 4).map((node, index) => ({
    ...node,
    relay: { budgetMsat: index === 0 ? budgetMsat : 1e9, feeLimitMsat: 10_000, allow: index === 3 ? ['shop:80'] : [], passagePrice },
  }));
  return { ...line, nodes, channels: line.channels.slice(0, 3), origins: [{ name: 'shop', near: 'n3', port: 80 }] };
};

const open = (msat: number, budgetMsat = 1e9): Promise<Network> =>
  openSimulated(plan(msat, budgetMsat), { startRelay, serveOrigin: (socket, now) => serveOrigin(socket, now) });

/** Bytes of body that came until the stream ended or nothing came for so long. */
const download = async (network: Network, bytes: number, patienceMs: number): Promise<number> => {
  const exit = network.nodes.get('n3')!.publicKey;
  await using session = await network.relays.get('n0')!.openSession({ exit, carrier: 'peer-message' });
  const socket = await session.connect('shop', 80);
  let [came, cameMs, over] = [0, network.clock.now(), false];
  socket.on('data', (chunk: Buffer) => {
    came += chunk.length;
    cameMs = network.clock.now();
  });
  for (const event of ['end', 'error', 'close'])
    socket.once(event, () => {
      over = true;
    });
  socket.write(`GET /bytes/${bytes}?seed=x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
  while (!over && network.clock.now() - cameMs < patienceMs) await network.clock.sleep(200);
  socket.destroy();
  return came;
};

test('relays on the way are paid for what they passed on, at their price, and every millisatoshi is accounted for', async (t) => {
  await using network = await open(2_000);
  const before = new Map<string, number>();
  for (const [name, node] of network.nodes) before.set(name, (await node.balanceMsat()).localMsat);
  const came = await download(network, 6 * MIB, 20_000);
  t.true(came > 6 * MIB);
  await network.quiet();
  const { accounts, deliveredMsat, feesMsat } = await network.relays.get('n0')!.ledger();
  const circuit = accounts!.filter(({ purpose }) => purpose === 'circuit');
  t.is(circuit.length, 1);
  t.is(circuit[0]!.deliveredMsat, deliveredMsat);
  for (const name of ['n1', 'n2']) {
    const { receivedMsat } = await network.relays.get(name)!.ledger();
    // What it carried, units and acknowledgements, and at most what is paid ahead.
    t.true(receivedMsat >= ((6 * MIB - PASSAGE_WINDOW_BYTES - 2 * LEG_WINDOW_BYTES) * 2_000) / MIB, `${name} ${receivedMsat}`);
    t.true(receivedMsat <= ((7 * MIB + PASSAGE_AHEAD_BYTES) * 2_000) / MIB, `${name} ${receivedMsat}`);
  }
  const change = async (name: string) => (await network.nodes.get(name)!.balanceMsat()).localMsat - before.get(name)!;
  t.is(await change('n0'), -(deliveredMsat + feesMsat));
  let sum = 0;
  for (const name of network.nodes.keys()) sum += await change(name);
  t.is(sum, 0);
});

for (const [why, msat, budgetMsat] of [
  ['has nothing to spend', 2_000, 0],
  ['finds the price too high', PASSAGE_PRICE_MAX_MSAT + 1, 1e9],
] as const)
  test(`a client that ${why} is carried one window on a circuit and what its links have credit for, and no more`, async (t) => {
    await using network = await open(msat, budgetMsat);
    const came = await download(network, 8 * MIB, 4_000);
    t.true(came > 0);
    t.true(came <= PASSAGE_WINDOW_BYTES + 2 * LEG_WINDOW_BYTES, `${came}`);
    t.is((await network.relays.get('n0')!.ledger()).deliveredMsat, 0);
  });

test('a price of nothing asks nothing', async (t) => {
  await using network = await open(0);
  t.true((await download(network, 2 * MIB, 20_000)) > 2 * MIB);
  t.is((await network.relays.get('n0')!.ledger()).deliveredMsat, 0);
});

test('a toll reads as it was written, and only from the relay whose secret it is', (t) => {
  const secret = Buffer.alloc(32, 1);
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), fc.nat(TOLL_BYTES * 8 - 1), (msatPerMib, carriedBytes, bit) => {
      const body = encodeToll(secret, { msatPerMib, carriedBytes });
      t.like(
        decodeToll(body, () => secret),
        { msatPerMib, carriedBytes },
      );
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      t.throws(() => decodeToll(changed, () => secret), { instanceOf: FrameError });
      t.throws(() => decodeToll(body, () => undefined), { instanceOf: FrameError });
      t.throws(() => decodeToll(body, () => Buffer.alloc(32, 2)), { instanceOf: FrameError });
    }),
    { numRuns: 50 },
  );
});
