/**
 * Independent runs (seeds, cells of a matrix) on worker threads. What comes out does not depend on how many there are: results stand in the
 * order of the jobs, and with one thread the same function is called here.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fromWire, type WireError } from './wire-error.ts';

export interface PoolOptions {
  /** At most so many worker threads; 1: none, the jobs run here. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a module given to `onThreads` exports as `job`. Both sides of it are plain values: they are cloned from thread to thread. */
export type Job<J, R> = (job: J, signal: AbortSignal) => Promise<R> | R;

export interface Answer {
  readonly index: number;
  readonly result?: unknown;
  readonly error?: WireError;
}

/** Results that are held for the order's sake, a thread. */
const AHEAD_MAX = 2;

export function threadsHere(): number {
  return availableParallelism();
}

/**
 * @param module a file URL. Write `new URL(`./x${extname(import.meta.filename)}`, import.meta.url)`: an installed package has .js.
 * @returns results in the order of the jobs. @throws what the first job in that order threw, by its own name; the others are then given up.
 */
export async function* onThreads<J, R>(module: URL, jobs: Iterable<J>, { threads, signal }: PoolOptions): AsyncGenerator<R, void, void> {
  if (threads > 1) yield* overWorkers<R>(module, [...jobs], threads, signal);
  else {
    const { job } = (await import(module.href)) as { job: Job<J, R> };
    for (const given of jobs) {
      signal?.throwIfAborted();
      yield await job(given, signal ?? new AbortController().signal);
    }
  }
}

async function* overWorkers<R>(module: URL, jobs: readonly unknown[], threads: number, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  const answers = new Map<number, Answer>();
  let [given, yielded] = [0, 0];
  let wake = () => {};
  let broken: unknown;
  const idle = new Set<Worker>();
  const give = () => {
    for (const worker of idle) {
      if (given === jobs.length || given - yielded >= AHEAD_MAX * threads) return;
      idle.delete(worker);
      worker.postMessage({ index: given, job: jobs[given] });
      given += 1;
    }
  };
  const fail = (error: unknown) => {
    broken ??= error;
    wake();
  };
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => {
    const worker = new Worker(new URL(`./worker-thread${extname(import.meta.filename)}`, import.meta.url), { workerData: module.href });
    idle.add(worker);
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a worker thread ended with code ${code} before its jobs did`)));
    worker.on('message', (answer: Answer) => {
      answers.set(answer.index, answer);
      idle.add(worker);
      give();
      wake();
    });
    return worker;
  });
  const abort = () => fail(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    give();
    for (; yielded < jobs.length; yielded++) {
      while (broken === undefined && !answers.has(yielded)) await new Promise<void>((resolve) => (wake = resolve));
      if (broken !== undefined) throw broken;
      const { result, error } = answers.get(yielded)!;
      answers.delete(yielded);
      if (error !== undefined) throw fromWire(error);
      yield result as R;
      give();
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    for (const worker of workers) worker.removeAllListeners('exit');
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
