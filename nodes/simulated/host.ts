/**
 * The machine that all nodes share: so many cores, work served in the order it came. On docker everything runs on one machine, and
 * its cores are what bounds throughput; a model without them would let every node compute at once.
 */
import { Fifo } from './fifo.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Task {
  readonly cpuUs: number;
  readonly done: () => void;
}

export class Host {
  readonly #time: VirtualTime;
  readonly #waiting = new Fifo<Task>();
  #coresFree: number;

  constructor(time: VirtualTime, cores: number) {
    this.#time = time;
    this.#coresFree = cores;
  }

  /** Calls `done` when a core has spent this long on it. */
  compute(cpuUs: number, done: () => void): void {
    const task = { cpuUs, done };
    if (this.#coresFree === 0) this.#waiting.push(task);
    else this.#start(task);
  }

  #start(task: Task): void {
    this.#coresFree -= 1;
    this.#time.after(task.cpuUs, () => {
      this.#coresFree += 1;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next);
      task.done();
    });
  }
}

interface Job {
  readonly cpuUs: number;
  readonly diskUs: number;
  readonly done: () => void;
}

/** One thread of a program: a job starts when the one before has ended. A job computes on the host, then may wait for the disk. */
export class Worker {
  readonly #time: VirtualTime;
  readonly #host: Host;
  readonly #jobs = new Fifo<Job>();
  #busy = false;

  constructor(time: VirtualTime, host: Host) {
    this.#time = time;
    this.#host = host;
  }

  /** Jobs not yet ended, the running one included. */
  get backlog(): number {
    return this.#jobs.length + (this.#busy ? 1 : 0);
  }

  do(cpuUs: number, diskUs: number, done: () => void): void {
    this.#jobs.push({ cpuUs, diskUs, done });
    if (!this.#busy) this.#next();
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (job === undefined) return;
    this.#busy = true;
    const end = () => {
      this.#busy = false;
      job.done();
      if (!this.#busy) this.#next();
    };
    this.#host.compute(job.cpuUs, job.diskUs > 0 ? () => this.#time.after(job.diskUs, end) : end);
  }
}
