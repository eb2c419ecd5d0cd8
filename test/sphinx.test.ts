import { createHmac } from 'node:crypto';
import test from 'ava';
import decodeOnionPacket from 'bolt04/packets/decode_onion_packet.js';
import encodeOnionPacket from 'bolt04/packets/encode_onion_packet.js';
import fc from 'fast-check';
import { FrameError } from '../nodes/errors.ts';
import { peel, sphinxPacket } from '../nodes/sphinx.ts';
import { deriveKey, type HopKeys, hopKeys, streamed } from '../nodes/sphinx-keys.ts';
import { nodeKey } from './node-key.ts';
// lightning-onion v1.3.0, testdata/onion-test.json: the vector that BOLT 4 publishes as bolt04/onion-test.json
import vector from './vectors/onion-test.json' with { type: 'json' };

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const ASSOCIATED = hex(vector.generate.associated_data);
/** The vector's payloads with their BigSize length ahead, as they stand in the packet. */
const PAYLOADS = vector.generate.hops.map(({ payload }) => hex(payload).subarray(payload.startsWith('fd') ? 3 : 1));

const PLAN = fc.record({
  hops: fc.array(fc.record({ owner: fc.integer({ min: 1, max: 250 }), bytes: fc.integer({ min: 2, max: 200 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  session: fc.integer({ min: 1, max: 250 }),
});
const hopsOf = (plan: readonly { owner: number; bytes: number }[], more = 0) =>
  plan.map(({ owner, bytes }) => ({ publicKey: nodeKey(owner).publicKey, payload: Buffer.alloc(bytes + more, owner) }));

test("BOLT 4's packet is built byte for byte, and each of its five hops reads its own payload", async (t) => {
  const hops = vector.generate.hops.map(({ pubkey }, index) => ({ publicKey: hex(pubkey), payload: PAYLOADS[index]! }));
  t.is(sphinxPacket(hops, hex(vector.generate.session_key), 1366, ASSOCIATED).toString('hex'), vector.onion);
  let packet: Buffer | null = hex(vector.onion);
  for (const [index, key] of vector.decode.entries()) {
    t.is(packet?.length, 1366);
    const { payload, next } = await peel(packet!, nodeKey(hex(key)).ecdh, ASSOCIATED);
    t.deepEqual(payload, PAYLOADS[index]!);
    packet = next;
  }
  t.is(packet, null);
});

test('onion packets are byte for byte those of bolt04, at both sizes that it builds', (t) => {
  fc.assert(
    fc.property(PLAN, fc.boolean(), ({ hops, session }, large) => {
      const built = hopsOf(hops, large ? 1300 : 0);
      const { onion } = encodeOnionPacket({
        hops: built.map((hop) => ({ payload: hop.payload, public_key: hop.publicKey })),
        session_key: Buffer.alloc(32, session),
      });
      t.deepEqual(sphinxPacket(built, Buffer.alloc(32, session), onion.length), onion);
    }),
    { numRuns: 25 },
  );
  t.pass();
});

test('a hop peels what bolt04 peels, with the secret that the sender has for it', async (t) => {
  await fc.assert(
    fc.asyncProperty(PLAN, async ({ hops, session }) => {
      const built = hopsOf(hops);
      const keys = hopKeys(
        built.map(({ publicKey }) => publicKey),
        Buffer.alloc(32, session),
      );
      let packet: Buffer | null = sphinxPacket(built, Buffer.alloc(32, session), 1366);
      for (const [index, { owner }] of hops.entries()) {
        const { payload, secret, next } = await peel(packet!, nodeKey(owner).ecdh);
        t.deepEqual(secret, keys[index]!.secret);
        const oracle = decodeOnionPacket({ onion: packet!, secret });
        t.deepEqual(payload, oracle.payload);
        t.deepEqual(next ?? undefined, oracle.onion);
        packet = next;
      }
      t.is(packet, null);
    }),
    { numRuns: 25 },
  );
});

test('whatever is altered, truncated, random or meant for another is a FrameError', async (t) => {
  const packet = sphinxPacket(
    hopsOf([
      { owner: 3, bytes: 40 },
      { owner: 4, bytes: 60 },
    ]),
    Buffer.alloc(32, 9),
    1366,
  );
  const refused = (bytes: Uint8Array, owner = 3, data?: Uint8Array) =>
    t.throwsAsync(peel(bytes, nodeKey(owner).ecdh, data), { instanceOf: FrameError });
  await refused(packet, 4);
  await refused(packet, 3, ASSOCIATED);
  await fc.assert(
    fc.asyncProperty(fc.nat(packet.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const altered = Buffer.from(packet);
      altered[at]! ^= mask;
      await refused(altered);
      await refused(packet.subarray(0, at));
    }),
    { numRuns: 50 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 1_500 }), async (bytes) => {
      await refused(bytes);
    }),
  );
});

test('an authentic packet that claims a longer payload than it holds is a FrameError', async (t) => {
  const { publicKey, ecdh } = nodeKey(3);
  const [{ ephemeralKey, secret }] = hopKeys([publicKey], Buffer.alloc(32, 9)) as [HopKeys];
  const claiming = (...length: number[]): Buffer => {
    const sealed = streamed(deriveKey('rho', secret), Buffer.concat([Buffer.from(length), Buffer.alloc(1300 - length.length, 1)]));
    const hmac = createHmac('sha256', deriveKey('mu', secret)).update(sealed).digest();
    return Buffer.concat([Buffer.of(0), ephemeralKey, sealed, hmac]);
  };
  t.is((await peel(claiming(0xfd, 0x04, 0xf1), ecdh)).payload.length, 1265);
  for (const length of [[0xfd, 0x04, 0xf2], [0xfd, 0xff, 0xff], [0xfd, 0, 0xfc], [0xfe, 0, 0, 0, 1], [0xff]])
    await t.throwsAsync(peel(claiming(...length), ecdh), { instanceOf: FrameError });
});

test('payloads that do not fit are refused before anything is encrypted', (t) => {
  const hop = { publicKey: nodeKey(7).publicKey, payload: Buffer.alloc(1266) };
  t.is(sphinxPacket([{ ...hop, payload: Buffer.alloc(1265) }], Buffer.alloc(32, 9), 1366).length, 1366);
  t.throws(() => sphinxPacket([hop], Buffer.alloc(32, 9), 1366), { instanceOf: RangeError });
});
