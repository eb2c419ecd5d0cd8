/** One thread of a program: a job starts when the one before has ended. It computes on its node's host, then may wait for the disk. */
import type { Jobs } from './engine/jobs.ts';

export class Worker {
  readonly #jobs: Jobs;
  readonly #thread: number;
  #backlog = 0;

  constructor(jobs: Jobs, host: number) {
    this.#jobs = jobs;
    this.#thread = jobs.addThread(host);
  }

  /** Jobs not yet ended, the running one included. */
  get backlog(): number {
    return this.#backlog;
  }

  do(cpuUs: number, diskUs: number, done: () => void): void {
    this.#backlog += 1;
    this.#jobs.call(this.#thread, cpuUs, diskUs, () => {
      this.#backlog -= 1;
      done();
    });
  }
}
