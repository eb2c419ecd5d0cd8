import test from 'ava';
import { DeadlineError } from '../../nodes/errors.ts';
import type { Clock } from '../../nodes/node.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';
import { Waits } from '../../nodes/simulated/waits.ts';
import { together, until, within } from '../../sim/workload/wait.ts';

const clockOf = (): Clock => new Waits(new VirtualTime(), 'test', true).clock();
const { signal } = new AbortController();

test('polling ends when something is seen, and tells what was waited for when it is not', async (t) => {
  const clock = clockOf();
  let looks = 0;
  t.is(await until(clock, { what: 'the third look', ms: 1_000, signal }, async () => (++looks === 3 ? 'seen' : null)), 'seen');
  const late = await t.throwsAsync(
    until(clock, { what: 'a miracle', ms: 1_000, signal }, async () => null),
    { instanceOf: DeadlineError },
  );
  t.is(late!.message, 'waited 1 s for a miracle');
  t.true(clock.now() < 1_300, 'no longer than that');
});

test('a deadline ends work that goes on, and aborts what it was doing', async (t) => {
  const clock = clockOf();
  let reason: unknown;
  const work = async (working: AbortSignal) => {
    await clock.sleep(60_000, { signal: working }).catch((error: unknown) => {
      reason = error;
    });
  };
  const late = await t.throwsAsync(within(clock, { what: 'work', ms: 500, signal }, work), { instanceOf: DeadlineError });
  await Promise.resolve();
  t.is(reason, late);
  t.is(clock.now(), 500);
});

test('work that is done in time leaves no alarm behind', async (t) => {
  const clock = clockOf();
  t.is(await within(clock, { what: 'work', ms: 500, signal }, async () => 'done'), 'done');
  await clock.sleep(1_000);
  t.is(clock.now(), 1_000);
});

test('what was told to stop stops for that reason, not for its deadline', async (t) => {
  const clock = clockOf();
  const stop = new AbortController();
  const waiting = within(clock, { what: 'work', ms: 500, signal: stop.signal }, (working) => clock.sleep(400, { signal: working }));
  stop.abort(new Error('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
});

test('the first of several that fails aborts the others and is what is thrown', async (t) => {
  const clock = clockOf();
  const ends: string[] = [];
  const works = [300, 100, 200].map((ms) => async (working: AbortSignal) => {
    await clock.sleep(ms, { signal: working }).catch(() => ends.push(`${ms} aborted`));
    if (ms === 100) throw new Error('broken');
  });
  await t.throwsAsync(together(signal, works), { message: 'broken' });
  t.deepEqual(ends, ['300 aborted', '200 aborted']);
});
