/** The other side of worker-pool.ts: loads the module that it was named and does one job after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { toWire } from './wire-error.ts';
import type { Answer, Job } from './worker-pool.ts';

const { job } = (await import(workerData as string)) as { job: Job<unknown, unknown> };
// A pool that has enough ends the thread; nothing in here needs to be told.
const { signal } = new AbortController();

parentPort!.on('message', async ({ index, job: given }: { index: number; job: unknown }) => {
  parentPort!.postMessage(await answer(index, given));
});

async function answer(index: number, given: unknown): Promise<Answer> {
  try {
    return { index, result: await job(given, signal) };
  } catch (error) {
    return { index, error: toWire(error) };
  }
}
