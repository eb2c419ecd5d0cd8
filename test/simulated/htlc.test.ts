import test from 'ava';
import { PaymentFailedError } from '../../nodes/errors.ts';
import type { Network, Payment, Route } from '../../nodes/node.ts';
import { FINAL_CLTV_DELTA, FINAL_EXPIRY_MIN_BLOCKS, OUTGOING_EXPIRY_MIN_BLOCKS } from '../../nodes/simulated/chain.ts';
import type { Path } from '../../nodes/simulated/path.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const PAYMENT = { amountMsat: 1_000, maxFeeMsat: 100_000 };

function routeAcross(network: Network): Promise<Route> {
  const nodes = [...network.nodes.values()];
  return nodes[0]!.route({ ...PAYMENT, destination: nodes.at(-1)!.publicKey });
}

/** The route with its first HTLC, or its first hop's orders, changed behind the payer's back. */
function bent(route: Route, bend: (path: Path) => Path): Route {
  return { ...route, native: { path: bend((route.native as { path: Path }).path) } };
}

const firstHop = (change: object) => (path: Path) => ({
  ...path,
  hops: path.hops.map((hop, index) => (index === 0 ? { ...hop, ...change } : hop)),
});

for (const [what, reason, bend] of [
  ['a fee one msat short of the policy', 'FEE_INSUFFICIENT', (path: Path) => ({ ...path, firstMsat: path.firstMsat - 1 })],
  ['a time-lock one block short of the policy', 'INCORRECT_CLTV_EXPIRY', (path: Path) => ({ ...path, firstExpiry: path.firstExpiry - 1 })],
  ['less than the smallest HTLC', 'AMOUNT_BELOW_MINIMUM', firstHop({ forwardMsat: 9 })],
  [
    'a next node that the channel does not lead to',
    'UNKNOWN_NEXT_PEER',
    (path: Path) => ({ ...path, hops: path.hops.map((hop, index) => (index === 1 ? { ...hop, publicKey: `02${'11'.repeat(32)}` } : hop)) }),
  ],
] as const) {
  test(`${what} is refused by the hop that is asked, and nothing moves`, async (t) => {
    await using network = await open(linePlan(3, { policy: { htlcMinimumMsat: 10 } }));
    const [n0, n1] = nodesOf(network);
    const before = [await n0!.balanceMsat(), await n1!.balanceMsat()];
    const to = bent(await routeAcross(network), bend);
    const failed = await t.throwsAsync(n0!.pay({ ...PAYMENT, to, preimage: preimage(1) }), { instanceOf: PaymentFailedError });
    t.is(failed!.reason, reason);
    await network.quiet();
    t.deepEqual([await n0!.balanceMsat(), await n1!.balanceMsat()], before);
  });
}

async function outcomeOf(payment: Promise<Payment>): Promise<string> {
  try {
    await payment;
    return 'settled';
  } catch (error) {
    if (error instanceof PaymentFailedError) return error.reason;
    throw error;
  }
}

/** What becomes of a payment over so many hops when blocks came after its route was made. */
async function outcomeAfter(blocks: number, hops: number): Promise<string> {
  await using network = await open(linePlan(hops + 1));
  const to = await routeAcross(network);
  await network.faults.inflict({ kind: 'mine', blocks });
  return await outcomeOf(nodesOf(network)[0]!.pay({ ...PAYMENT, to, preimage: preimage(1) }));
}

test('what would expire within 13 blocks is not passed on', async (t) => {
  const late = FINAL_CLTV_DELTA - OUTGOING_EXPIRY_MIN_BLOCKS;
  t.is(await outcomeAfter(late, 2), 'EXPIRY_TOO_SOON');
  // A block before it is, and fails at its destination, which wants 19.
  t.is(await outcomeAfter(late - 1, 2), 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS');
});

test('a destination takes what has 19 blocks left, and nothing that has less', async (t) => {
  const last = FINAL_CLTV_DELTA - FINAL_EXPIRY_MIN_BLOCKS;
  t.is(await outcomeAfter(last, 1), 'settled');
  t.is(await outcomeAfter(last + 1, 1), 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS');
});

test('what is more than the largest HTLC of the channel on is not passed on', async (t) => {
  await using network = await open(linePlan(3));
  const [n0] = nodesOf(network);
  const to = await routeAcross(network);
  const { htlcMaxMsat } = network.model.core.graph;
  // n1's end of its channel with n2.
  const end = 2;
  const outcomes: string[] = [];
  for (const [number, maximumMsat] of [PAYMENT.amountMsat, PAYMENT.amountMsat - 1].entries()) {
    htlcMaxMsat[end] = maximumMsat;
    outcomes.push(await outcomeOf(n0!.pay({ ...PAYMENT, to, preimage: preimage(number) })));
  }
  t.deepEqual(outcomes, ['settled', 'TEMPORARY_CHANNEL_FAILURE']);
});

test('a full batch is signed for at once, and a smaller one waits for the commit tick', async (t) => {
  for (const [count, waits] of [
    [10, false],
    [9, true],
  ] as const) {
    // A tick of 10 s is far from everything else that takes time here.
    await using network = await open(linePlan(2, { node: { commitIntervalMs: 10_000 } }));
    const [n0] = nodesOf(network);
    const to = await routeAcross(network);
    await Promise.all(Array.from({ length: count }, (_, index) => n0!.pay({ ...PAYMENT, to, preimage: preimage(index) })));
    t.is(network.clock.now() > 10_000, waits, `${count} HTLCs took ${network.clock.now()} ms`);
  }
});

test('an HTLC that is on its way when its peers lose each other ends after they are back', async (t) => {
  for (const afterMs of [5, 20, 40, 70, 90, 110, 130, 170, 190]) {
    await using network = await open(linePlan(3));
    const [n0, n1, n2] = nodesOf(network);
    const to = await routeAcross(network);
    const before = (await n2!.balanceMsat()).localMsat;
    const paying = n0!.pay({ ...PAYMENT, to, preimage: preimage(1) });
    await network.clock.sleep(afterMs);
    await n1!.disconnect(n2!.publicKey);
    await network.clock.sleep(500);
    await n1!.connect(n2!.publicKey, n2!.socket);
    // Refused while the channel was down, or settled: both are an end.
    const outcome = await paying.then(
      () => 'settled',
      (error: Error) => (error instanceof PaymentFailedError ? 'failed' : error.name),
    );
    t.regex(outcome, /^(settled|failed)$/);
    await network.quiet();
    t.is((await n2!.balanceMsat()).localMsat - before, outcome === 'settled' ? 1_000 : 0, `lost after ${afterMs} ms: ${outcome}`);
    for (const channel of network.model.channels) t.is(channel.missingMsat() + channel.pendingHtlcs, 0);
  }
});

test('neither side can spend into its reserve', async (t) => {
  await using network = await open(linePlan(2));
  const [n0, n1] = nodesOf(network);
  const all = (await n1!.balanceMsat()).localMsat;
  // BOLT 2: 1 % of 10 M sat stays.
  const mostMsat = all - 100_000_000;
  const pay = (amountMsat: number, number: number) => n1!.pay({ to: n0!.publicKey, amountMsat, preimage: preimage(number), maxFeeMsat: 0 });
  t.is((await t.throwsAsync(pay(mostMsat + 1, 1), { instanceOf: PaymentFailedError }))!.reason, 'INSUFFICIENT_BALANCE');
  await pay(mostMsat, 2);
  await network.quiet();
  t.is((await n1!.balanceMsat()).localMsat, 100_000_000);
});

test('the opener’s balance is short of the commitment fee and anchors that LND showed', async (t) => {
  // Read from LND 0.21.3: 9,996,530 sat of 10 M are left, 2,810 sat of fee and two anchors of 330 sat.
  await using network = await open(linePlan(2));
  const [channel] = await nodesOf(network)[0]!.channels();
  t.is(channel!.localBalanceSat + channel!.remoteBalanceSat, 9_996_530);
  t.is(channel!.remoteBalanceSat, 5_000_000);
});

test('a payment is told once to whoever listens, though its hash be paid again by another', async (t) => {
  await using network = await open(linePlan(3));
  const [n0, n1, n2] = nodesOf(network);
  const stop = new AbortController();
  const received = await n2!.receivedPayments(stop);
  const heard: number[] = [];
  const reading = (async () => {
    for await (const { amountMsat } of received) heard.push(amountMsat);
  })();
  for (const payer of [n0!, n1!]) await payer.pay({ ...PAYMENT, to: n2!.publicKey, preimage: preimage(1) });
  await network.clock.sleep(1_000);
  stop.abort();
  await reading;
  t.deepEqual(heard, [1_000]);
});

test('what is on the wire when the connection breaks is gone for messages, and sent again for channels', async (t) => {
  await using network = await open(linePlan(2));
  const [n0, n1] = nodesOf(network);
  const connection = network.model.lnds.get('n0')!.connections.get(n1!.publicKey)!;
  const stop = new AbortController();
  const received = await n1!.peerMessages(stop);
  const heard: number[] = [];
  const reading = (async () => {
    for await (const { data } of received) heard.push(data[0]!);
  })();
  const send = (number: number) => n0!.sendPeerMessage({ to: n1!.publicKey, type: 40_001, data: Uint8Array.of(number) });
  await send(1);
  // The message is written and 60 µs from its peer.
  connection.drop();
  connection.restore();
  await network.clock.sleep(1_000);
  await send(2);
  await network.clock.sleep(1_000);
  stop.abort();
  await reading;
  t.deepEqual(heard, [2]);

  const to = await routeAcross(network);
  const paying = n0!.pay({ ...PAYMENT, to, preimage: preimage(1) });
  while (network.model.channels[0]!.pendingHtlcs === 0) await network.clock.sleep(1);
  // Broken every millisecond while the HTLC is added: whatever was on the wire then is sent once more and counts once.
  for (let broken = 0; broken < 60; broken++) {
    await network.clock.sleep(1);
    connection.drop();
    connection.restore();
  }
  t.is((await paying).amountMsat, 1_000);
  await network.quiet();
  t.is(network.model.channels[0]!.missingMsat(), 0);
});
