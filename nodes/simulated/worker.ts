/** One thread of a program, or one of LND that reads messages: a job starts when the one before has ended. It computes on its node's host. */
import type { Jobs } from './engine/jobs.ts';

export class Worker {
  readonly #jobs: Jobs;
  readonly #thread: number;
  #backlog = 0;

  /** @param ofProgram of one beside the node. */
  constructor(jobs: Jobs, node: number, ofProgram: boolean) {
    this.#jobs = jobs;
    // A program is one thread; what a message costs beside its way is charged by itself (costs.ts, asideCpuUsPerByte).
    this.#thread = jobs.addThread(node, ofProgram);
  }

  /** Jobs not yet ended, the running one included. */
  get backlog(): number {
    return this.#backlog;
  }

  do(cpuUs: number, done: () => void): void {
    this.#backlog += 1;
    this.#jobs.call(this.#thread, cpuUs, () => {
      this.#backlog -= 1;
      done();
    });
  }
}
