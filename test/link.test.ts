/** The link model: what it promises for any traffic, and queueing theory as its oracle. */
import test from 'ava';
import fc from 'fast-check';
import { type LinkChance, LinkDirection } from '../nodes/link.ts';
import { LINK_CLEAN, type LinkPlan } from '../nodes/plan.ts';
import { SeededRandom } from '../nodes/seeded-random.ts';
import { Stalls } from '../nodes/stalls.ts';

const chanceOf = (seed: number): LinkChance => {
  const [jitter, stalls] = [new SeededRandom(seed, 'jitter'), new SeededRandom(seed, 'stalls')];
  return { jitter: () => jitter.float(), stalls: () => stalls.float() };
};

const directionOf = (link: Partial<LinkPlan>, seed = 1) => new LinkDirection({ ...LINK_CLEAN, ...link }, chanceOf(seed), 0);

const messages = fc.array(fc.record({ afterUs: fc.nat(50_000), bytes: fc.integer({ min: 1, max: 65_535 }) }), { maxLength: 200 });
const link: fc.Arbitrary<LinkPlan> = fc
  .record({
    delayMs: fc.integer({ min: 0, max: 200 }),
    jitterShare: fc.double({ min: 0, max: 1, noNaN: true }),
    rateBytesPerS: fc.option(fc.integer({ min: 1_000, max: 100_000_000 })),
    stall: fc.option(fc.record({ everyMs: fc.integer({ min: 10, max: 1_000 }), forMs: fc.integer({ min: 1, max: 500 }) })),
  })
  .map(({ jitterShare, ...rest }) => ({ ...rest, jitterMs: rest.delayMs * jitterShare }));

const carried = (plan: LinkPlan, sent: readonly { afterUs: number; bytes: number }[], seed: number) => {
  const direction = new LinkDirection(plan, chanceOf(seed), 0);
  let nowUs = 0;
  return sent.map(({ afterUs, bytes }) => {
    nowUs += afterUs;
    return { nowUs, bytes, arrivesUs: direction.arrivesAtUs(nowUs, bytes) };
  });
};

test('nothing overtakes, nothing arrives before its delay less its jitter, and never faster than the rate, whatever is sent', (t) => {
  fc.assert(
    fc.property(link, messages, fc.nat(), (plan, sent, seed) => {
      const { delayMs, jitterMs, rateBytesPerS } = plan;
      let lastUs = 0;
      let bytes = 0;
      for (const message of carried(plan, sent, seed)) {
        t.true(Number.isInteger(message.arrivesUs));
        t.true(message.arrivesUs >= lastUs, 'in order');
        lastUs = message.arrivesUs;
        const leastUs = (delayMs - jitterMs) * 1_000 + (rateBytesPerS === null ? 0 : (message.bytes * 1e6) / rateBytesPerS);
        t.true(message.arrivesUs - message.nowUs >= leastUs - 1, 'its own delay');
        bytes += message.bytes;
        if (rateBytesPerS === null) continue;
        const windowUs = message.arrivesUs - sent[0]!.afterUs - (delayMs - jitterMs) * 1_000;
        t.true(bytes <= (windowUs * rateBytesPerS) / 1e6 + rateBytesPerS / 1e6 + 1, 'never more than the rate since the first');
      }
    }),
  );
});

test('a link of the same seed carries the same, and traffic does not shift when it stalls', (t) => {
  fc.assert(
    fc.property(link, messages, fc.nat(), (plan, sent, seed) => {
      t.deepEqual(carried(plan, sent, seed), carried(plan, sent, seed));
    }),
  );
  const stallsOnly = { ...LINK_CLEAN, stall: { everyMs: 100, forMs: 50 } };
  const probes = Array.from({ length: 1_000 }, () => ({ afterUs: 1_000, bytes: 1 }));
  const dense = Array.from({ length: 2_000 }, () => ({ afterUs: 500, bytes: 60_000 }));
  const heldUntil = (sent: typeof probes) =>
    new Set(
      carried(stallsOnly, sent, 7)
        .filter(({ nowUs, arrivesUs }) => arrivesUs > nowUs)
        .map(({ arrivesUs }) => arrivesUs),
    );
  t.true(heldUntil(probes).size > 3, 'it stalls');
  t.deepEqual(heldUntil(dense), heldUntil(probes));
});

test('jitter spreads evenly over delay ± jitter where messages are far apart', (t) => {
  const direction = directionOf({ delayMs: 20, jitterMs: 5 });
  const travels = Array.from({ length: 20_000 }, (_, index) => direction.arrivesAtUs(index * 1e6, 100) - index * 1e6);
  const mean = travels.reduce((sum, us) => sum + us, 0) / travels.length;
  // The mean of 20,000 draws of ± 5 ms strays by 5 / √3 / √20,000 = 0.02 ms; four times that is a bound for every seed that anybody picks.
  t.true(Math.abs(mean - 20_000) < 82, `${mean}`);
  t.true(Math.min(...travels) >= 15_000 && Math.min(...travels) < 15_050);
  t.true(Math.max(...travels) <= 25_000 && Math.max(...travels) > 24_950);
});

test('messages of one size at random times wait as in an M/D/1 queue', (t) => {
  const bytes = 1_000;
  const serviceUs = 1_000;
  for (const load of [0.3, 0.6, 0.8]) {
    const direction = directionOf({ rateBytesPerS: (bytes * 1e6) / serviceUs });
    const arrivals = new SeededRandom(3, `arrivals ${load}`);
    const batches = Array.from({ length: 50 }, () => 0);
    const perBatch = 4_000;
    let nowUs = 0;
    for (let index = 0; index < batches.length * perBatch; index++) {
      nowUs -= (serviceUs / load) * Math.log(1 - arrivals.float());
      batches[Math.floor(index / perBatch)]! += (direction.arrivesAtUs(nowUs, bytes) - nowUs - serviceUs) / perBatch;
    }
    const mean = batches.reduce((sum, wait) => sum + wait, 0) / batches.length;
    const deviation = Math.sqrt(batches.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / (batches.length - 1));
    // Pollaczek–Khinchine for constant service: ρ s / 2 (1 − ρ). Arrivals are rounded to whole µs.
    const expected = (load * serviceUs) / (2 * (1 - load));
    const within = (3.5 * deviation) / Math.sqrt(batches.length) + 1;
    t.true(Math.abs(mean - expected) < within, `load ${load}: ${mean} µs, expected ${expected} ± ${within}`);
  }
});

test('a link stands still for the share of time that its stalls say', (t) => {
  const random = new SeededRandom(5);
  const stalls = new Stalls(900, 100, () => random.float(), 0);
  let stood = 0;
  const probes = 1_000_000;
  for (let at = 0; at < probes; ) {
    const goesOn = stalls.endOfWork(at, 0);
    stood += goesOn - at;
    at = Math.max(goesOn, at + 1);
  }
  // Alternating renewal: 100 of 1,000 µs on the average; about 1,000 stalls, so the share strays by 0.3 %.
  t.true(Math.abs(stood / probes - 0.1) < 0.012, `${stood / probes}`);
});

test('work under way rests while the link stands still and goes on after it', (t) => {
  const draws = [1 - Math.exp(-1), 1 - Math.exp(-2), 1 - Math.exp(-50)];
  const stalls = new Stalls(100, 30, () => draws.shift()!, 0);
  // Stalls at 100–130 and, 200 later, at 330–360.
  t.is(Math.round(stalls.endOfWork(90, 250)), 90 + 250 + 30 + 30);
});

test('a link that is changed keeps what is on its way in order', (t) => {
  const direction = directionOf({ delayMs: 200 });
  t.is(direction.arrivesAtUs(0, 10), 200_000);
  direction.change({ ...LINK_CLEAN, delayMs: 10 }, 1_000);
  t.is(direction.arrivesAtUs(1_000, 10), 200_000, 'not before the one ahead');
  t.is(direction.arrivesAtUs(300_000, 10), 310_000);
  direction.forget();
  t.is(direction.arrivesAtUs(300_001, 10), 310_001);
});
