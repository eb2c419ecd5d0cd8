/** LND's second bucket for onion messages: the one for all peers together (onionmessage/ratelimit.go). */
import test from 'ava';
import { ONION_LIMITER_DEFAULT, type OnionLimiter } from '../../nodes/plan.ts';
import { linePlan } from './line.ts';
import { nodesOf, open } from './open.ts';

/** BOLT 4's large packet, which a value of 32,000 B needs. */
const PACKET_BYTES = 32_834;
const VALUE_BYTES = 32_000;
const EACH = 3;

/** Of three packets from either neighbour at once, how many are given out by the node between. */
async function arrivedOfSix(onionLimiter: OnionLimiter): Promise<number> {
  await using network = await open(linePlan(3, { node: { onionLimiter } }));
  const [n0, n1, n2] = nodesOf(network);
  const stop = new AbortController();
  const received = await n1!.onionMessages(stop);
  let arrived = 0;
  const reading = (async () => {
    for await (const _ of received) arrived += 1;
  })();
  const senders = Array.from({ length: EACH }, () => [n0!, n2!]).flat();
  const value = new Uint8Array(VALUE_BYTES);
  await Promise.all(senders.map((sender) => sender.sendOnionMessage({ path: [n1!.publicKey], type: 65_537, value })));
  await network.clock.sleep(1_000);
  stop.abort();
  await reading;
  return arrived;
}

test('what all peers send together is held to the bucket for all, though each peer’s own has room', async (t) => {
  // A peer's own bucket of 262,144 B holds seven. That for all holds four and a half, and fills by 125 B a second.
  t.is(await arrivedOfSix({ ...ONION_LIMITER_DEFAULT, globalKbps: 1, globalBurstBytes: 4.5 * PACKET_BYTES }), 4);
  t.is(await arrivedOfSix({ ...ONION_LIMITER_DEFAULT, globalKbps: 0, globalBurstBytes: 0 }), 2 * EACH);
});
