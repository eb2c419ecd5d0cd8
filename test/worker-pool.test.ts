import test from 'ava';
import { PaymentFailedError, ScenarioError } from '../nodes/errors.ts';
import { onThreads } from '../sim/worker-pool.ts';
import type { TestJob } from './worker-job.ts';

const MODULE = new URL('worker-job.ts', import.meta.url);

async function results(jobs: readonly TestJob[], threads: number, signal?: AbortSignal): Promise<string[]> {
  return Array.fromAsync(onThreads<TestJob, string>(MODULE, jobs, { threads, signal }));
}

test('results come in the order of the jobs, on however many threads', async (t) => {
  const jobs = Array.from({ length: 40 }, (_, number) => ({ number }));
  const expected = jobs.map(({ number }) => `job ${number}`);
  for (const threads of [1, 2, 3]) t.deepEqual(await results(jobs, threads), expected);
  t.deepEqual(await results([], 2), []);
});

test('a job that fails does so by the name it has in this thread, and those before it were answered', async (t) => {
  const jobs: TestJob[] = [{ number: 0 }, { number: 1 }, { number: 2, failing: 'scenario' }, { number: 3, failing: 'bug' }];
  for (const threads of [1, 2]) {
    const seen: string[] = [];
    const error = await t.throwsAsync(
      async () => {
        for await (const result of onThreads<TestJob, string>(MODULE, jobs, { threads })) seen.push(result);
      },
      { instanceOf: ScenarioError, message: 'job 2 is written wrong' },
    );
    t.like(error, { name: 'ScenarioError', exitCode: 104, hint: 'write it right' });
    t.is((error!.cause as Error).message, 'deep');
    t.deepEqual(seen, ['job 0', 'job 1']);
  }
  const failed = await t.throwsAsync(results([{ number: 0, failing: 'payment' }, { number: 1 }], 2), { instanceOf: PaymentFailedError });
  t.is(failed!.reason, 'NO_ROUTE');
  await t.throwsAsync(results([{ number: 0, failing: 'bug' }, { number: 1 }], 2), { message: 'job 0 has a bug' });
});

test('who stops in the middle, or is told to, is not waited for', async (t) => {
  const jobs = Array.from({ length: 1_000 }, (_, number) => ({ number }));
  for await (const result of onThreads<TestJob, string>(MODULE, jobs, { threads: 2 })) {
    t.is(result, 'job 0');
    break;
  }
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await t.throwsAsync(results(jobs, 2, stop.signal), { message: 'enough' });
});

test('a hundred seeds leave the same bytes on one thread, on two and on three', async (t) => {
  const jobs = Array.from({ length: 100 }, (_, seed) => ({ seed }));
  const alone = await results(jobs, 1);
  t.is(new Set(alone).size, 100);
  for (const threads of [2, 3]) t.deepEqual(await results(jobs, threads), alone);
});
