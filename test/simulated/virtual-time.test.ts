import test from 'ava';
import { StallError } from '../../nodes/errors.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';
import { Waits } from '../../nodes/simulated/waits.ts';

function clock() {
  const time = new VirtualTime();
  return { time, bench: new Waits(time, 'bench', true), relay: new Waits(time, 'relay n0', false) };
}

test('time never goes back, whatever is asked for when', async (t) => {
  const { time, bench } = clock();
  let last = 0;
  const look = () => {
    t.true(time.nowUs >= last);
    last = time.nowUs;
  };
  const sleeper = bench.clock();
  await Promise.all(
    [5, 1, 0, 300, 2].map(async (ms) => {
      for (let round = 0; round < 5; round++) {
        await sleeper.sleep(ms);
        look();
      }
    }),
  );
  t.is(time.nowUs, 1_500_000);
});

test('a sleep wakes at its instant, and code that it wakes runs before the next event', async (t) => {
  const { bench } = clock();
  const { sleep, now } = bench.clock();
  const seen: string[] = [];
  const after = async (ms: number, name: string) => {
    await sleep(ms);
    seen.push(`${name} at ${now()}`);
    await null;
    await null;
    seen.push(`${name} went on`);
  };
  await Promise.all([after(2, 'late'), after(1, 'early'), after(1, 'also early')]);
  t.deepEqual(seen, ['early at 1', 'early went on', 'also early at 1', 'also early went on', 'late at 2', 'late went on']);
});

test('time does not pass for a relay alone, and does while the bench waits', async (t) => {
  const { time, bench, relay } = clock();
  let ticks = 0;
  const ticking = relay.clock();
  const stop = new AbortController();
  const loop = (async () => {
    for (;;) {
      await ticking.sleep(10, stop);
      ticks += 1;
    }
  })();
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.is(ticks, 0);
  await bench.clock().sleep(95);
  t.is(ticks, 9);
  t.is(time.nowUs, 95_000);
  stop.abort(new Error('enough'));
  await t.throwsAsync(loop, { message: 'enough' });
});

test('a leap in time leaves code outside the turns that it needs to ask for something sooner', async (t) => {
  const { bench } = clock();
  const { sleep, now } = bench.clock();
  const alarm = new AbortController();
  const overdue = sleep(60_000, alarm).then(
    () => 'rang',
    () => 'taken back',
  );
  // As streams do: several turns of Node's loop between one answer and the next question.
  for (let step = 0; step < 10; step++) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    await sleep(1);
  }
  t.is(now(), 10);
  alarm.abort();
  t.is(await overdue, 'taken back');
});

test('a wait that nothing can end is a stall that names who waits for what', async (t) => {
  const { bench, relay } = clock();
  const limit = bench.clock().sleep(600_000, { passive: true });
  limit.catch(() => {});
  void relay.until('a message', undefined, () => {}).catch(() => {});
  const stalled = await t.throwsAsync(
    bench.until('pay', undefined, () => {}),
    { instanceOf: StallError },
  );
  t.regex(stalled!.message, /bench: pay/);
  t.regex(stalled!.message, /relay n0: a message/);
});

test('a passive sleep rings when time comes by, but does not make it pass', async (t) => {
  const { time, bench } = clock();
  let rang = false;
  void bench
    .clock()
    .sleep(50, { passive: true })
    .then(() => {
      rang = true;
    });
  for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.is(time.nowUs, 0);
  await bench.clock().sleep(49);
  t.false(rang);
  await bench.clock().sleep(2);
  t.true(rang);
});

test('what was taken back does not happen, and taking back what has happened changes nothing', async (t) => {
  const { time, bench } = clock();
  const seen: string[] = [];
  const first = time.after(1, () => seen.push('first'));
  const second = time.after(2, () => seen.push('second'));
  time.cancel(second);
  time.cancel(second);
  await bench.clock().sleep(10);
  time.after(1, () => seen.push('third'));
  time.cancel(first);
  time.cancel(second);
  await bench.clock().sleep(10);
  t.deepEqual(seen, ['first', 'third']);
});

test('a bug in the model reaches whoever waits', async (t) => {
  const { time, bench } = clock();
  time.after(1, () => {
    throw new Error('a bug');
  });
  await t.throwsAsync(bench.clock().sleep(10), { message: 'a bug' });
});

test('who sleeps until an instant is there when it wakes, however small the rest', async (t) => {
  const { bench } = clock();
  const { sleep, now } = bench.clock();
  // 0.1 + 0.2 is a little more than 0.3, less than a microsecond away from it.
  const until = 0.1 + 0.2;
  await sleep(0.3);
  let naps = 0;
  for (; now() < until; naps++) await sleep(until - now());
  t.is(naps, 1);
});

test('time that stands still because of sleeps for nothing is a stall', async (t) => {
  const { time, bench } = clock();
  const again = () => time.after(0, again);
  again();
  await t.throwsAsync(bench.clock().sleep(1), { instanceOf: StallError, message: /stands still.*bench: sleep/ });
});
