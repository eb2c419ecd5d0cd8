import test from 'ava';
import fc from 'fast-check';
import { DeadlineError, FeeLimitError, InfrastructureError, ScenarioError } from '../../nodes/errors.ts';
import { MemoryJournal } from '../../nodes/journal.ts';
import type { Journal, Node } from '../../nodes/node.ts';
import type { Payments } from '../../nodes/relay/payment/payments.ts';
import { Payments as Engine } from '../../nodes/relay/payment/payments.ts';
import { CrashingWorld, type Fate, routeOf } from './crashing-world.ts';
import { VirtualClock } from './virtual-clock.ts';

const HOUR_MS = 3_600_000;
const SETTLES: Fate = { ms: 100, end: 'settled' };
const FAILS: Fate = { ms: 100, end: 'failed' };

const spent = (payments: Payments): number => {
  const { deliveredMsat, feesMsat } = payments.ledger();
  return deliveredMsat + feesMsat;
};

const preimage = (number: number): Buffer => Buffer.alloc(32, number);
const order = (number: number, amountMsat = 10) => ({
  route: routeOf(amountMsat),
  preimage: preimage(number),
  purpose: 'carriage' as const,
});

test('wherever the process dies, the next one counts what the node settled, and nothing is sent twice', async (t) => {
  const fate = fc.record({ ms: fc.integer({ min: 0, max: 3_000 }), end: fc.constantFrom('settled' as const, 'failed' as const) });
  const run = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
    amounts: fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 6 }),
    lives: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
    together: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ fates, amounts, lives, together }) => {
      const world = new CrashingWorld(fates);
      let number = 0;
      for (const steps of lives) {
        const payments = world.start(steps);
        const pay = (amountMsat: number) => payments.pay(order(number++, amountMsat)).catch(() => {});
        const all = together
          ? Promise.all(amounts.map(pay))
          : (async () => {
              for (const amount of amounts) await pay(amount);
            })();
        await world.clock.run(Promise.race([all, world.clock.sleep(10_000)]));
      }
      const last = world.start();
      await world.clock.run(last.quiet());
      t.is(spent(last), world.settledMsat);
      t.is(new Set(world.sent).size, world.sent.length);
      // What was written lazily goes with the next write: nothing stays open for ever.
      await world.clock.run(last.pay(order(255)).catch(() => {}));
      t.deepEqual(
        world.records.filter(([key]) => key.startsWith('payment/')).map(([key]) => key),
        [`payment/${world.sent.at(-1)}`],
      );
    }),
    { numRuns: 200, seed: 4 },
  );
});

test('an entry is in the journal before the payment is sent, and holds no preimage', async (t) => {
  const world = new CrashingWorld([SETTLES]);
  const payments = world.start();
  const paying = payments.pay({ ...order(7), session: 'abcd', purpose: 'contract' });
  await world.clock.run(world.clock.sleep(50));
  t.is(world.sent.length, 1);
  const [[key, value]] = world.records as [readonly [string, string]];
  t.is(key, `payment/${world.sent[0]}`);
  t.deepEqual(JSON.parse(value), {
    hops: routeOf(10).hops.map(({ publicKey }) => publicKey),
    earnedMsat: [1_000, 0],
    amountMsat: 10,
    atMs: 0,
    purpose: 'contract',
    session: 'abcd',
  });
  t.false(value.includes(preimage(7).toString('hex')));
  await world.clock.run(paying);
});

test('what cannot be journalled is not sent, and frees its part of the budget', async (t) => {
  const clock = new VirtualClock();
  let [sent, broken] = [0, true];
  const memory = new MemoryJournal();
  const journal: Journal = {
    read: (prefix) => memory.read(prefix),
    write: (changes, { lazy = false } = {}) =>
      broken && !lazy ? Promise.reject(new InfrastructureError('the disk is full')) : memory.write(changes),
  };
  const node = {
    name: 'n0',
    pay: async () => {
      sent += 1;
      return { hash: new Uint8Array(32), amountMsat: 10, feeMsat: 1_000, hops: 2 };
    },
  } as unknown as Node;
  const plan = { budgetMsat: 1_010, feeLimitMsat: 5_000 };
  const payments = new Engine({ node, plan, clock, journal, signal: new AbortController().signal, log: () => {} });
  await t.throwsAsync(payments.pay(order(1)), { instanceOf: InfrastructureError, message: /disk/ });
  t.is(sent, 0);
  broken = false;
  await payments.pay(order(2));
  t.is(sent, 1);
});

test('a journal that is not understood is refused by name, and nothing is paid on top of it', (t) => {
  const journal = new MemoryJournal([['payment/00', '{"amountMsat":-1}']]);
  const options = { node: { name: 'n0' } as Node, plan: { budgetMsat: 1, feeLimitMsat: 1 }, clock: new VirtualClock(), log: () => {} };
  t.throws(() => new Engine({ ...options, journal, signal: new AbortController().signal }), { instanceOf: ScenarioError });
});

test('the budget in all holds across restarts', async (t) => {
  const world = new CrashingWorld([SETTLES], { budgetMsat: 2_500 });
  await world.clock.run(world.start().pay(order(1)));
  const second = world.start();
  // The first settled lazily: its end is looked up, and it counts meanwhile as if it were paid.
  await world.clock.run(second.pay(order(2)));
  await t.throwsAsync(world.clock.run(second.pay(order(3))), { instanceOf: FeeLimitError, message: /the relay's budget of 2500 msat/ });
  const third = world.start();
  await world.clock.run(third.quiet());
  await t.throwsAsync(world.clock.run(third.pay(order(4))), { instanceOf: FeeLimitError });
  t.is(spent(third), 2_020);
});

test('the budget per day holds over any 24 hours and across restarts, and comes back', async (t) => {
  const world = new CrashingWorld([SETTLES], { budgetPerDayMsat: 2_500 });
  const { clock } = world;
  const payments = world.start();
  await clock.run(clock.sleep(HOUR_MS / 2));
  await clock.run(payments.pay(order(1)), Number.POSITIVE_INFINITY);
  await clock.run(clock.sleep(10 * HOUR_MS), Number.POSITIVE_INFINITY);
  await clock.run(payments.pay(order(2)), Number.POSITIVE_INFINITY);
  const again = world.start();
  await clock.run(again.quiet(), Number.POSITIVE_INFINITY);
  await t.throwsAsync(clock.run(again.pay(order(3)), Number.POSITIVE_INFINITY), { instanceOf: FeeLimitError, message: /per day/ });
  t.deepEqual([again.ledger().spentDayMsat, again.ledger().budgetPerDayMsat], [2_020, 2_500]);
  await clock.run(clock.sleep(13.9 * HOUR_MS), Number.POSITIVE_INFINITY);
  await t.throwsAsync(clock.run(again.pay(order(4)), Number.POSITIVE_INFINITY), { message: /per day/ });
  await clock.run(clock.sleep(1.1 * HOUR_MS), Number.POSITIVE_INFINITY);
  await clock.run(again.pay(order(5)), Number.POSITIVE_INFINITY);
});

test('a session pays no more than its opener or the plan allowed, whatever others may', async (t) => {
  const world = new CrashingWorld([SETTLES], { budgetPerSessionMsat: 3_500 });
  const payments = world.start();
  const of = (number: number, session: string, sessionBudgetMsat?: number) =>
    world.clock.run(payments.pay({ ...order(number), session, sessionBudgetMsat }));
  await of(1, 'a', 1_500);
  await t.throwsAsync(of(2, 'a', 1_500), { instanceOf: FeeLimitError, message: /this session of 1500 msat/ });
  for (const number of [3, 4, 5]) await of(number, 'b');
  await t.throwsAsync(of(6, 'b'), { message: /this session of 3500 msat/ });
  t.deepEqual(payments.accountsOf('b'), [{ session: 'b', purpose: 'carriage', deliveredMsat: 30, feesMsat: 3_000, htlcs: 3 }]);
});

test('a fee above the limit is refused before anything is written or sent', async (t) => {
  const world = new CrashingWorld([SETTLES], { feeLimitMsat: 999 });
  await t.throwsAsync(world.start().pay(order(1)), { instanceOf: FeeLimitError, message: /1000 msat, the limit is 999/ });
  t.deepEqual([world.sent.length, world.records.length], [0, 0]);
});

test('the journal stays small however much is paid: settled payments are sums', async (t) => {
  const world = new CrashingWorld([SETTLES, FAILS]);
  const payments = world.start();
  for (let round = 0; round < 40; round++)
    await world.clock.run(Promise.all([...Array(6).keys()].map((index) => payments.pay(order(round * 6 + index)).catch(() => {}))));
  await world.clock.run(payments.pay(order(250)).catch(() => {}));
  t.is(world.records.filter(([key]) => !key.startsWith('payment/')).length, 4);
  t.true(world.records.length <= 4 + 1);
});

test('a payment that hangs lets the bytes that it carries go at its deadline, and is counted once it has ended', async (t) => {
  const clock = new VirtualClock();
  let state: 'pending' | 'settled' = 'pending';
  const node = {
    name: 'n0',
    pay: () => Promise.reject(new DeadlineError('a payment has no end in time')),
    lookUpPayment: async () =>
      state === 'settled' ? { state, hash: new Uint8Array(32), amountMsat: 10, feeMsat: 1_000, hops: 2 } : { state },
  } as unknown as Node;
  const plan = { budgetMsat: 1_000_000, feeLimitMsat: 5_000 };
  const payments = new Engine({ node, plan, clock, journal: new MemoryJournal(), signal: new AbortController().signal, log: () => {} });
  await t.throwsAsync(clock.run(payments.pay(order(1))), { instanceOf: DeadlineError });
  t.is(spent(payments), 0);
  await clock.run(clock.sleep(30_000));
  state = 'settled';
  await clock.run(payments.quiet());
  t.is(spent(payments), 1_010);
});
