import test from 'ava';
import encodeOnionPacket from 'bolt04/packets/encode_onion_packet.js';
import fc from 'fast-check';
import { pointFromScalar } from 'tiny-secp256k1';
import { sphinxPacket } from '../../nodes/lnd/sphinx.ts';

const key = (byte: number): Uint8Array => Buffer.alloc(32, byte);
const publicKey = (byte: number): Uint8Array => pointFromScalar(key(byte), true) as Uint8Array;

test('onion packets are byte for byte those of bolt04, at both sizes that it builds', (t) => {
  const hops = fc.array(fc.record({ owner: fc.integer({ min: 1, max: 250 }), bytes: fc.integer({ min: 2, max: 200 }) }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(hops, fc.integer({ min: 1, max: 250 }), fc.boolean(), (plan, session, large) => {
      const built = plan.map(({ owner, bytes }) => ({
        publicKey: publicKey(owner),
        payload: Buffer.alloc(large ? bytes + 1300 : bytes, owner),
      }));
      const { onion } = encodeOnionPacket({
        hops: built.map((hop) => ({ payload: hop.payload, public_key: Buffer.from(hop.publicKey) })),
        session_key: Buffer.from(key(session)),
      });
      t.deepEqual(sphinxPacket(built, key(session), onion.length), onion);
    }),
    { numRuns: 25 },
  );
  t.pass();
});

test('payloads that do not fit are refused before anything is encrypted', (t) => {
  const hop = { publicKey: publicKey(7), payload: Buffer.alloc(1266) };
  t.is(sphinxPacket([{ ...hop, payload: Buffer.alloc(1265) }], key(9), 1366).length, 1366);
  t.throws(() => sphinxPacket([hop], key(9), 1366), { instanceOf: RangeError });
});
