import test from 'ava';
import { InterruptedError } from '../../nodes/errors.ts';
import { doubling, type Step } from './doubling.ts';

/** Breaks above what it holds, and notes what it was asked for and what was told, in order. */
const loaded = async ({ holds, first = 50, bound = 400 }: { holds: number; first?: number; bound?: number }) => {
  const seen: unknown[] = [];
  const { signal } = new AbortController();
  const broke = await doubling({ first, bound, signal, tell: (step) => void seen.push(step) }, async (count) => {
    seen.push(count);
    return figures(count, holds);
  });
  return { seen, broke };
};

const figures = (count: number, holds: number): Step => ({ count, broke: count > holds ? `${count - holds} were refused` : null });

test('each step asks for twice as many, is told as it ends, and the first in which something broke is the last', async (t) => {
  const { seen, broke } = await loaded({ holds: 150 });
  t.deepEqual(seen, [50, figures(50, 150), 100, figures(100, 150), 200, figures(200, 150)]);
  t.deepEqual(broke, { held: 100, brokeAt: 200, broke: '50 were refused' });
});

test('where the first step breaks nothing was held', async (t) => {
  const { seen, broke } = await loaded({ holds: 49 });
  t.deepEqual(seen, [50, figures(50, 49)]);
  t.deepEqual(broke, { held: null, brokeAt: 50, broke: '1 were refused' });
});

test('where nothing breaks it ends at the bound, and asks for no more than that', async (t) => {
  for (const bound of [400, 799]) {
    const { seen, broke } = await loaded({ holds: 1_000, bound });
    t.deepEqual(
      seen.filter((one) => typeof one === 'number'),
      [50, 100, 200, 400],
    );
    t.deepEqual(broke, { held: 400, brokeAt: null, broke: null });
  }
});

test('a bound that is the first count makes one step', async (t) => {
  const { seen, broke } = await loaded({ holds: 1_000, first: 20, bound: 20 });
  t.deepEqual(seen, [20, figures(20, 1_000)]);
  t.deepEqual(broke, { held: 20, brokeAt: null, broke: null });
});

test('an interruption in a step is thrown: that step is not told, and none follows', async (t) => {
  const stop = new AbortController();
  const reason = new InterruptedError('interrupted by SIGINT');
  const [asked, told]: [number[], Step[]] = [[], []];
  const loading = doubling({ first: 50, bound: 400, signal: stop.signal, tell: (step) => void told.push(step) }, async (count) => {
    asked.push(count);
    if (count === 100) stop.abort(reason);
    return figures(count, 99);
  });
  await t.throwsAsync(loading, { is: reason });
  t.deepEqual(asked, [50, 100]);
  t.deepEqual(told, [figures(50, 99)]);
});
