/** Sizes and fees that BOLT 2, 3 and 4 spell out field by field. */
import test from 'ava';
import { commitFeeMsat } from '../../nodes/simulated/engine/channel-state.ts';
import { COMMIT_BYTES, HTLC_SIGNATURE_BYTES, REVOKE_BYTES, UPDATE_BYTES } from '../../nodes/simulated/engine/links.ts';

const [TYPE, CHANNEL_ID, U16, U64, HASH, POINT, SIGNATURE] = [2, 32, 2, 8, 32, 33, 64];
/** BOLT 4: version, key, hop payloads, HMAC. */
const ONION = 1 + POINT + 1_300 + 32;
/** BOLT 4: HMAC, two lengths, failure and padding that come to 256 B. */
const REASON = 32 + 2 + 2 + 256;

test('messages about a channel are as long as their fields', (t) => {
  const add = TYPE + CHANNEL_ID + U64 + U64 + HASH + 4 + ONION;
  const fulfill = TYPE + CHANNEL_ID + U64 + 32;
  const fail = TYPE + CHANNEL_ID + U64 + U16 + REASON;
  t.deepEqual([...UPDATE_BYTES], [add, fulfill, fail]);
  t.is(COMMIT_BYTES, TYPE + CHANNEL_ID + SIGNATURE + U16);
  t.is(HTLC_SIGNATURE_BYTES, SIGNATURE);
  t.is(REVOKE_BYTES, TYPE + CHANNEL_ID + 32 + POINT);
});

test('a commitment costs its opener BOLT 3’s weight with anchors, at 2,500 sat a thousand', (t) => {
  for (const htlcs of [0, 1, 7, 966]) t.is(commitFeeMsat(htlcs), Math.floor(((1_124 + 172 * htlcs) * 2_500) / 1_000) * 1_000);
});
