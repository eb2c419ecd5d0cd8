import test from 'ava';
import { LINK_CLEAN, type LinkPlan } from '../../nodes/plan.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const lineOver = (link: Partial<LinkPlan> | null, ends: readonly [string, string] = ['n0', 'n1']) => ({
  ...linePlan(2),
  ...(link && { links: [{ ends, link: { ...LINK_CLEAN, ...link } }] }),
});

/** When each of the messages has come, sent all at once; ms. */
const arrivals = async (plan: ReturnType<typeof lineOver>, count: number, bytes: number) => {
  await using network = await open(plan);
  const [n0, n1] = nodesOf(network);
  const heard = (await n1!.peerMessages())[Symbol.asyncIterator]();
  const coming = Array.from({ length: count }, () => heard.next().then(() => network.clock.now()));
  for (let sent = 0; sent < count; sent++) await n0!.sendPeerMessage({ to: n1!.publicKey, type: 40_001, data: new Uint8Array(bytes) });
  return await Promise.all(coming);
};

const paymentMs = async (plan: ReturnType<typeof lineOver>) => {
  await using network = await open(plan);
  const [n0, n1] = nodesOf(network);
  const from = network.clock.now();
  await n0!.pay({ to: n1!.publicKey, amountMsat: 1_000, preimage: preimage(1), maxFeeMsat: 0 });
  return network.clock.now() - from;
};

test('a peer message takes the delay of its link longer, and neither more nor less', async (t) => {
  const [bare] = await arrivals(lineOver(null), 1, 1_000);
  const [far] = await arrivals(lineOver({ delayMs: 100 }), 1, 1_000);
  t.is(Math.round((far! - bare!) * 1_000), 100_000);
});

test('a payment crosses its link five times until its payer knows: add, signature, revocation and signature, revocation, preimage', async (t) => {
  const bare = await paymentMs(lineOver(null));
  const far = await paymentMs(lineOver({ delayMs: 1_000 }));
  // What the nodes compute overlaps the way, so it may be a little less than the sum.
  t.true(far - bare > 3_900 && far - bare < 5_100, `${far - bare} ms`);
});

test('messages share the rate of their link, one after the other, with what BOLT 8 adds', async (t) => {
  const came = await arrivals(lineOver({ rateBytesPerS: 100_000 }), 20, 9_964);
  const gaps = came.slice(1).map((ms, index) => ms - came[index]!);
  // 10,000 B on the wire at 100 kB/s; a message is taken in a little sooner or later.
  for (const gap of gaps) t.true(Math.abs(gap - 100) < 1, `${gap} ms`);
});

test('the far end of a link that was named the other way round has it too', async (t) => {
  const [one] = await arrivals(lineOver({ delayMs: 50 }), 1, 10);
  const [other] = await arrivals(lineOver({ delayMs: 50 }, ['n1', 'n0']), 1, 10);
  t.true(Math.abs(one! - other!) < 2);
});

test('a link that stalls holds messages and loses none', async (t) => {
  const calm = await arrivals(lineOver({ delayMs: 1 }), 300, 1_000);
  const held = await arrivals(lineOver({ delayMs: 1, stall: { everyMs: 50, forMs: 500 } }), 300, 1_000);
  t.is(held.length, calm.length);
  const longest = (came: readonly number[]) => Math.max(...came.slice(1).map((ms, index) => ms - came[index]!));
  t.true(longest(calm) < 10, `${longest(calm)} ms`);
  t.true(longest(held) > 450 && longest(held) < 510, `${longest(held)} ms`);
});
