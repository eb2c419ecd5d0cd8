/**
 * What nodes/node.ts promises, as tests that run on every network: a line of six nodes, n0 … n5, 10 M sat channels half and half,
 * LND's default policy but a minimum of 1 msat, the default onion limiter, no relays. Numbers come from LND.md's tables, BOLT 4 and
 * `bolt04` (test/onion.test.ts). What a network cannot do stands in its skip list with the reason.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ExecutionContext, TestFn } from 'ava';
import { FeeLimitError, LeydenError, NoRouteError, PayloadTooLargeError, PaymentFailedError, PeerError } from '../nodes/errors.ts';
import type { Network, Node, OnionBytes, PayRequest, Route } from '../nodes/node.ts';
import { keysendPayloadBytesMax } from '../nodes/onion.ts';
import { arrivalOf, hear } from './hearing.ts';

export interface ContractOptions {
  /** Opens the title of every test. */
  readonly title: string;
  /** Called once, before the first test; the suite disposes it. */
  readonly open: () => Promise<Network>;
  /** Tests by their title (without the network's), each with why this network cannot. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
}

type Contract = (t: ExecutionContext, network: Network, line: readonly Node[]) => Promise<void>;

const HOPS = [1, 2, 3, 4, 5] as const;
const RECORD_TYPE = 1_197_863;
const PEER_TYPE = 47_863;
const MESSAGE_TYPE = 1_197_865;
const FEES_MSAT = 1_000_000;
/** LND.md: real LND 0.21.3, regtest, 1000 msat. */
const KEYSEND_LIMITS = [1207, 1156, 1105, 1054, 1003];
/** LND.md and bolt04: 1366 B onions, and 32,834 B. */
const SMALL_ONION_LIMITS = [1205, 1084, 963, 842, 721];
const ONION_LIMITS = [32_673, 32_552, 32_431, 32_310, 32_189];
const LARGE_ONION_LIMITS = [65_337, 65_216, 65_095, 64_974, 64_853];
const PEER_MESSAGE_LIMIT = 65_533;
/** What a test waits for one thing to arrive, in the network's own time. */
const ARRIVES_MS = 20_000;

export function networkContract(test: TestFn, { title, open, skip = [] }: ContractOptions): void {
  let network: Network | undefined;
  test.serial.before(`${title}: opens`, async (t) => {
    t.timeout(600_000);
    network = await open();
  });
  test.serial.after.always(`${title}: is closed`, async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });
  for (const { test: name } of skip) if (!(name in CONTRACTS)) throw new Error(`the skip list names no test: ${name}`);
  for (const [name, body] of Object.entries(CONTRACTS)) {
    const reason = skip.find((entry) => entry.test === name)?.reason;
    if (reason !== undefined) {
      test.serial.skip(`${title}: ${name} (skipped: ${reason})`, () => {});
      continue;
    }
    test.serial(`${title}: ${name}`, async (t) => {
      t.timeout(180_000);
      await body(t, network!, [...network!.nodes.values()]);
    });
  }
}

const CONTRACTS: Readonly<Record<string, Contract>> = {
  'every node knows every edge, with both policies': async (t, network, line) => {
    const chain = line.map(({ publicKey }) => publicKey);
    for (const node of line) {
      const { nodes, edges } = await node.graph();
      t.deepEqual(nodes.map(({ publicKey }) => publicKey).sort(), [...chain].sort());
      t.is(edges.length, 5);
      for (const { capacitySat, ends } of edges) {
        t.is(capacitySat, 10_000_000);
        t.true(ends[0].publicKey < ends[1].publicKey, 'BOLT 7: the lesser key first');
        t.is(Math.abs(chain.indexOf(ends[0].publicKey) - chain.indexOf(ends[1].publicKey)), 1);
        for (const { policy, disabled } of ends) {
          t.false(disabled);
          t.deepEqual(policy, { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 });
        }
      }
    }
    const heights = await Promise.all(line.map((node) => node.height()));
    t.is(new Set(heights).size, 1);
    t.is(network.kind === 'simulated', network.clock.kind === 'virtual');
  },

  'peers and channels are those of the line': async (t, _network, line) => {
    for (const [index, node] of line.entries()) {
      const neighbours = [line[index - 1], line[index + 1]].filter((peer) => peer !== undefined).map(({ publicKey }) => publicKey);
      t.deepEqual([...(await node.peers())].sort(), neighbours.sort());
      const channels = await node.channels();
      t.deepEqual(channels.map(({ partner }) => partner).sort(), neighbours);
      t.true(channels.every(({ active, pendingHtlcs }) => active && pendingHtlcs === 0));
      const balance = await node.balanceMsat();
      t.is(Math.floor(balance.localMsat / 1000), sum(channels.map(({ localBalanceSat }) => localBalanceSat)));
      t.is(balance.unsettledMsat, 0);
    }
  },

  'a keysend pays amount and fees, exact to the msat on every node': async (t, network, line) => {
    const before = await balances(network);
    const expected = new Map(line.map(({ publicKey }) => [publicKey, 0]));
    // Amounts on both sides of where a proportional fee of 1 ppm begins to count, and one that is not dust (354 sat).
    for (const [hops, amountMsat] of [
      [1, 1000],
      [3, 999_999],
      [5, 1_000_001],
      [5, 400_000_000],
    ] as const) {
      const route = await routeTo(line, hops, amountMsat);
      const payment = await line[0]!.pay({ to: route, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
      const wantedFees = feesAlong(hops, amountMsat);
      t.deepEqual(
        route.hops.map(({ feeMsat }) => feeMsat),
        wantedFees,
        `${amountMsat} msat over ${hops} hops`,
      );
      t.is(payment.feeMsat, sum(wantedFees));
      t.is(payment.hops, hops);
      t.is(payment.amountMsat, amountMsat);
      predict(expected, line[0]!.publicKey, route);
    }
    await network.quiet();
    await balancesChangedBy(t, network, before, expected);
  },

  'a route lists its hops with amounts and time-locks that fall by each policy': async (t, _network, line) => {
    const route = await routeTo(line, 5, 1000);
    t.deepEqual(
      route.hops.map(({ publicKey }) => publicKey),
      line.slice(1).map(({ publicKey }) => publicKey),
    );
    t.deepEqual(
      route.hops.map(({ forwardMsat }) => forwardMsat),
      [4000, 3000, 2000, 1000, 1000],
    );
    const [first, ...rest] = route.hops.map(({ expiry }) => expiry);
    t.deepEqual(rest, [first! - 80, first! - 160, first! - 240, first! - 240]);
    t.true(route.staleAtHeight > (await line[0]!.height()));
    const pinned = await line[0]!.route({
      destination: line[2]!.publicKey,
      amountMsat: 1000,
      maxFeeMsat: FEES_MSAT,
      via: [line[1]!.publicKey, line[2]!.publicKey],
    });
    t.is(pinned.hops.length, 2);
    await t.throwsAsync(line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 9_000_000_000, maxFeeMsat: FEES_MSAT }), {
      instanceOf: NoRouteError,
    });
    await t.throwsAsync(line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: 3_999 }), {
      instanceOf: FeeLimitError,
    });
    t.is((await line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: 4_000 })).feeMsat, 4_000);
  },

  'the largest keysend record arrives at every hop count, and one byte more is refused by its limit': async (t, network, line) => {
    const stop = new AbortController();
    for (const hops of HOPS) {
      const route = await routeTo(line, hops, 1000);
      t.is(route.payloadBytesMax, KEYSEND_LIMITS[hops - 1]!, `${hops} hops`);
      t.is(
        route.payloadBytesMax,
        keysendPayloadBytesMax(route.hops.map(({ forwardMsat, expiry }) => ({ amountMsat: forwardMsat, expiry }))),
      );
      const received = await line[hops]!.receivedPayments(stop);
      const fits = keysend(route, randomBytes(route.payloadBytesMax));
      const arrival = arrivalOf(network, received, ({ hash }) => Buffer.from(hash).equals(hashOf(fits)), ARRIVES_MS);
      await line[0]!.pay(fits);
      const { records, amountMsat } = await arrival;
      t.is(amountMsat, 1000);
      t.deepEqual(
        Buffer.from(records.find(({ type }) => type === RECORD_TYPE)!.value),
        Buffer.from(fits.records![0]!.value),
        `${route.payloadBytesMax} B over ${hops} hops`,
      );
      const over = keysend(route, randomBytes(route.payloadBytesMax + 1));
      const refused = await t.throwsAsync(line[0]!.pay(over), { instanceOf: PayloadTooLargeError });
      t.is(refused!.limitBytes, route.payloadBytesMax);
    }
    stop.abort();
  },

  'a keysend over the limit that is probed moves nothing and wedges nothing': async (t, network, line) => {
    await network.quiet();
    const before = await balances(network);
    for (const to of [await routeTo(line, 5, 1000), line[5]!.publicKey]) {
      const over = { ...keysend(to, randomBytes(KEYSEND_LIMITS[4]! + 1)), probe: true };
      await t.throwsAsync(line[0]!.pay(over), { instanceOf: PaymentFailedError });
    }
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
    await t.notThrowsAsync(line[0]!.pay(keysend(await routeTo(line, 5, 1000), randomBytes(8))));
  },

  'a keysend to a public key finds its own way, and its limit is named when no onion holds it': async (t, _network, line) => {
    const payment = await line[0]!.pay(keysend(line[5]!.publicKey, randomBytes(KEYSEND_LIMITS[4]!)));
    t.is(payment.hops, 5);
    t.is(payment.feeMsat, 4_000);
    const refused = await t.throwsAsync(line[0]!.pay(keysend(line[5]!.publicKey, randomBytes(KEYSEND_LIMITS[4]! + 1))), {
      instanceOf: PayloadTooLargeError,
    });
    t.is(refused!.limitBytes, KEYSEND_LIMITS[4]!);
  },

  '1 msat is paid over five hops': async (t, network, line) => {
    await network.quiet();
    const before = await line[5]!.balanceMsat();
    const route = await routeTo(line, 5, 1);
    const payment = await line[0]!.pay({ to: route, amountMsat: 1, preimage: randomBytes(32), maxFeeMsat: 4_000 });
    t.is(payment.feeMsat, 4_000);
    await network.quiet();
    t.is((await line[5]!.balanceMsat()).localMsat - before.localMsat, 1);
  },

  'twenty payments at once all settle, and every balance is as predicted': async (t, network, line) => {
    const before = await balances(network);
    const route = await routeTo(line, 5, 1000);
    const expected = new Map<string, number>();
    await Promise.all(Array.from({ length: 20 }, () => line[0]!.pay(keysend(route, randomBytes(32)))));
    for (let paid = 0; paid < 20; paid++) predict(expected, line[0]!.publicKey, route);
    await network.quiet();
    await balancesChangedBy(t, network, before, expected);
  },

  'a payment that fails leaves every balance as it was': async (t, network, line) => {
    const route = await routeTo(line, 5, 1000);
    const paid = keysend(route, randomBytes(16));
    await line[0]!.pay(paid);
    await network.quiet();
    const before = await balances(network);
    await t.throwsAsync(line[0]!.pay(paid), { instanceOf: PaymentFailedError }, 'the payer paid this hash before');
    const elsewhere = await line[1]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: FEES_MSAT });
    await t.throwsAsync(line[1]!.pay({ ...paid, to: elsewhere }), { instanceOf: PaymentFailedError }, 'the destination settled this hash');
    await t.throwsAsync(line[0]!.pay({ ...keysend(route, randomBytes(16)), maxFeeMsat: 3_999 }), { instanceOf: FeeLimitError });
    await t.throwsAsync(line[0]!.pay({ ...keysend(line[5]!.publicKey, randomBytes(16)), maxFeeMsat: 3_999 }), {
      instanceOf: FeeLimitError,
    });
    // More than any side of any channel has.
    const tooMuch = { ...keysend(line[5]!.publicKey, randomBytes(16)), amountMsat: 6_000_000_000 };
    await t.throwsAsync(line[0]!.pay(tooMuch), { instanceOf: PaymentFailedError });
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
  },

  'a payment that a forwarding channel cannot carry fails there and unwinds': async (t, network, line) => {
    // n1 moves most of what it holds towards n2, so that n0 can send what n1 can no longer pass on.
    const amountMsat = 3_000_000_000;
    const drain = await line[1]!.route({ destination: line[2]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT });
    const stuck = await line[0]!.route({ destination: line[2]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT * 10 });
    await line[1]!.pay({ to: drain, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
    await network.quiet();
    const before = await balances(network);
    const failing = line[0]!.pay({ to: stuck, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT * 10 });
    const failed = await t.throwsAsync(failing, { instanceOf: PaymentFailedError });
    t.is(failed!.reason, 'TEMPORARY_CHANNEL_FAILURE');
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
    const back = await line[2]!.route({ destination: line[1]!.publicKey, amountMsat, maxFeeMsat: FEES_MSAT });
    await line[2]!.pay({ to: back, amountMsat, preimage: randomBytes(32), maxFeeMsat: FEES_MSAT });
    await network.quiet();
  },

  'a payment is looked up by its hash in every state': async (t, network, line) => {
    t.deepEqual(await line[0]!.lookUpPayment(randomBytes(32)), { state: 'unknown' });
    const route = await routeTo(line, 5, 1000);
    const good = keysend(route, randomBytes(8));
    const paying = line[0]!.pay(good);
    const states: string[] = [];
    for (let look = 0; look < 1000 && states.at(-1) !== 'settled'; look++) {
      const { state } = await line[0]!.lookUpPayment(hashOf(good));
      if (states.at(-1) !== state) states.push(state);
      await network.clock.sleep(5);
    }
    t.deepEqual(
      states.filter((state) => state !== 'unknown'),
      ['pending', 'settled'],
    );
    const payment = await paying;
    const looked = await line[0]!.lookUpPayment(hashOf(good));
    t.like(looked, { state: 'settled', amountMsat: 1000, feeMsat: 4000, hops: 5 });
    t.deepEqual(Buffer.from(payment.hash), hashOf(good));
    // Settled at the destination before, so it fails there.
    const elsewhere = await line[1]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: FEES_MSAT });
    await t.throwsAsync(line[1]!.pay({ ...good, to: elsewhere }));
    t.is((await line[1]!.lookUpPayment(hashOf(good))).state, 'failed');
  },

  'the largest onion message arrives at every hop count, in the small packet and in BOLT 4’s large one': async (t, network, line) => {
    for (const [onionBytesMax, limits] of [
      [1366, SMALL_ONION_LIMITS],
      [32834, ONION_LIMITS],
    ] as const) {
      for (const hops of HOPS) {
        const bytes = limits[hops - 1]!;
        t.deepEqual(await onionArrives(network, line, hops, bytes, onionBytesMax), { arrived: true }, `${bytes} B over ${hops} hops`);
        const over = sendOnion(line, hops, randomBytes(bytes + 1), onionBytesMax);
        const refused = await t.throwsAsync(over, { instanceOf: PayloadTooLargeError });
        t.is(refused!.limitBytes, bytes);
      }
    }
  },

  'the largest onion that LND forwards arrives at every hop count, and one byte more is refused cleanly': async (t, network, line) => {
    await drained(network);
    for (const hops of HOPS) {
      const bytes = LARGE_ONION_LIMITS[hops - 1]!;
      t.deepEqual(await onionArrives(network, line, hops, bytes, 65498), { arrived: true }, `${bytes} B over ${hops} hops`);
      for (const probe of [false, true]) {
        const refused = await t.throwsAsync(sendOnion(line, hops, randomBytes(bytes + 1), 65498, probe), {
          instanceOf: PayloadTooLargeError,
        });
        t.is(refused!.limitBytes, bytes);
      }
    }
    t.is((await line[0]!.peers()).length, 1);
  },

  'onion messages above the limiter vanish without an error': async (t, network, line) => {
    await drained(network);
    const stop = new AbortController();
    const heard = hear(await line[2]!.onionMessages(stop));
    // 20 × 32,834 B at once: the bucket of 262,144 B holds seven, and fills by 64 kB a second.
    await Promise.all(Array.from({ length: 20 }, () => sendOnion(line, 2, randomBytes(30_000), 32834)));
    await network.clock.sleep(2_000);
    stop.abort();
    const { length } = await heard;
    t.true(length >= 5 && length <= 14, `${length} of 20 arrived`);
  },

  'peer messages of every size up to the limit arrive, and one byte more is refused by its limit': async (t, network, line) => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [3, 4],
    ] as const) {
      for (const bytes of [1, 1_000, PEER_MESSAGE_LIMIT]) {
        const stop = new AbortController();
        const data = randomBytes(bytes);
        const arrival = arrivalOf(network, await line[to]!.peerMessages(stop), ({ type }) => type === PEER_TYPE, ARRIVES_MS);
        await line[from]!.sendPeerMessage({ to: line[to]!.publicKey, type: PEER_TYPE, data });
        const message = await arrival;
        stop.abort();
        t.is(message.from, line[from]!.publicKey);
        t.true(Buffer.from(message.data).equals(data), `${bytes} B`);
      }
    }
    const over = line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: PEER_TYPE, data: new Uint8Array(PEER_MESSAGE_LIMIT + 1) });
    t.is((await t.throwsAsync(over, { instanceOf: PayloadTooLargeError }))!.limitBytes, PEER_MESSAGE_LIMIT);
    t.is((await line[0]!.peers()).length, 1, 'the guard kept the peer');
  },

  'a peer message over the limit that is probed costs the peer, and connecting again brings the channel back': async (t, network, line) => {
    const over = { to: line[1]!.publicKey, type: PEER_TYPE, data: new Uint8Array(PEER_MESSAGE_LIMIT + 1), probe: true };
    t.is((await t.throwsAsync(line[0]!.sendPeerMessage(over), { instanceOf: PayloadTooLargeError }))!.limitBytes, PEER_MESSAGE_LIMIT);
    await reconnected(network, line[0]!, line[1]!);
    t.is((await line[0]!.pay(keysend(await routeTo(line, 5, 1000), randomBytes(100)))).hops, 5);
  },

  'peer messages one at a time keep their order': async (t, network, line) => {
    t.deepEqual(await numbersThatArrive(network, line, 50, 1), [...Array(50).keys()]);
  },

  'none of 300 peer messages with 8 in flight is lost, though order may change': async (t, network, line) => {
    const numbers = await numbersThatArrive(network, line, 300, 8);
    t.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [...Array(300).keys()],
    );
  },

  'a peer that left is an error by name, and its channel works again after it is back': async (t, network, line) => {
    const [, , , , n4, n5] = line as [Node, Node, Node, Node, Node, Node];
    await n5.disconnect(n4.publicKey);
    await patient(network, 'n5 to be without peers', async () => (await n5.peers()).length === 0);
    const message = { to: n4.publicKey, type: PEER_TYPE, data: new Uint8Array(1) };
    await t.throwsAsync(n5.sendPeerMessage(message), { instanceOf: PeerError });
    await t.throwsAsync(n5.sendOnionMessage({ path: [n4.publicKey], type: MESSAGE_TYPE, value: new Uint8Array(1) }), {
      instanceOf: PeerError,
    });
    await reconnected(network, n5, n4);
    t.is((await n5.pay(keysend(await n5.route(routeRequest(line[0]!)), randomBytes(8)))).hops, 5);
  },

  'a signature verifies to the signer’s key on every node, and to nobody’s when the message differs': async (t, _network, line) => {
    const message = randomBytes(40);
    const signature = await line[2]!.sign(message);
    t.regex(signature, /^[ybndrfg8ejkmcpqxot1uwisza345h769]{104}$/, '65 bytes in zbase32');
    for (const node of line) t.is(await node.verify(message, signature), line[2]!.publicKey);
    t.not(await line[0]!.verify(randomBytes(40), signature), line[2]!.publicKey);
  },

  'two nodes agree on an ECDH secret that a third does not have': async (t, _network, line) => {
    const secret = Buffer.from(await line[0]!.ecdh(line[5]!.publicKey));
    t.is(secret.length, 32);
    t.deepEqual(Buffer.from(await line[5]!.ecdh(line[0]!.publicKey)), secret);
    t.notDeepEqual(Buffer.from(await line[1]!.ecdh(line[0]!.publicKey)), secret);
  },

  'every wait ends by its signal': async (t, network, line) => {
    const reason = new Error('enough');
    const gone = AbortSignal.abort(reason);
    await t.throwsAsync(network.clock.sleep(1_000_000, { signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.balanceMsat({ signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.pay({ ...keysend(line[1]!.publicKey, randomBytes(8)), signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: PEER_TYPE, data: new Uint8Array(1), signal: gone }), {
      is: reason,
    });
    const later = new AbortController();
    const sleeping = network.clock.sleep(1_000_000, later);
    const heard = hear(await line[0]!.peerMessages(later));
    later.abort(reason);
    await t.throwsAsync(sleeping, { is: reason });
    t.deepEqual(await heard, [], 'an iterable ends without an error');
  },
};

function routeRequest(to: Node) {
  return { destination: to.publicKey, amountMsat: 1000, maxFeeMsat: FEES_MSAT };
}

function routeTo(line: readonly Node[], hops: number, amountMsat: number): Promise<Route> {
  return line[0]!.route({ ...routeRequest(line[hops]!), amountMsat });
}

/** BOLT 7, backwards from the destination: base 1000 msat and 1 ppm of what is passed on; the last hop asks nothing. */
function feesAlong(hops: number, amountMsat: number): number[] {
  const fees = [0];
  for (let carried = amountMsat; fees.length < hops; carried += fees[0]!) fees.unshift(1000 + Math.floor(carried / 1_000_000));
  return fees;
}

function keysend(to: Route | string, value: Uint8Array): PayRequest {
  return { to, amountMsat: 1000, preimage: randomBytes(32), records: [{ type: RECORD_TYPE, value }], maxFeeMsat: FEES_MSAT };
}

function hashOf({ preimage }: PayRequest): Buffer {
  return createHash('sha256').update(preimage).digest();
}

async function balances(network: Network): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const node of network.nodes.values()) all.set(node.publicKey, (await node.balanceMsat()).localMsat);
  return all;
}

/** The payer gives amount and fees, every hop keeps its fee, the last receives the amount. */
function predict(change: Map<string, number>, payer: string, route: Route): void {
  const add = (key: string, msat: number) => change.set(key, (change.get(key) ?? 0) + msat);
  add(payer, -route.amountMsat - route.feeMsat);
  for (const { publicKey, feeMsat } of route.hops) add(publicKey, feeMsat);
  add(route.hops.at(-1)!.publicKey, route.amountMsat);
}

async function balancesChangedBy(
  t: ExecutionContext,
  network: Network,
  before: ReadonlyMap<string, number>,
  change: ReadonlyMap<string, number>,
): Promise<void> {
  const after = await balances(network);
  for (const node of network.nodes.values()) {
    t.is(after.get(node.publicKey)! - before.get(node.publicKey)!, change.get(node.publicKey) ?? 0, node.name);
  }
}

function sendOnion(line: readonly Node[], hops: number, value: Uint8Array, onionBytesMax: OnionBytes, probe = false): Promise<void> {
  const path = line.slice(1, hops + 1).map(({ publicKey }) => publicKey);
  return line[0]!.sendOnionMessage({ path, type: MESSAGE_TYPE, value, onionBytesMax, probe });
}

/** Sent again when the limiter swallowed it: that one would have fitted is what is asked here. */
async function onionArrives(network: Network, line: readonly Node[], hops: number, bytes: number, onionBytesMax: OnionBytes) {
  const value = randomBytes(bytes);
  for (let attempt = 0; attempt < 5; attempt++) {
    const stop = new AbortController();
    const arrival = arrivalOf(network, await line[hops]!.onionMessages(stop), (message) => value.equals(message.value), 1_500);
    await sendOnion(line, hops, value, onionBytesMax);
    const arrived = await arrival.then(
      () => true,
      () => false,
    );
    stop.abort();
    if (arrived) return { arrived };
  }
  return { arrived: false };
}

/** Until the limiters' buckets (262,144 B, 64 kB a second) are full again. */
function drained(network: Network): Promise<void> {
  return network.clock.sleep(4_200);
}

async function numbersThatArrive(network: Network, line: readonly Node[], count: number, inFlight: number): Promise<number[]> {
  const stop = new AbortController();
  const numbers: number[] = [];
  const heard = async () => {
    for await (const { type, data } of received) {
      if (type === PEER_TYPE) numbers.push(Buffer.from(data).readUInt32BE());
      if (numbers.length === count) return;
    }
  };
  const received = await line[1]!.peerMessages(stop);
  const done = heard();
  let next = 0;
  const send = async () => {
    while (next < count) {
      const data = Buffer.alloc(2_000);
      data.writeUInt32BE(next++);
      await line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: PEER_TYPE, data });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
  const late = network.clock.sleep(ARRIVES_MS, stop).then(
    () => stop.abort(),
    () => {},
  );
  await done;
  stop.abort();
  await late;
  return numbers;
}

/** Connects until the channel is active at both ends: LND may have dialled meanwhile, or be about to give the old connection up. */
async function reconnected(network: Network, a: Node, b: Node): Promise<void> {
  await patient(network, `${a.name} and ${b.name} to have their channel again`, async () => {
    await a.connect(b.publicKey, b.socket).catch((error: unknown) => {
      if (!(error instanceof LeydenError)) throw error;
    });
    const [ours, theirs] = await Promise.all([a.channels(), b.channels()]);
    const active = ours.some(({ partner, active }) => partner === b.publicKey && active);
    return active && theirs.some(({ partner, active }) => partner === a.publicKey && active);
  });
}

async function patient(network: Network, what: string, happened: () => Promise<boolean>): Promise<void> {
  const lateMs = network.clock.now() + 30_000;
  while (!(await happened())) {
    if (network.clock.now() > lateMs) throw new Error(`waited 30 s for ${what}`);
    await network.clock.sleep(200);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
