import { createECDH } from 'node:crypto';
import { createRequire } from 'node:module';
import test from 'ava';
import fc from 'fast-check';
import type { OnionBytes } from '../nodes/node.ts';
import {
  keysendPayloadBytesMax,
  keysendRoutingInfoBytes,
  onionBytesFor,
  onionMessagePayloadBytesMax,
  PEER_MESSAGE_BYTES_MAX,
} from '../nodes/onion.ts';
import { hopPayloadBytes } from '../nodes/simulated/routing/hop-payload.ts';

// The oracle: the encoder that ln-service's author wrote for LND. Its packet is the smallest of 1366 and 32834 B that fits, else it throws.
const require = createRequire(import.meta.url);
const { blindedPathFromHops, onionForPath } = require('bolt04');
const encodeOnionPacket = require('bolt04/packets/encode_onion_packet');
const { encodeTlvStream } = require('bolt01');

const keys = Array.from({ length: 26 }, () => createECDH('secp256k1').generateKeys('hex', 'compressed'));

function tlvStream(records: readonly { type: number; value: Buffer }[]): Buffer {
  return Buffer.from(
    encodeTlvStream({ records: records.map(({ type, value }) => ({ type: String(type), value: value.toString('hex') })) }).encoded,
    'hex',
  );
}

function truncated(value: number): Buffer {
  const hex = value.toString(16);
  return value === 0 ? Buffer.alloc(0) : Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

/** Size of a real onion for a keysend whose record holds this many bytes. */
function keysendOnionBytes(hops: readonly { amountMsat: number; expiry: number }[], bytes: number): number {
  const payloads = hops.map((hop, index) => {
    const head = [
      { type: 2, value: truncated(hop.amountMsat) },
      { type: 4, value: truncated(hop.expiry) },
    ];
    const tail =
      index < hops.length - 1
        ? [{ type: 6, value: Buffer.alloc(8, 1) }]
        : [
            { type: 4_294_967_295, value: Buffer.alloc(bytes) },
            { type: 5_482_373_484, value: Buffer.alloc(32) },
          ];
    return { payload: tlvStream([...head, ...tail]), public_key: Buffer.from(keys[index]!, 'hex') };
  });
  return encodeOnionPacket({ data: Buffer.alloc(32), hops: payloads }).onion.length;
}

const heights = [200, 500, 900_000];
const amounts = [1, 255, 256, 1000, 65_536, 100_000_000];

test('the largest keysend record is exactly what the onion of bolt04 holds, at every path length, amount and height', (t) => {
  for (const [index, hopCount] of [1, 2, 3, 4, 5, 10, 15, 18, 19, 20, 22, 23].entries()) {
    const amountMsat = amounts[index % amounts.length]!;
    const hops = Array.from({ length: hopCount }, (_, hop) => ({ amountMsat: amountMsat + hop * 1000, expiry: heights[index % 3]! }));
    const max = keysendPayloadBytesMax(hops);
    t.true(max >= 0, `${hopCount} hops`);
    t.is(keysendOnionBytes(hops, max), 1366, `${max} B over ${hopCount} hops fit`);
    t.is(keysendOnionBytes(hops, max + 1), 32_834, `${max + 1} B over ${hopCount} hops do not`);
  }
});

test('so it is on random paths: any amounts and heights, and the search reckons with the same bytes for each hop', (t) => {
  const hop = fc.record({ amountMsat: fc.integer({ min: 1, max: 2 ** 45 }), expiry: fc.integer({ min: 1, max: 2 ** 31 - 1 }) });
  fc.assert(
    fc.property(fc.array(hop, { minLength: 1, maxLength: 20 }), (hops) => {
      const max = keysendPayloadBytesMax(hops);
      t.is(keysendOnionBytes(hops, max), 1366);
      t.is(keysendOnionBytes(hops, max + 1), 32_834);
      const passing = hops.slice(0, -1).reduce((sum, { amountMsat, expiry }) => sum + hopPayloadBytes(amountMsat, expiry), 0);
      t.is(passing + keysendRoutingInfoBytes(hops.slice(-1), []), keysendRoutingInfoBytes(hops, []));
    }),
    { numRuns: 60, seed: 4 },
  );
});

test('keysend limits are those that LND 0.21.3 showed on regtest', (t) => {
  const limits = [1, 2, 3, 4, 5].map((hops) => keysendPayloadBytesMax(Array(hops).fill({ amountMsat: 1000, expiry: 500 })));
  t.deepEqual(limits, [1207, 1156, 1105, 1054, 1003]);
});

test('a path that is too long for any record says so', (t) => {
  t.is(keysendPayloadBytesMax(Array(26).fill({ amountMsat: 1000, expiry: 500 })), -1);
});

function messageOnionBytes(hops: number, bytes: number): number {
  const destination = keys[hops - 1]!;
  const inbound = blindedPathFromHops({ hops: [destination] });
  const { onion } = onionForPath({
    inbound: inbound.path,
    key: inbound.key,
    outbound: keys.slice(0, hops),
    records: [{ type: '65537', value: '00'.repeat(bytes) }],
  });
  return onion.length / 2;
}

test('the largest onion message is exactly what the onions of bolt04 hold', (t) => {
  for (const hops of [1, 2, 3, 4, 5, 8, 9, 10]) {
    const small = onionMessagePayloadBytesMax(hops, 1366);
    t.is(messageOnionBytes(hops, small), 1366, `${small} B over ${hops} hops`);
    t.is(messageOnionBytes(hops, small + 1), 32_834, `${small + 1} B over ${hops} hops`);
    const big = onionMessagePayloadBytesMax(hops, 32834);
    t.is(messageOnionBytes(hops, big), 32_834);
    t.throws(() => messageOnionBytes(hops, big + 1), { message: 'ExpectedHopPayloadsToFitWithinMaximumOnionPacketSize' });
  }
});

test('onion message limits are those that LND 0.21.3 showed', (t) => {
  const limits = (bytes: OnionBytes) => [1, 2, 3, 4, 5].map((hops) => onionMessagePayloadBytesMax(hops, bytes));
  t.deepEqual(limits(1366), [1205, 1084, 963, 842, 721]);
  t.deepEqual(limits(32834), [32_673, 32_552, 32_431, 32_310, 32_189]);
  t.deepEqual(limits(65498), [65_337, 65_216, 65_095, 64_974, 64_853]);
  t.is(PEER_MESSAGE_BYTES_MAX, 65_533);
});

test('the smallest onion that holds a message is chosen, and none when the largest allowed is too small', (t) => {
  t.is(onionBytesFor(5, 721, 65498), 1366);
  t.is(onionBytesFor(5, 722, 65498), 32834);
  t.is(onionBytesFor(5, 32_190, 65498), 65498);
  t.is(onionBytesFor(5, 32_190, 32834), null);
});
