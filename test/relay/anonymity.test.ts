/**
 * Two clients behind one node call the same exit, in runs that are equal but for who calls. Everything that the exit's relay asks of its
 * node and is told by it is written down, with every hello opened: the two lists must not tell the clients apart.
 */
import test from 'ava';
import { AnonymityError } from '../../nodes/errors.ts';
import type {
  ExitHtlc,
  Network,
  Node,
  OnionMessage,
  ReceivedPayment,
  RelayEnvironment,
  SessionRequest,
  TlvRecord,
} from '../../nodes/node.ts';
import { serveOrigin } from '../../nodes/origin.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { HTLC_RECORD } from '../../nodes/relay/carrier/htlc-record-tlv.ts';
import { KEYSEND_RECORD } from '../../nodes/relay/carrier/keysend.ts';
import { openLayers } from '../../nodes/relay/carrier/record-layers.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { answerHello } from '../../nodes/relay/session/handshake.ts';
import { readUnit, UNIT, UNIT_HEADER_BYTES } from '../../nodes/relay/wire/unit.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { POINT_BYTES } from '../../nodes/sphinx-keys.ts';
import { hexed, scidHex } from '../relay-contract/anonymity.ts';
import { download, expected } from '../relay-contract/http.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { seededRandom } from './fake-circuits.ts';

const NAMES = ['c1', 'c2', 'h', 'm', 'x'] as const;

/** c1 and c2 at h, h – m – x, and the origin `shop` near x. */
const forkPlan = (edges: readonly (readonly [string, string])[]): NetworkPlan => {
  const line = relayLinePlan();
  return {
    ...line,
    nodes: NAMES.map((name) => ({
      ...line.nodes[0]!,
      name,
      relay: { budgetMsat: 100_000_000, feeLimitMsat: 10_000, allow: name === 'x' ? ['shop:80'] : [] },
    })),
    channels: edges.map(([from, to]) => ({ ...line.channels[0]!, name: `${from}-${to}`, from, to })),
    origins: [{ name: 'shop', near: 'x', port: 80 }],
  };
};

const FORK = [
  ['c1', 'h'],
  ['c2', 'h'],
  ['h', 'm'],
  ['m', 'x'],
] as const;

interface Told {
  readonly what: string;
  readonly given: unknown;
}

type Change = (environment: RelayEnvironment) => RelayEnvironment;

const open = (change: Change, edges: readonly (readonly [string, string])[] = FORK): Promise<Network> =>
  openSimulated(forkPlan(edges), { startRelay: (environment) => startRelay(change(environment)), serveOrigin });

/** Every call of x's relay and its answer, every item of its subscriptions. */
const writeDown =
  (told: Told[]): Change =>
  (environment) => {
    if (environment.node.name !== 'x') return environment;
    const tell = (what: string, given: unknown): void => void told.push({ what, given });
    const node = new Proxy(environment.node, {
      get(target, key) {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const what = String(key);
          // Everybody knows the graph: it says nothing of who calls.
          if (what !== 'graph') tell(what, args);
          const asked = args.map((arg) =>
            typeof arg === 'function' ? noted(arg as (item: unknown) => unknown, (item) => tell(`${what} item`, item)) : arg,
          );
          const answer = (await (value as (...given: unknown[]) => unknown).apply(target, asked)) as unknown;
          if (answer === null || typeof answer !== 'object' || !(Symbol.asyncIterator in answer)) {
            if (what !== 'graph') tell(`${what} answered`, answer);
            return answer;
          }
          return heard(answer as AsyncIterable<unknown>, (item) => tell(`${what} item`, item));
        };
      },
    });
    return { ...environment, node, log: (line) => tell('log', line) };
  };

const noted =
  (answer: (item: unknown) => unknown, tell: (item: unknown) => void) =>
  (item: unknown): unknown => {
    tell(item);
    return answer(item);
  };

async function* heard<T>(items: AsyncIterable<T>, tell: (item: T) => void): AsyncGenerator<T> {
  for await (const item of items) {
    tell(item);
    yield item;
  }
}

/** A whole conversation of one client, and what the exit was told; hellos are opened with the exit's own key. */
const conversation = async (client: string, request: Omit<SessionRequest, 'exit'>) => {
  const told: Told[] = [];
  await using network = await open(writeDown(told));
  const exit = network.nodes.get('x')!;
  {
    await using session = await network.relays.get(client)!.openSession({ ...request, exit: exit.publicKey });
    await session.ping();
    const got = await download(await session.connect('shop', 80), 3_000, 'secret');
    if (got.sha256 !== expected(3_000, 'secret').sha256) throw new Error('the bytes differ');
  }
  await network.quiet();
  const graph = await exit.graph();
  const hellos = [];
  const units = await unitsOf(told, exit);
  for (const unit of units) {
    const { kind, id, body } = readUnit(unit);
    if (kind !== UNIT.hello && kind !== UNIT.named) continue;
    const identity = kind === UNIT.named ? 'named' : 'anonymous';
    const { hello, client: name } = await answerHello(id, identity, body, exit, seededRandom(1));
    hellos.push({ hello, name });
  }
  const keys = new Map([...network.nodes].map(([name, { publicKey }]) => [name, publicKey]));
  const channels = (name: string) =>
    graph.edges.filter(({ ends }) => ends.some(({ publicKey }) => publicKey === keys.get(name))).map(({ id }) => id);
  return { told, units, hellos, text: hexed([told, hellos]), keys, channels };
};

/** What arrived for x's relay, over whichever carrier. */
const unitsOf = async (told: readonly Told[], exit: Node): Promise<Uint8Array[]> => {
  const units: Uint8Array[] = [];
  for (const { what, given } of told) {
    if (what === 'onionMessages item') units.push((given as OnionMessage).value);
    else if (what === 'receivedPayments item') units.push(...recordsOf((given as ReceivedPayment).records, KEYSEND_RECORD));
    else if (what === 'modifyExitHtlcs item')
      for (const record of recordsOf((given as ExitHtlc).wireRecords, HTLC_RECORD)) {
        const bytes = Buffer.from(record);
        const layered = { ephemeralKey: bytes.subarray(0, POINT_BYTES), sealed: bytes.subarray(POINT_BYTES) };
        units.push(await openLayers(layered, (key) => exit.ecdh(key)));
      }
  }
  return units;
};

const recordsOf = (records: readonly TlvRecord[], wanted: number): Uint8Array[] =>
  records.filter(({ type }) => type === wanted).map(({ value }) => value);

/** What is left when chance is taken out: numbers and names as they are, random bytes by their length, times not at all. */
const inKind = (value: unknown, keys: ReadonlyMap<string, string>): unknown => {
  const names = new Map([...keys].map(([name, key]) => [key, name]));
  const text = JSON.stringify(value, (key, part) => {
    if (key === 'signal' || key === 'native') return undefined;
    if (ArrayBuffer.isView(part)) return `${part.byteLength} B`;
    if (part?.type === 'Buffer') return `${part.data.length} B`;
    return typeof part === 'string' && /^0[23][0-9a-f]{64}$/.test(part) ? (names.get(part) ?? 'a point') : part;
  });
  return JSON.parse(text.replaceAll(/"[0-9a-f]{16}"/g, '"an id"'));
};

for (const carrier of ['keysend', 'htlc-record', 'onion-message'] as const) {
  test(`over ${carrier} nothing that the exit is given tells which of two clients called`, async (t) => {
    const [one, other] = [await conversation('c1', { carrier }), await conversation('c2', { carrier })];
    t.true(one.hellos.length > 0 && one.units.length > 2, `${one.hellos.length} hellos, ${one.units.length} units`);
    for (const { text, keys, channels } of [one, other])
      for (const client of ['c1', 'c2']) {
        const key = keys.get(client)!;
        t.false(text.includes(key.slice(2)), `${client}'s key`);
        for (const id of channels(client)) {
          t.false(text.includes(id), `${client}'s channel ${id}`);
          t.false(text.includes(scidHex(id)), `${client}'s channel ${id} as BOLT 7 writes it`);
        }
      }
    t.deepEqual(inKind(one.hellos, one.keys), inKind(other.hellos, other.keys));
    t.deepEqual(inKind(one.told, one.keys), inKind(other.told, other.keys));
  });

  test(`over ${carrier} a client that says who it is is known to the exit`, async (t) => {
    const { hellos, text, keys } = await conversation('c1', { carrier, identity: 'named' });
    t.is(hellos[0]!.name, keys.get('c1')!);
    t.true(text.includes(keys.get('c1')!), 'the lists above would have shown it');
  });

  test(`over ${carrier} a client next to the exit and to nobody else cannot hide, and is told what to ask for`, async (t) => {
    await using network = await open((environment) => environment, [...FORK.slice(1), ['c1', 'x']]);
    const exit = network.nodes.get('x')!.publicKey;
    const relay = network.relays.get('c1')!;
    const refused = await t.throwsAsync(relay.openSession({ exit, carrier, identity: 'anonymous' }), { instanceOf: AnonymityError });
    t.regex(refused.hint!, /identity 'named'/);
    await using session = await relay.openSession({ exit, carrier, identity: 'named' });
    t.is(session.identity, 'named');
    t.true((await session.ping()) > 0);
  });
}

for (const carrier of ['keysend', 'onion-message'] as const)
  test(`over ${carrier} an exit that aims at the client it suspects hears nothing`, async (t) => {
    let suspect: string | undefined;
    await using network = await open(aiming(() => suspect));
    const exit = network.nodes.get('x')!.publicKey;
    await using session = await network.relays.get('c1')!.openSession({ exit, carrier });
    t.true((await session.ping()) > 0);
    const { unitsReceived } = await session.stats();
    const node = network.nodes.get('c1')!;
    suspect = node.publicKey;
    const over = new AbortController();
    const aimed = arrivals(carrier === 'keysend' ? await node.receivedPayments(over) : await node.onionMessages(over));
    const late = network.clock.sleep(30_000).then(() => over.abort(new Error('nothing came')));
    await t.throwsAsync(session.ping({ signal: over.signal }), { message: 'nothing came' });
    await late;
    t.is((await session.stats()).unitsReceived, unitsReceived, 'though its packets were authentic');
    t.true((await aimed) > 0, 'and came to its node');
  });

test('a rendezvous that was started anew and knows no token any more is found again, and no byte is lost or doubled', async (t) => {
  const forgotten = { tokens: new Set<string>(), seen: new Set<string>() };
  await using network = await open(forgetting(forgotten));
  const exit = network.nodes.get('x')!.publicKey;
  await using session = await network.relays.get('c1')!.openSession({ exit, carrier: 'keysend' });
  const stream = await session.connect('shop', 80);
  t.is(forgotten.seen.size, 1);
  forgotten.tokens = new Set(forgotten.seen);
  t.deepEqual(await download(stream, 20_000, 'anew'), expected(20_000, 'anew'));
  t.is(forgotten.seen.size, 2, 'another token');
  t.is((await session.stats()).moves, 1);
});

test('a client that only listens notices in time that its rendezvous is gone', async (t) => {
  const forgotten = { tokens: new Set<string>(), seen: new Set<string>() };
  await using network = await open(forgetting(forgotten));
  const exit = network.nodes.get('x')!.publicKey;
  await using session = await network.relays.get('c1')!.openSession({ exit, carrier: 'keysend' });
  const stream = await session.connect('shop', 80);
  const first = new Promise((resolve) => stream.once('readable', resolve));
  const got = download(stream, 150_000, 'listening');
  await first;
  forgotten.tokens = new Set(forgotten.seen);
  t.deepEqual(await got, expected(150_000, 'listening'));
  t.is((await session.stats()).moves, 1);
});

/** h's relay is not told of units for the tokens that it forgot. */
const forgetting =
  (forgotten: { tokens: Set<string>; seen: Set<string> }): Change =>
  (environment) => {
    if (environment.node.name !== 'h') return environment;
    const { node } = environment;
    const known = ({ records }: ReceivedPayment): boolean => {
      const unit = records.find(({ type }) => type === KEYSEND_RECORD)?.value;
      if (unit?.[0] !== UNIT.pass) return true;
      const { id } = readUnit(unit);
      forgotten.seen.add(id);
      return !forgotten.tokens.has(id);
    };
    const changed: Partial<Node> = { receivedPayments: async (waiting) => only(await node.receivedPayments(waiting), known) };
    return { ...environment, node: new Proxy(node, { get: (target, key) => boundTo(target, changed, key) }) };
  };

async function* only<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (wanted(item)) yield item;
}

const arrivals = async (items: AsyncIterable<unknown>): Promise<number> => {
  let count = 0;
  for await (const _ of items) count += 1;
  return count;
};

/** Once the exit suspects somebody, it sends what it has for its client straight to that node. */
const aiming =
  (suspect: () => string | undefined): Change =>
  (environment) => {
    if (environment.node.name !== 'x') return environment;
    const { node } = environment;
    const changed: Partial<Node> = {
      async sendOnionMessage({ to, path, ...request }) {
        const aim = suspect();
        if (aim === undefined) return node.sendOnionMessage({ to, path, ...request });
        return node.sendOnionMessage({ ...request, path: [...path, ...(await wayFrom(node, path.at(-1)!, aim))] });
      },
      async pay(request) {
        const aim = suspect();
        if (aim === undefined) return node.pay(request);
        const records = request.records!.map(({ type, value }) => ({ type, value: value.subarray(UNIT_HEADER_BYTES) }));
        return node.pay({ ...request, to: aim, records });
      },
    };
    return { ...environment, node: new Proxy(node, { get: (target, key) => boundTo(target, changed, key) }) };
  };

const boundTo = (target: Node, changed: Partial<Node>, key: string | symbol): unknown => {
  if (key in changed) return changed[key as keyof Node];
  const value = Reflect.get(target, key, target) as unknown;
  return typeof value === 'function' ? value.bind(target) : value;
};

/** In the fork above: x – m – h – c1. */
const wayFrom = async (node: Node, from: string, to: string): Promise<string[]> => {
  const { edges } = await node.graph();
  const next = edges
    .flatMap(({ ends: [one, other] }) => [
      [one.publicKey, other.publicKey],
      [other.publicKey, one.publicKey],
    ])
    .find(([start, end]) => start === from && end !== node.publicKey && end !== to)?.[1];
  return next === undefined ? [to] : [next, to];
};
