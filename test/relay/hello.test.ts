/** Relays asked what they are before any session. */
import test from 'ava';
import fc from 'fast-check';
import type { Network } from '../../nodes/node.ts';
import { CARRIERS, type NetworkPlan, PAYMENT_MODES } from '../../nodes/plan.ts';
import { ONION_MESSAGE_TYPE } from '../../nodes/relay/carrier/onion-message.ts';
import { decodeFacts, encodeFacts, FACTS_BYTES_MAX, type Facts } from '../../nodes/relay/hello/facts.ts';
import { HELLO_RATE } from '../../nodes/relay/hello/hellos.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { PROTOCOL_VERSION } from '../../nodes/relay/session/handshake.ts';
import { SESSIONS_MAX } from '../../nodes/relay/session/sessions.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { UNIT, unitHeader } from '../../nodes/relay/wire/unit.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';

const PRICE = { msat: 2_000, per: 'MiB' } as const;
const TERMS = { mode: 'window', price: PRICE, windowBytes: 65_536, graceMs: 5_000 } as const;

/** Four nodes; the last one's relay asks a price for its exit and for passage, n1's for passage. */
const plan = (): NetworkPlan => {
  const line = relayLinePlan();
  const nodes = line.nodes.slice(0, 4).map((node, index) => ({
    ...node,
    relay: {
      budgetMsat: 1e6,
      feeLimitMsat: 10_000,
      allow: [],
      ...(index === 3 && { terms: TERMS }),
      ...(index % 2 === 1 && { passagePrice: PRICE }),
    },
  }));
  return { ...line, nodes, channels: line.channels.slice(0, 3), origins: [] };
};
const open = (): Promise<Network> => openSimulated(plan(), { startRelay });

const NUMBER = fc.maxSafeNat();
const ANY_PRICE = fc.record({ msat: NUMBER, per: fc.constantFrom('MiB' as const, 'min' as const) });
const ANY_FACTS: fc.Arbitrary<Facts> = fc.record({
  protocol: NUMBER,
  carriers: fc.uniqueArray(fc.constantFrom(...CARRIERS)),
  service: fc.option(fc.record({ mode: fc.constantFrom(...PAYMENT_MODES), price: ANY_PRICE })),
  passage: fc.option(ANY_PRICE),
  limits: fc.record({ sessions: NUMBER, windowBytes: fc.option(NUMBER) }),
});

for (const carrier of ['peer-message', 'onion-message'] as const)
  test(`over ${carrier} a relay says its protocol, carriers, prices and limits, with no session and no payment`, async (t) => {
    await using network = await open();
    const [asker, asked] = [network.relays.get('n0')!, network.relays.get('n3')!];
    t.deepEqual(await asker.hello({ of: asked.publicKey, carrier }), {
      publicKey: asked.publicKey,
      protocol: PROTOCOL_VERSION,
      carriers: ['keysend', 'htlc-record', 'onion-message', 'peer-message'],
      service: { mode: 'window', price: PRICE },
      passage: PRICE,
      limits: { sessions: SESSIONS_MAX, windowBytes: 65_536 },
    });
    t.like(await network.relays.get('n3')!.hello({ of: asker.publicKey, carrier }), { service: null, passage: null });
    for (const relay of network.relays.values()) t.is((await relay.ledger()).htlcsSettled, 0);
  });

test('who is asked more often than its rate is silent, and answers again when it has caught its breath', async (t) => {
  await using network = await open();
  const [asker, of] = [network.relays.get('n0')!, network.nodes.get('n3')!.publicKey];
  const startMs = network.clock.now();
  for (let asked = 0; asked < HELLO_RATE.burst + 4; asked++) t.is((await asker.hello({ of })).publicKey, of);
  t.true(network.clock.now() - startMs > (3 * 1000) / HELLO_RATE.perS, 'the last ones were asked again until there was an answer');
});

test('what a relay says is read as it was meant, and fits', (t) => {
  fc.assert(
    fc.property(ANY_FACTS, (facts) => {
      const bytes = encodeFacts(facts);
      t.true(bytes.length <= FACTS_BYTES_MAX);
      t.deepEqual(decodeFacts(bytes), facts);
    }),
  );
});

test('whatever comes for an answer, only FrameError is thrown', (t) => {
  const wrong = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.json().map((text) => Buffer.from(text)),
    ANY_FACTS.map((facts) => Buffer.from(JSON.stringify({ ...facts, more: 1 }))),
    fc.tuple(ANY_FACTS, fc.nat(1_000)).map(([facts, at]) => encodeFacts(facts).subarray(0, -1 - (at % 20))),
  );
  fc.assert(fc.property(wrong, (bytes) => void t.throws(() => decodeFacts(bytes), { instanceOf: FrameError })));
});

test('questions and answers that are rubbish change nothing: whoever asks properly afterwards is answered', async (t) => {
  await using network = await open();
  const [far, of] = [network.nodes.get('n0')!, network.nodes.get('n3')!.publicKey];
  const path = ['n1', 'n2', 'n3'].map((name) => network.nodes.get(name)!.publicKey);
  for (const kind of [UNIT.ask, UNIT.asked])
    for (const bytes of [0, 1, 33, 49, 200]) {
      const value = Buffer.concat([unitHeader(kind, '00112233445566ff'), Buffer.alloc(bytes, 2)]);
      await far.sendOnionMessage({ path, type: ONION_MESSAGE_TYPE, value });
    }
  await network.clock.sleep(1_000);
  t.is((await network.relays.get('n0')!.hello({ of, carrier: 'onion-message' })).publicKey, of);
});
