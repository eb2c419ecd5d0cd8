import { randomBytes } from 'node:crypto';
import { PayloadTooLargeError } from '../../nodes/errors.ts';
import type { Network, Node, OnionBytes } from '../../nodes/node.ts';
import { type Contracts, HOPS } from './contract.ts';
import { arrivalOf, hear } from './hearing.ts';
import { mended } from './mended.ts';

const MESSAGE_TYPE = 1_197_865;
/** Found by bisection on LND 0.21.3; the first two are also what `bolt04` builds (test/onion.test.ts). */
const SMALL_ONION_LIMITS = [1205, 1084, 963, 842, 721] as const;
const ONION_LIMITS = [32_673, 32_552, 32_431, 32_310, 32_189] as const;
const LARGE_ONION_LIMITS = [65_337, 65_216, 65_095, 64_974, 64_853] as const;

export const onionMessages: Contracts = {
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

  'the largest onion that LND forwards arrives at every hop count, and one byte more is refused by its limit': async (t, network, line) => {
    await drained(network);
    for (const hops of HOPS) {
      const bytes = LARGE_ONION_LIMITS[hops - 1]!;
      t.deepEqual(await onionArrives(network, line, hops, bytes, 65498), { arrived: true }, `${bytes} B over ${hops} hops`);
      const refused = await t.throwsAsync(sendOnion(line, hops, randomBytes(bytes + 1), 65498), { instanceOf: PayloadTooLargeError });
      t.is(refused!.limitBytes, bytes);
    }
    t.is((await line[0]!.peers()).length, 1, 'the guard kept the peer');
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

  'an onion above the largest that is probed is refused, and the channel works again once the peer is back': async (t, network, line) => {
    // LND says "message payload is too large", and drops the peer all the same.
    const bytes = LARGE_ONION_LIMITS[1];
    const refused = await t.throwsAsync(sendOnion(line, 2, randomBytes(bytes + 1), 65498, true), { instanceOf: PayloadTooLargeError });
    t.is(refused!.limitBytes, bytes);
    await mended(network, line[0]!, line[1]!);
    t.deepEqual(await onionArrives(network, line, 2, 1_000, 32834), { arrived: true });
  },
};

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
