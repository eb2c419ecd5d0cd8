/**
 * What nodes/node.ts promises of a relay, as tests that run on every network, on the line of relay-contract/plan.ts. Sizes are small:
 * on docker every keysend unit costs a second of a two-core machine's life.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext, TestFn } from 'ava';
import { FeeLimitError, NoRouteError, PayloadTooLargeError, RefusedError } from '../nodes/errors.ts';
import type { Network, RelayClient, RelaySession } from '../nodes/node.ts';
import { CARRIERS, type CarrierKind } from '../nodes/plan.ts';
import { PROFILES } from '../nodes/relay/session/profile.ts';
import { mended } from './network-contract/mended.ts';
import { strangers } from './relay-contract/anonymity.ts';
import { download, expected, upload } from './relay-contract/http.ts';

export interface RelayContractOptions {
  /** Opens the title of every test. */
  readonly title: string;
  /** A network of relayLinePlan(); called once, the suite disposes it. */
  readonly open: () => Promise<Network>;
  /** Tests by their title (without the network's), each with why this network cannot. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
}

type Contract = (t: ExecutionContext, network: Network) => Promise<void>;

/** Per stream. Keysends carry 1 kB each. */
const STREAM_BYTES: Readonly<Record<CarrierKind, number>> = {
  keysend: 6_000,
  'htlc-record': 150_000,
  'onion-message': 70_000,
  'peer-message': 400_000,
};

const CONTRACTS: Record<string, Contract> = {};

for (const carrier of CARRIERS) {
  CONTRACTS[`${carrier}: a stream over five hops brings every byte down and up`] = async (t, network) => {
    await using session = await open(network, carrier);
    t.is(session.hops, 5);
    const bytes = STREAM_BYTES[carrier];
    t.deepEqual(await download(await session.connect('shop', 80), bytes, 'down'), expected(bytes, 'down'));
    const { arrivals: _, ...answer } = (await upload(await session.connect('shop', 80), bytes, 'up')) as { arrivals?: unknown };
    t.deepEqual(answer, expected(bytes, 'up'));
    const stats = await session.stats();
    t.true(stats.bytesSent > bytes && stats.bytesReceived > bytes, JSON.stringify(stats));
    t.deepEqual(
      stats.path,
      ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => network.nodes.get(name)!.publicKey),
    );
  };

  CONTRACTS[`${carrier}: a datagram reaches the exit’s UDP, and its answer comes back`] = async (t, network) => {
    await using session = await open(network, carrier);
    const flow = await session.openUdp('shop', 80);
    t.true(flow.bytesMax >= 900, `${flow.bytesMax} B`);
    const longest = Buffer.alloc(Math.min(flow.bytesMax, 1_400), carrier);
    const answers: Buffer[] = [];
    flow.onDatagram((bytes) => answers.push(Buffer.from(bytes)));
    // Any may be lost: one of a few is enough.
    for (let count = 0; count < 20 && answers.length === 0; count++) {
      t.true(flow.send(longest));
      await network.clock.sleep(1_000);
    }
    t.deepEqual(answers[0], longest);
    t.false(flow.send(Buffer.alloc(flow.bytesMax + 1)));
    const refused = await t.throwsAsync(session.openUdp('shop', 81), { instanceOf: RefusedError });
    t.regex(refused.message, /not allowed/);
    flow.close();
  };

  CONTRACTS[`${carrier}: a ping comes back`] = async (t, network) => {
    await using session = await open(network, carrier);
    const ms = await session.ping();
    t.true(ms > 0 && ms < 30_000, `${ms} ms`);
  };

  CONTRACTS[`${carrier}: units of the raw carrier arrive as sent`] = async (t, network) => {
    const [from, to] = [relay(network, 'n0'), relay(network, 'n5')];
    const id = `raw ${carrier}`;
    const sent = await from.sendUnits({
      id,
      to: to.publicKey,
      carrier,
      count: 4,
      ...(carrier === 'onion-message' ? { ratePerS: 4 } : { inFlight: 2 }),
    });
    t.is(sent.sent, 4);
    t.is(sent.failed, 0);
    t.is(sent.hops, 5);
    let received = await to.receivedUnits(id);
    for (let waits = 0; received.count < 4 && waits < 100; waits++) {
      await network.clock.sleep(200);
      received = await to.receivedUnits(id);
    }
    await network.clock.sleep(1_000);
    received = await to.receivedUnits(id);
    t.is(received.count, 4, 'each once');
    t.is(received.bytes, 4 * sent.unitBytes);
    t.is(received.latencyMs.length, 4);
    t.true(received.latencyMs.every((ms) => ms > 0 && ms < 30_000));
    t.true(received.firstMs >= sent.startMs && received.lastMs >= received.firstMs);
  };
}

for (const carrier of ['keysend', 'onion-message'] as const)
  CONTRACTS[`${carrier}: what the exit’s node is given names none of two clients, nor their channels`] = strangers(carrier);

CONTRACTS['a unit above the carrier’s limit is refused and names it'] = async (t, network) => {
  const [from, to] = [relay(network, 'n0'), relay(network, 'n5')];
  const request = { id: 'large', to: to.publicKey, carrier: 'peer-message' as const, count: 1, unitBytes: 65_529 };
  const error = await t.throwsAsync(from.sendUnits(request), { instanceOf: PayloadTooLargeError });
  t.is(error.limitBytes, 65_522, '65,533 B less the relay’s header of eleven');
};

for (const carrier of CARRIERS) {
  CONTRACTS[`${carrier}: a message is held by the other relay when send resolves, and its answer finds a sender without a name`] = async (
    t,
    network,
  ) => {
    const [from, to] = [relay(network, 'n0').messages, relay(network, 'n5')];
    const text = `over ${carrier} `.repeat(carrier === 'keysend' ? 100 : 10_000);
    const { id } = await from.send({ to: to.publicKey, carrier, text });
    const received = (await to.messages.list()).find((message) => message.id === id)!;
    t.is(received.text, text);
    t.is(received.from, undefined);
    const answer = await to.messages.send({ replyTo: id, bytes: Buffer.of(0, 255, 7) });
    const answered = (await from.list()).find((message) => message.id === answer.id)!;
    t.is(answered.replyTo, id);
    t.is(answered.from, to.publicKey, 'a session is bound to the key of its exit');
    t.deepEqual(Buffer.from(answered.bytes!), Buffer.of(0, 255, 7));
    await to.messages.remove(id);
  };
}

CONTRACTS['a sender that gives its name is named; a message sent again under its id is shown once, another of its id refused'] = async (
  t,
  network,
) => {
  const [from, to] = [relay(network, 'n0'), relay(network, 'n5')];
  const id = 'ab'.repeat(16);
  const request = { to: to.publicKey, carrier: 'peer-message', identity: 'named', text: 'once', id } as const;
  await from.messages.send(request);
  await from.messages.send(request);
  const named = (await to.messages.list()).filter((message) => message.id === id);
  t.deepEqual(
    named.map((message) => message.from),
    [from.publicKey],
  );
  t.true(await to.messages.remove(id));
  await from.messages.send(request);
  t.false(
    (await to.messages.list()).some((message) => message.id === id),
    'nor when it was read and removed',
  );
  await t.throwsAsync(from.messages.send({ ...request, text: 'another' }), { instanceOf: RefusedError });
  await t.throwsAsync(to.messages.send({ replyTo: 'cd'.repeat(16), text: 'to nobody' }), { instanceOf: RefusedError });
};

CONTRACTS['a relay signs by the key of its node, tells whose signature it is, and lists its peers'] = async (t, network) => {
  const [one, other] = [relay(network, 'n0'), relay(network, 'n1')];
  const message = Buffer.from('whose?');
  const signature = await one.own.sign(message);
  t.is(await other.own.verify(message, signature), one.publicKey);
  t.not(await other.own.verify(Buffer.from('another'), signature), one.publicKey);
  t.deepEqual(await one.own.peers(), [other.publicKey]);
};

CONTRACTS['carrier auto: relays all the way are found in the graph, peer messages chosen, and the reason told'] = async (t, network) => {
  const exit = relay(network, 'n5').publicKey;
  await using session = await relay(network, 'n0').openSession({ exit, carrier: 'auto' });
  t.is(session.choice?.carrier, 'peer-message');
  t.regex(session.choice?.reason ?? '', /relay stands beside each of the 5 nodes/);
  t.deepEqual(await download(await session.connect('shop', 80), 1_000, 'auto'), expected(1_000, 'auto'));
};

CONTRACTS['eight messages at once all arrive'] = async (t, network) => {
  const [from, to] = [relay(network, 'n0'), relay(network, 'n5')];
  const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(20_000));
  const sent = await Promise.all(texts.map((text) => from.messages.send({ to: to.publicKey, carrier: 'peer-message', text })));
  const received = new Map((await to.messages.list()).map((message) => [message.id, message.text]));
  t.deepEqual(
    sent.map(({ id }) => received.get(id)),
    texts,
  );
};

CONTRACTS['four streams at once keep their bytes apart'] = async (t, network) => {
  await using session = await open(network, 'peer-message');
  const bytes = 200_000;
  const seeds = ['a', 'b', 'c', 'd'];
  const got = await Promise.all(seeds.map(async (seed) => download(await session.connect('shop', 80), bytes, seed)));
  t.deepEqual(
    got,
    seeds.map((seed) => expected(bytes, seed)),
  );
};

CONTRACTS['a target that the exit does not allow is refused by name, and the session goes on'] = async (t, network) => {
  await using session = await open(network, 'peer-message');
  for (const [host, port] of [
    ['shop', 81],
    ['bank', 80],
    ['127.0.0.1', 80],
    ['::1', 80],
    ['169.254.169.254', 80],
    ['localhost', 80],
  ] as const) {
    const error = await t.throwsAsync(session.connect(host, port), { instanceOf: RefusedError });
    t.regex(error.message, /not allowed/, `${host}:${port}`);
  }
  t.deepEqual(await download(await session.connect('shop', 80), 1_000, 'after'), expected(1_000, 'after'));
};

CONTRACTS['each direction ends on its own: an answer comes after our end'] = async (t, network) => {
  await using session = await open(network, 'peer-message');
  const stream = await session.connect('shop', 80);
  stream.end('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
  let answer = '';
  for await (const chunk of stream) answer += chunk;
  t.regex(answer, /^HTTP\/1\.1 200/);
};

CONTRACTS['a stream that is given up in the middle leaves the others whole'] = async (t, network) => {
  await using session = await open(network, 'peer-message');
  const [given, kept] = [await session.connect('shop', 80), await session.connect('shop', 80)];
  given.on('error', () => {});
  given.write('GET /bytes/5000000?seed=x HTTP/1.1\r\nHost: shop\r\n\r\n');
  await new Promise((resolve) => given.once('data', resolve));
  given.destroy();
  t.deepEqual(await download(kept, 300_000, 'kept'), expected(300_000, 'kept'));
};

CONTRACTS['peer-message: a transfer goes on after two nodes on the way lost each other'] = async (t, network) => {
  await using session = await open(network, 'peer-message');
  const bytes = 6_000_000;
  const transfer = download(await session.connect('shop', 80), bytes, 'cut');
  while ((await session.stats()).bytesReceived < 500_000) await network.clock.sleep(20);
  const [left, right] = [network.nodes.get('n2')!, network.nodes.get('n3')!];
  await left.disconnect(right.publicKey);
  await mended(network, left, right);
  t.deepEqual(await transfer, expected(bytes, 'cut'), 'no byte lost or doubled');
  t.true((await session.stats()).moves > 0, 'over another circuit');
};

CONTRACTS['a budget that is used up says so by name'] = async (t, network) => {
  const session = await open(network, 'keysend', 'n1');
  const error = await t.throwsAsync(
    (async () => {
      for (let ping = 0; ping < 100; ping++) await session.ping();
    })(),
    { instanceOf: FeeLimitError },
  );
  t.regex(error.message, /budget/);
  await session[Symbol.asyncDispose]();
  await t.throwsAsync(open(network, 'keysend', 'n1'), { instanceOf: FeeLimitError });
};

CONTRACTS['a site published beside one node is read beside another, and what was read once is not carried again'] = async (t, network) => {
  const [reader, publisher] = [relay(network, 'n0'), relay(network, 'n5')];
  const content = Buffer.alloc(300_000, 'a page over five hops ');
  const site = await publisher.pages.publish({
    name: 'contract',
    files: [{ path: 'page.txt', size: content.length, content: () => [content] }],
  });
  t.deepEqual(
    (await publisher.pages.sites()).filter(({ name }) => name === 'contract'),
    [site],
  );
  const read = async () => {
    const url = `leyden://contract.${publisher.publicKey}/page.txt`;
    const { body, mime, root } = await reader.pages.get({ url, carrier: 'keysend', identity: 'named' });
    t.like({ mime, root }, { mime: 'text/plain; charset=utf-8', root: site.root });
    return Buffer.concat(await Array.fromAsync(body));
  };
  t.true((await read()).equals(content));
  const repeat = async (): Promise<number> => {
    const before = await atRest(network, reader);
    t.true((await read()).equals(content));
    await network.quiet();
    return (await reader.ledger()).htlcsSettled - before;
  };
  // Sessions that earlier tests left open ask now and then, ever more rarely, whether anybody is there.
  let settled = await repeat();
  t.true(settled < 10, `${settled} HTLCs: the page is some three hundred`);
  for (let again = 0; settled > 0 && again < 2; again++) settled = await repeat();
  t.is(settled, 0, 'a repeat costs no HTLC');
};

/** HTLCs settled, once the last acknowledgement is paid too: it waits a second for more packets, while no HTLC is under way. */
const atRest = async (network: Network, client: RelayClient): Promise<number> => {
  for (let before = -1; ; ) {
    const { htlcsSettled } = await client.ledger();
    if (htlcsSettled === before) return htlcsSettled;
    before = htlcsSettled;
    await network.clock.sleep(2 * PROFILES.keysend.ackIdleMs);
    await network.quiet();
  }
};

CONTRACTS['a node without a way to it is named'] = async (t, network) => {
  const exit = '02'.padEnd(66, '7');
  await t.throwsAsync(relay(network, 'n0').openSession({ exit, carrier: 'peer-message' }), { instanceOf: NoRouteError });
};

CONTRACTS['the ledgers of all relays account for every millisatoshi that moved'] = async (t, network) => {
  const before = await books(network);
  {
    await using session = await open(network, 'keysend');
    t.deepEqual(await download(await session.connect('shop', 80), 3_000, 'paid'), expected(3_000, 'paid'));
  }
  await atRest(network, relay(network, 'n0'));
  const after = await books(network);
  for (const [name, { publicKey: key }] of network.nodes) {
    const moved = after.balances.get(key)! - before.balances.get(key)!;
    t.is(moved, (after.owed.get(key) ?? 0) - (before.owed.get(key) ?? 0), name);
  }
  const { htlcsSettled, feesMsat, deliveredMsat } = await relay(network, 'n0').ledger();
  t.true(htlcsSettled > 3 && feesMsat > 0 && deliveredMsat > 0);
};

export function relayContract(test: TestFn, { title, open: openNetwork, skip = [] }: RelayContractOptions): void {
  let network: Network | undefined;
  test.serial.before(`${title}: opens`, async (t) => {
    t.timeout(600_000);
    network = await openNetwork();
  });
  test.serial.after.always(`${title}: is closed`, async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });
  for (const { test: name } of skip) if (!(name in CONTRACTS)) throw new Error(`the skip list names no test: ${name}`);
  for (const [name, body] of Object.entries(CONTRACTS)) {
    const reason = skip.find((entry) => entry.test === name)?.reason;
    if (reason !== undefined) test.serial.skip(`${title}: ${name} (skipped: ${reason})`, () => {});
    else
      test.serial(`${title}: ${name}`, async (t) => {
        t.timeout(180_000);
        await body(t, network!);
      });
  }
}

const open = (network: Network, carrier: CarrierKind, from = 'n0'): Promise<RelaySession> =>
  relay(network, from).openSession({ exit: relay(network, 'n5').publicKey, carrier });

const relay = (network: Network, name: string): RelayClient => network.relays.get(name)!;

const READINGS_MAX = 20;

interface Books {
  /** By public key, in msat. */
  readonly balances: ReadonlyMap<string, number>;
  /** What the ledgers say each gained, by public key, in msat. */
  readonly owed: ReadonlyMap<string, number>;
}

/** Balances and ledgers of one moment: a session that lingers after an earlier test may still acknowledge, and pay, between two readings. */
const books = async (network: Network): Promise<Books> => {
  for (let reading = 1; reading <= READINGS_MAX; reading++) {
    await network.quiet();
    const owedBefore = await owed(network);
    const entries = [...network.nodes.values()].map(async (node) => [node.publicKey, (await node.balanceMsat()).localMsat] as const);
    const balances = new Map(await Promise.all(entries));
    await network.quiet();
    const owedAfter = await owed(network);
    if (isDeepStrictEqual(owedBefore, owedAfter)) return { balances, owed: owedAfter };
  }
  throw new Error(`something was paid in each of ${READINGS_MAX} readings`);
};

/** What every node should have gained by the routes in all ledgers, in msat. */
const owed = async (network: Network): Promise<Map<string, number>> => {
  const gained = new Map<string, number>();
  const gain = (key: string, msat: number): void => void gained.set(key, (gained.get(key) ?? 0) + msat);
  for (const client of network.relays.values()) {
    for (const { hops, earnedMsat, deliveredMsat } of (await client.ledger()).routes) {
      for (const [index, key] of hops.entries()) gain(key, earnedMsat[index]!);
      gain(hops.at(-1)!, deliveredMsat);
      gain(client.publicKey, -deliveredMsat - earnedMsat.reduce((sum, msat) => sum + msat, 0));
    }
  }
  return gained;
};
