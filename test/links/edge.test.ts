import { createHash } from 'node:crypto';
import { once } from 'node:events';
import test from 'ava';
import fc from 'fast-check';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { listenTo, proxied, settle } from './proxied.ts';

test('a link without delay passes bytes on as they come, both ways, and half-closes', async (t) => {
  await using link = await proxied();
  const near = await link.dial();
  const [far] = link.accepted;
  const [atNear, atFar] = [listenTo(near), listenTo(far!)];
  near.end('there');
  far!.write('back');
  await settle();
  t.is(atFar.bytes().toString(), 'there');
  t.is(atNear.bytes().toString(), 'back');
  t.true(atFar.ended);
  t.false(atNear.ended, 'the other half is still open');
  far!.end();
  await settle();
  t.true(atNear.ended);
});

test('the far end hears of a connection after one delay, its first byte after three, its answer is back after four', async (t) => {
  await using link = await proxied({ delayMs: 100 });
  const near = await link.dial();
  near.write('first');
  const atNear = listenTo(near);
  await link.hand.advance(99);
  t.is(link.accepted.length, 0, 'SYN is on its way');
  await link.hand.advance(1);
  const [far] = link.accepted;
  t.truthy(far);
  const atFar = listenTo(far!);
  await link.hand.advance(199);
  t.is(atFar.bytes().length, 0, 'SYN-ACK back, then the byte there');
  await link.hand.advance(1);
  t.is(atFar.bytes().toString(), 'first');
  far!.write('second');
  await link.hand.advance(99);
  t.is(atNear.bytes().length, 0);
  await link.hand.advance(1);
  t.is(atNear.bytes().toString(), 'second');
  t.is(link.edge.findings().error?.max, 0);
});

test('a rate lets so many bytes through in a time and no more', async (t) => {
  await using link = await proxied({ rateBytesPerS: 100_000 });
  const near = await link.dial();
  const atFar = listenTo(link.accepted[0]!);
  near.write(Buffer.alloc(50_000));
  for (let ms = 100; ms <= 500; ms += 100) {
    await link.hand.advance(100);
    const got = atFar.bytes().length;
    // A segment of 1,448 B at the edge of the window, and half a millisecond of what may be early.
    t.true(Math.abs(got - ms * 100) <= 1_448 + 50, `${got} B after ${ms} ms`);
  }
});

test('a black hole loses nothing: what was sent into it comes once it is healed, once and in order', async (t) => {
  await using link = await proxied({ delayMs: 10, jitterMs: 5 });
  const near = await link.dial();
  await link.hand.advance(40);
  const atFar = listenTo(link.accepted[0]!);
  near.write('before ');
  await settle();
  link.edge.cut('blackhole', 0);
  near.write('during ');
  await link.hand.advance(60_000);
  t.is(atFar.bytes().length, 0);
  link.edge.heal();
  near.write('after');
  await link.hand.advance(100);
  t.is(atFar.bytes().toString(), 'before during after');
  t.false(atFar.ended);
  t.true((link.edge.findings().error?.max ?? 0) < 1, 'the wait was no error of the proxy');
});

test('a connection made into a black hole reaches the far end once it is healed', async (t) => {
  await using link = await proxied({ delayMs: 10 });
  link.edge.cut('blackhole', 0);
  const near = await link.dial();
  near.write('hello');
  await link.hand.advance(1_000);
  t.is(link.accepted.length, 0);
  link.edge.heal();
  await link.hand.advance(30);
  t.is(listenTo(link.accepted[0]!).ended, false);
  await link.hand.advance(30);
  t.is(link.accepted.length, 1);
});

test('a cut by reset tells both ends at once and refuses new connections until it is healed', async (t) => {
  await using link = await proxied();
  const near = await link.dial();
  const [atNear, atFar] = [listenTo(near), listenTo(link.accepted[0]!)];
  link.edge.cut('reset', 0);
  await settle();
  t.true(atNear.reset && atFar.reset);
  // Whether the kernel tells of the reset at once or of a connection that is reset a moment later, is a race.
  const refused = await link.dial().catch((error: NodeJS.ErrnoException) => error);
  if (refused instanceof Error) t.is(refused.code, 'ECONNRESET');
  else {
    const again = listenTo(refused);
    await settle();
    t.true(again.reset || refused.destroyed);
  }
  t.is(link.accepted.length, 1);
  link.edge.heal();
  await link.dial();
  t.is(link.accepted.length, 2);
});

for (const how of ['reset', 'half-open'] as const)
  test(`what a black hole holds is lost when it is cut otherwise: ${how}`, async (t) => {
    await using link = await proxied({ delayMs: 50 });
    const near = await link.dial();
    await link.hand.advance(200);
    const atFar = listenTo(link.accepted[0]!);
    link.edge.cut('blackhole', 0);
    near.write('held');
    await settle();
    await link.hand.advance(500);
    link.edge.cut(how, 1);
    await link.hand.advance(500);
    await settle();
    t.is(atFar.bytes().length, 0);
  });

test('a half-open connection answers nothing, and is reset when the link is back', async (t) => {
  await using link = await proxied();
  const near = await link.dial();
  const far = link.accepted[0]!;
  const [atNear, atFar] = [listenTo(near), listenTo(far)];
  link.edge.cut('half-open', 0);
  await settle();
  t.true(atNear.reset);
  t.false(atFar.reset || atFar.ended, 'nobody told the other end');
  far.write('is anybody there?');
  await settle();
  t.false(atFar.reset);
  link.edge.heal();
  await settle();
  t.true(atFar.reset);
});

test('a reset at one end arrives at the other as one, after the delay', async (t) => {
  await using link = await proxied({ delayMs: 50 });
  const near = await link.dial();
  await link.hand.advance(200);
  const atFar = listenTo(link.accepted[0]!);
  near.resetAndDestroy();
  await link.hand.advance(49);
  t.false(atFar.reset);
  await link.hand.advance(1);
  t.true(atFar.reset);
});

test('a link that nobody answers behind resets whoever dialled, after there and back', async (t) => {
  await using link = await proxied({ delayMs: 20 });
  for (const socket of link.accepted) socket.destroy();
  const near = await link.dial();
  const atNear = listenTo(near);
  await link.hand.advance(40);
  link.accepted[0]!.resetAndDestroy();
  await link.hand.advance(19);
  t.false(atNear.reset);
  await link.hand.advance(1);
  t.true(atNear.reset);
});

test('a link that is degraded and restored has the delay that it is given', async (t) => {
  await using link = await proxied({ delayMs: 10 });
  const near = await link.dial();
  await link.hand.advance(50);
  const atFar = listenTo(link.accepted[0]!);
  link.edge.change({ delayMs: 500, jitterMs: 0, rateBytesPerS: null, stall: null });
  near.write('slow');
  await link.hand.advance(499);
  t.is(atFar.bytes().length, 0);
  await link.hand.advance(1);
  t.is(atFar.bytes().toString(), 'slow');
  link.edge.restore();
  near.write('fast');
  await link.hand.advance(10);
  t.is(atFar.bytes().toString(), 'slowfast');
});

test('every byte arrives once and in order, whatever the link and however it is cut and healed on the way', async (t) => {
  const links = fc.record({
    delayMs: fc.integer({ min: 0, max: 50 }),
    rateBytesPerS: fc.option(fc.integer({ min: 200_000, max: 20_000_000 })),
    stall: fc.option(fc.record({ everyMs: fc.integer({ min: 10, max: 200 }), forMs: fc.integer({ min: 1, max: 100 }) })),
  });
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.constantFrom('cut', 'heal', 'wait' as const)), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(links, steps, fc.nat(), async (plan, acts, seed) => {
      await using link = await proxied({ ...plan, jitterMs: plan.delayMs / 2 });
      const random = new SeededRandom(seed);
      const near = await link.dial();
      await link.hand.advance(200);
      const far = link.accepted[0]!;
      const atFar = listenTo(far);
      const sent = createHash('sha256');
      let bytes = 0;
      for (const act of acts) {
        if (act === 'cut') link.edge.cut('blackhole', 0);
        else if (act === 'heal') link.edge.heal();
        else if (act === 'wait') await link.hand.advance(20);
        else {
          const part = random.bytes(act as number);
          sent.update(part);
          bytes += part.length;
          near.write(part);
          await settle();
        }
      }
      link.edge.heal();
      near.end();
      for (let waited = 0; waited < 200 && !atFar.ended; waited++) await link.hand.advance(500);
      t.true(atFar.ended, `${atFar.bytes().length} of ${bytes} B`);
      t.is(createHash('sha256').update(atFar.bytes()).digest('hex'), sent.digest('hex'));
    }),
    { numRuns: 25 },
  );
});

test('what a link holds is bounded: whoever sends faster than its rate is no longer read', async (t) => {
  await using link = await proxied({ rateBytesPerS: 1_000_000, delayMs: 0 });
  const near = await link.dial();
  link.accepted[0]!.resume();
  const all = 64 << 20;
  near.write(Buffer.alloc(all));
  await settle();
  const [taken] = link.edge.findings().bytes;
  // A quarter of a second of its rate, and the read that crossed the bound.
  t.true(taken > 0 && taken <= 250_000 + 65_536, `${taken} B`);
  near.destroy();
  await once(near, 'close');
});
