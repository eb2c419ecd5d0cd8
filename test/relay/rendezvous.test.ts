/** A rendezvous under whoever wants to use it for nothing: it passes on what is paid for, once, and keeps its bounds. */
import test from 'ava';
import fc from 'fast-check';
import type { Graph, Node, ReceivedPayment } from '../../nodes/node.ts';
import { type Arrival, CARRIER_TRAITS, type Carrier, type Circuit, type Sending } from '../../nodes/relay/carrier/carrier.ts';
import { RELAY_FEATURE } from '../../nodes/relay/relay-path.ts';
import { candidates } from '../../nodes/relay/rendezvous/candidates.ts';
import { askToEnlist, decodeTerms, type Terms } from '../../nodes/relay/rendezvous/enlistment.ts';
import {
  ENLISTED_MAX,
  ENLISTED_OF_ONE_MAX,
  PASSES_OF_ONE_MAX,
  Passing,
  WAITING_BYTES_MAX,
  WAITING_OF_ONE_MAX,
} from '../../nodes/relay/rendezvous/passing.ts';
import { AMOUNT_MSAT_MAX, openRendezvous } from '../../nodes/relay/rendezvous/rendezvous-circuit.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { type KeyPair, keyPair } from '../../nodes/relay/wire/noise.ts';
import { readUnit, UNIT, UNIT_HEADER_BYTES } from '../../nodes/relay/wire/unit.ts';
import { seededRandom } from './fake-circuits.ts';
import { VirtualClock } from './virtual-clock.ts';

const COST_MSAT = 1;
/** What the policy of the rendezvous's own channel asks beside. */
const FEE_MSAT = 1_000;
const HOLD_MS = 100;

const keyOf = (secret: number): KeyPair => keyPair(Buffer.alloc(32, secret));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const nodeOf = (pair: KeyPair) => ({
  publicKey: hex(pair.publicKey),
  ecdh: async (other: string) => pair.dh(Buffer.from(other, 'hex')),
});

const RELAY = keyOf(7);

interface Sent {
  readonly unit: Buffer;
  readonly paid: ReceivedPayment;
}

/** A rendezvous whose payments take HOLD_MS, and what it paid. */
const setUp = () => {
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const sent: Sent[] = [];
  let underWay = 0;
  const most = { underWay: 0 };
  const circuit = (to: string): Circuit => ({
    carrier: 'keysend',
    to,
    hops: 1,
    path: [to],
    mtu: 1_207,
    costMsat: COST_MSAT,
    pace: null,
    async send(unit, { paid }: Sending = {}) {
      if (paid === undefined || paid.amountMsat < COST_MSAT) throw new Error('paid for by nobody');
      underWay += 1;
      most.underWay = Math.max(most.underWay, underWay);
      await clock.sleep(HOLD_MS);
      underWay -= 1;
      sent.push({ unit: Buffer.from(unit), paid });
      return 'arrived';
    },
    onClosed: () => {},
    close: () => {},
  });
  const carrier: Carrier = { kind: 'keysend', ...CARRIER_TRAITS.keysend, open: async (to) => circuit(to) };
  const policy = { feeBaseMsat: FEE_MSAT, feeProportionalMillionths: 0, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
  const end = (publicKey: string) => ({ publicKey, policy, disabled: false });
  const edges: Graph['edges'] = Array.from({ length: 250 }, (_, index) => ({
    id: `${index}`,
    capacitySat: 1,
    ends: [end(hex(RELAY.publicKey)), end(index < 40 ? hex(keyOf(100 + index).publicKey) : `${index}`)],
  }));
  const node = { ...nodeOf(RELAY), graph: async () => ({ nodes: [], edges }) };
  const passing = new Passing({ node: node as unknown as Node, clock, random, carriers: new Map([['keysend', carrier]]), log: () => {} });
  let payments = 0;
  const paying = (amountMsat: number): Arrival => ({ carrier: 'keysend', back: null, payment: payment(payments++, amountMsat) });
  const enlist = async (id: string, client: KeyPair, amountMsat = COST_MSAT): Promise<Terms | undefined> => {
    const asking = await askToEnlist(id, hex(RELAY.publicKey), nodeOf(client), random);
    const { body } = readUnit(asking.unit);
    passing.asked(id, body, paying(amountMsat));
    await clock.sleep(2 * HOLD_MS);
    const answer = sent.find(({ unit }) => readUnit(unit).kind === UNIT.enlisted && readUnit(unit).id === id);
    return answer === undefined ? undefined : asking.read(readUnit(answer.unit).body);
  };
  const passed = () => sent.filter(({ unit }) => unit[0] === UNIT.passed);
  return { clock, passing, paying, enlist, sent, passed, most };
};

const payment = (sequence: number, amountMsat: number): ReceivedPayment => {
  const hash = Buffer.alloc(32);
  hash.writeUInt32BE(sequence);
  return { hash, amountMsat, records: [] };
};

const idOf = (number: number): string => number.toString(16).padStart(16, '0');

test('whoever enlists is told a token and a price, and what bears the token is passed on under the client’s own id', async (t) => {
  const { clock, passing, paying, enlist, passed } = setUp();
  await clock.run(
    (async () => {
      const terms = (await enlist(idOf(1), keyOf(100)))!;
      t.deepEqual({ ...terms, token: '' }, { token: '', amountMsat: COST_MSAT + FEE_MSAT, mtu: 1_207 - UNIT_HEADER_BYTES });
      t.not(terms.token, idOf(1), 'the exit learns the token alone');
      passing.pass(terms.token, Buffer.from('a unit'), paying(terms.amountMsat));
      await clock.sleep(1_000);
      const [{ unit }] = passed() as [Sent];
      t.is(readUnit(unit).id, idOf(1));
      t.is(readUnit(unit).body.toString(), 'a unit');
    })(),
  );
});

test('an unknown token, too little money or none at all: nothing is paid on', async (t) => {
  const { clock, passing, paying, enlist, passed } = setUp();
  await clock.run(
    (async () => {
      const { token, amountMsat } = (await enlist(idOf(1), keyOf(100)))!;
      passing.pass(idOf(99), Buffer.from('unknown'), paying(1_000_000));
      passing.pass(token, Buffer.from('cheap'), paying(amountMsat - 1));
      passing.pass(token, Buffer.from('free'), { carrier: 'onion-message', back: null });
      await clock.sleep(1_000);
      t.is(passed().length, 0);
      t.is(passing.dropped, 3);
    })(),
  );
});

test('a node cannot be enlisted by another, nor without paying for the answer', async (t) => {
  const { clock, passing, enlist, paying, sent } = setUp();
  await clock.run(
    (async () => {
      const forged: KeyPair = { publicKey: keyOf(101).publicKey, dh: keyOf(100).dh };
      t.is(await enlist(idOf(1), forged), undefined);
      t.is(await enlist(idOf(2), keyOf(100), COST_MSAT - 1), undefined);
      passing.asked(idOf(3), Buffer.alloc(150, 2), paying(1_000));
      await clock.sleep(1_000);
      t.is(sent.length, 0);
      t.is(passing.size, 0);
    })(),
  );
});

test('a flood of units is held to its bounds: under way, waiting, and dropped beyond', async (t) => {
  const { clock, passing, paying, enlist, passed, most } = setUp();
  await clock.run(
    (async () => {
      const { token, amountMsat } = (await enlist(idOf(1), keyOf(100)))!;
      for (let unit = 0; unit < 2_000; unit++) passing.pass(token, Buffer.alloc(1_000), paying(amountMsat));
      t.is(passing.waiting, WAITING_OF_ONE_MAX);
      await clock.sleep(10_000);
      t.is(most.underWay, PASSES_OF_ONE_MAX);
      t.is(passed().length, PASSES_OF_ONE_MAX + WAITING_OF_ONE_MAX);
      t.is(passing.dropped, 2_000 - passed().length);
      t.is(passing.waiting, 0);
    })(),
  );
});

test('large units of many clients wait in no more memory than is set aside for all', async (t) => {
  const { clock, passing, paying, enlist } = setUp();
  await clock.run(
    (async () => {
      const bytes = 60_000;
      for (let client = 0; client < 4; client++) {
        const { token, amountMsat } = (await enlist(idOf(client), keyOf(100 + client)))!;
        for (let unit = 0; unit < 300; unit++) passing.pass(token, Buffer.alloc(bytes), paying(amountMsat));
      }
      t.true(passing.waiting > 0 && passing.waiting * bytes <= WAITING_BYTES_MAX, `${passing.waiting}`);
      await clock.sleep(60_000);
      t.is(passing.waiting, 0);
    })(),
  );
});

test('one client enlists a few times, many clients a bounded number, and who never used a token makes room', async (t) => {
  const { clock, passing, enlist } = setUp();
  await clock.run(
    (async () => {
      for (let index = 0; index < ENLISTED_OF_ONE_MAX + 2; index++) {
        const terms = await enlist(idOf(index), keyOf(100));
        t.is(terms !== undefined, index < ENLISTED_OF_ONE_MAX, `${index}`);
        await clock.sleep(1_000);
      }
      t.is(passing.size, ENLISTED_OF_ONE_MAX);
      await clock.sleep(60_000);
      t.true((await enlist(idOf(50), keyOf(100))) !== undefined);
      t.true(passing.size <= ENLISTED_MAX && passing.size < ENLISTED_OF_ONE_MAX);
    })(),
  );
});

test('a flood of askings troubles the node’s key a few times a second', async (t) => {
  const { clock, enlist } = setUp();
  await clock.run(
    (async () => {
      const asked = await Promise.all(Array.from({ length: 60 }, (_, index) => enlist(idOf(index), keyOf(100 + (index % 40)))));
      const answered = asked.filter((terms) => terms !== undefined).length;
      t.true(answered >= 1 && answered <= 16, `${answered} of 60 at once`);
    })(),
  );
});

test('whatever comes, no more is paid than was received, for each payment once', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ known: fc.boolean(), amountMsat: fc.nat(2_500), again: fc.boolean(), pauseMs: fc.nat(60) }), { maxLength: 60 }),
      async (units) => {
        const { clock, passing, paying, enlist, passed } = setUp();
        await clock.run(
          (async () => {
            const { token } = (await enlist(idOf(1), keyOf(100)))!;
            let received = 0;
            for (const { known, amountMsat, pauseMs } of units) {
              received += amountMsat;
              passing.pass(known ? token : idOf(5), Buffer.from('unit'), paying(amountMsat));
              await clock.sleep(pauseMs);
            }
            await clock.sleep(10_000);
            const hashes = passed().map(({ paid }) => hex(paid.hash));
            t.is(new Set(hashes).size, hashes.length);
            t.true(passed().every(({ paid }) => paid.amountMsat >= COST_MSAT + FEE_MSAT));
            t.true(passed().length * COST_MSAT <= received);
          })(),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('terms that are rubbish are a FrameError', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        return decodeTerms(bytes).token.length === 16;
      } catch (error) {
        return error instanceof FrameError;
      }
    }),
  );
  t.throws(() => decodeTerms(Buffer.alloc(17, 9)), { instanceOf: FrameError, message: /version/ });
});

test('an exit pays no price that only a client who runs the rendezvous would ask', async (t) => {
  const carrier = { kind: 'keysend', open: async () => t.fail('opened') } as unknown as Carrier;
  const way = { kind: 'rendezvous' as const, relay: hex(RELAY.publicKey), token: idOf(1), amountMsat: AMOUNT_MSAT_MAX + 1, mtu: 1_000 };
  await t.throwsAsync(openRendezvous(carrier, way, {}), { instanceOf: FrameError, message: /3101 msat/ });
});

const graph = (pairs: readonly (readonly [string, string])[]): Graph => {
  const policy = { feeBaseMsat: 1_000, feeProportionalMillionths: 1_000, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
  const end = (publicKey: string) => ({ publicKey, policy, disabled: false });
  return { nodes: [], edges: pairs.map(([one, other], index) => ({ id: `${index}`, capacitySat: 1, ends: [end(one), end(other)] })) };
};

test('the nearest to the client are asked first, with what their answer costs; never one that only the exit or the client joins', (t) => {
  const line = graph([
    ['c', 'a'],
    ['a', 'b'],
    ['b', 'x'],
    ['x', 'behind'],
    ['c', 'leaf'],
  ]);
  t.deepEqual(candidates(line, 'c', 'x'), [
    { publicKey: 'a', amountMsat: 1 },
    { publicKey: 'b', amountMsat: 1_001 },
  ]);
  const features = (key: string) => ({ publicKey: key, alias: key, features: key === 'b' ? [RELAY_FEATURE] : [] });
  const announced = { ...line, nodes: ['a', 'b', 'leaf'].map(features) };
  t.deepEqual(candidates(announced, 'c', 'x'), [{ publicKey: 'b', amountMsat: 1_001 }], 'who announces a relay is asked alone');
  t.deepEqual(
    candidates(
      graph([
        ['c', 'x'],
        ['x', 'b'],
      ]),
      'c',
      'x',
    ),
    [],
  );
});
