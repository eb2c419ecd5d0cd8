import test from 'ava';
import fc from 'fast-check';
import { efficiencies } from '../../sim/measure/efficiency.ts';
import type { Metric, Tags } from '../../sim/measure/report.ts';
import { steadyGoodput } from '../../sim/workload/message/goodput.ts';
import { findEdge } from '../../sim/workload/size-limit/edge.ts';
import { goodputAfter } from '../../sim/workload/tunnel/goodput-after.ts';
import { shares } from '../../sim/workload/tunnel/transfer.ts';

async function search(expected: number, floor: number, ceiling: number, edge: number): Promise<[number | null, number[]]> {
  const tried: number[] = [];
  const found = await findEdge({ expected, floor, ceiling }, async (n) => {
    tried.push(n);
    return n <= edge;
  });
  return [found, tried];
}

test('an edge where it was expected takes two tries, the one that fails first', async (t) => {
  t.deepEqual(await search(1207, 1, 1300, 1207), [1207, [1208, 1207]]);
});

test('an edge anywhere else is found all the same, without a try out of bounds and none twice', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 0, max: 70_000 }), fc.nat(70_000), async (ceiling, e, edge) => {
      const expected = Math.max(1, Math.min(e, ceiling));
      const [found, tried] = await search(expected, 1, ceiling, edge);
      t.is(found, edge < 1 ? null : Math.min(edge, ceiling));
      t.true(tried.every((n) => n >= 1 && n <= ceiling));
      t.is(new Set(tried).size, tried.length);
      t.true(tried.length <= 36, `${tried.length} tries`); // galloping and halving: 2 × log2(70,000) and a few
    }),
    { numRuns: 300 },
  );
});

test('goodput is of what arrived after the skipped units, over the time it took', (t) => {
  // 11 units 100 ms apart, 1,000 B each: 10 units in 1 s.
  const arrivals = Array.from({ length: 11 }, (_, index) => 5_000 + index * 100);
  t.is(steadyGoodput(arrivals, 1_000, 0), 10_000);
  t.is(steadyGoodput(arrivals, 1_000, 5), 10_000);
  // A first window that comes all at once does not flatter the rate when it is skipped.
  t.is(steadyGoodput([0, 0, 0, 0, 100, 200, 300, 400], 1_000, 3), 10_000);
});

test('one arrival, or all at one instant, is no rate', (t) => {
  t.is(steadyGoodput([], 1_000, 0), null);
  t.is(steadyGoodput([1], 1_000, 0), null);
  t.is(steadyGoodput([1, 1, 1], 1_000, 0), null);
});

test('a transfer is measured from its first request, whatever order its streams report in', (t) => {
  const arrived = [
    { ms: 3_000, bytes: 100 },
    { ms: 2_000, bytes: 100 },
  ];
  t.is(goodputAfter({ startMs: 1_000, arrived }, 0), 100);
});

test('a burst is left out with the time it took, where arrivals tell it', (t) => {
  // 200 kB at once, then 64 kB a second.
  const steady = Array.from({ length: 10 }, (_, index) => ({ ms: 1_100 + (index + 1) * 1_000, bytes: 64_000 }));
  const arrived = [{ ms: 1_100, bytes: 200_000 }, ...steady];
  t.is(goodputAfter({ startMs: 1_000, arrived }, 200_000), 64_000);
  t.true(goodputAfter({ startMs: 1_000, arrived }, 0) > 80_000, 'with the burst it would look faster');
});

test('a link’s rate is no less than what is counted, wherever in a message the head ends', (t) => {
  // Messages of 64 kB over a link of 1 MB/s, each of four pieces.
  const messages = Array.from({ length: 20 }, (_, index) => 64 * (index + 1));
  const arrived = messages.flatMap((ms) => Array.from({ length: 4 }, (_, piece) => ({ ms: ms + piece / 10, bytes: 16_000 })));
  for (let headBytes = 1_000; headBytes < 640_000; headBytes += 1_000) {
    const rate = goodputAfter({ startMs: 0, arrived }, headBytes);
    t.true(rate > 995_000 && rate <= 1_000_000, `${rate} B/s after ${headBytes} B`);
  }
});

test('what comes without a pause is measured from the head on, and no more than a message is taken for one', (t) => {
  // 1 MB/s in pieces of 1 kB, a millisecond apart.
  const arrived = Array.from({ length: 1_000 }, (_, index) => ({ ms: index + 1, bytes: 1_000 }));
  t.is(Math.round(goodputAfter({ startMs: 0, arrived }, 100_000)), 1_000_000);
  // The head's message may end 65 kB later at the most: had it no end, the slower half would be all that counts.
  const slower = arrived.map(({ bytes }, index) => ({ ms: index < 500 ? index + 1 : 500 + (index - 499) * 10, bytes }));
  const [fast, slow] = [500 - 165, 500];
  t.is(Math.round(goodputAfter({ startMs: 0, arrived: slower }, 100_000)), Math.round(((fast + slow) * 1e6) / (fast + slow * 10)));
});

test('a burst that no arrival tells of counts as having taken no time', (t) => {
  t.is(goodputAfter({ startMs: 0, arrived: [{ ms: 10_000, bytes: 840_000 }] }, 200_000), 64_000);
});

test('bytes are split over streams as equally as whole bytes allow', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1_000 }), (bytes, streams) => {
      const parts = shares(bytes, streams);
      t.is(
        parts.reduce((sum, part) => sum + part, 0),
        bytes,
      );
      t.true(parts.length <= streams && Math.max(...parts) - Math.min(...parts) <= 1 && Math.min(...parts) >= 1);
    }),
    { numRuns: 100 },
  );
});

const metric = (name: Metric['name'], tags: Tags, value: number): Metric => ({
  name,
  unit: 'B/s',
  class: 'noisy',
  better: 'higher',
  tags,
  value,
});

test('efficiency is over the best raw goodput of the same carrier, hops and onion', (t) => {
  const raw = (tags: Tags, value: number) => metric('message_goodput_bytes_per_s', tags, value);
  const tunnel = (tags: Tags, value: number) => metric('tunnel_goodput_bytes_per_s', tags, value);
  const found = efficiencies([
    raw({ carrier: 'keysend', hops: 5, in_flight: 1 }, 3_000),
    raw({ carrier: 'keysend', hops: 5, in_flight: 64 }, 20_000),
    raw({ carrier: 'onion-message', hops: 5, onion: 65498, offered: 60_000 }, 60_000),
    tunnel({ carrier: 'keysend', hops: 5, direction: 'down' }, 18_000),
    tunnel({ carrier: 'onion-message', hops: 5, onion: 32834, direction: 'up' }, 50_000),
  ]);
  t.deepEqual(
    found.map(({ value }) => value),
    [0.9, null],
  );
  t.deepEqual(found[0]!.tags, { carrier: 'keysend', hops: 5, direction: 'down' });
});
