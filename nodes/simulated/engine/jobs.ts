/**
 * Threads of the model: a job starts when the one before it on its thread has ended. It computes on a host, then may wait for the disk;
 * both lengths are known, so it is one event. A running job is in that event alone, a waiting one in these columns.
 */
import { Callbacks } from '../callbacks.ts';
import { EVENT, JOB, JOBS } from '../event-kinds.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Hosts } from './hosts.ts';
import { grown, Pool } from './pool.ts';

const NONE = -1;
/** Words of a row, and what they are for a thread and for a waiting job. */
const ROW = 4;
const BUSY = 0;
const FIRST = 1;
const LAST = 2;
const HOST = 3;
const KIND = 0;
const ARGUMENT = 1;
const NEXT = 2;

/** What is done when a job has ended. @param argument the job's own number. */
export type Work = (argument: number) => void;

export class Jobs {
  readonly #time: VirtualTime;
  readonly #hosts: Hosts;
  readonly #calls = new Callbacks();
  readonly #work: Work[] = [];
  #threads: number;
  /** By thread, four words: whether a job runs, the first and the last that wait, its host. */
  #rows: Int32Array;
  /** By waiting job: its lengths in µs, as long as a row. */
  #waitingUs = new Float64Array(0);
  /** By waiting job, four words: kind, argument, the one after it. */
  #waitingRows = new Int32Array(0);
  readonly #waiting = new Pool((rows) => {
    this.#waitingUs = grown(this.#waitingUs, 2 * rows, Float64Array);
    this.#waitingRows = grown(this.#waitingRows, ROW * rows, Int32Array);
  });

  /** @param threadHosts the host of each thread that is there from the start. */
  constructor(time: VirtualTime, hosts: Hosts, threadHosts: Int32Array) {
    this.#time = time;
    this.#hosts = hosts;
    this.#threads = threadHosts.length;
    this.#rows = new Int32Array(ROW * this.#threads);
    for (let thread = 0; thread < this.#threads; thread++) this.#begin(thread, threadHosts[thread]!);
    for (let kind = 0; kind < JOBS; kind++) time.on(EVENT.job + kind, (thread, argument) => this.#ended(kind, thread, argument));
    this.on(JOB.call, (slot) => this.#calls.take(slot)());
  }

  /** One part of the model does all jobs of a kind. */
  on(kind: number, work: Work): void {
    this.#work[kind] = work;
  }

  /** A thread more. */
  addThread(host: number): number {
    const thread = this.#threads++;
    if (ROW * thread >= this.#rows.length) this.#rows = grown(this.#rows, Math.max(256, 2 * this.#rows.length), Int32Array);
    this.#begin(thread, host);
    return thread;
  }

  do(thread: number, kind: number, argument: number, cpuUs: number, diskUs: number): void {
    const rows = this.#rows;
    const at = thread * ROW;
    if (rows[at + BUSY] === 0) {
      this.#start(thread, kind, argument, cpuUs, diskUs);
      return;
    }
    const job = this.#waiting.take();
    const waiting = this.#waitingRows;
    waiting[job * ROW + KIND] = kind;
    waiting[job * ROW + ARGUMENT] = argument;
    waiting[job * ROW + NEXT] = NONE;
    this.#waitingUs[2 * job] = cpuUs;
    this.#waitingUs[2 * job + 1] = diskUs;
    const last = rows[at + LAST]!;
    if (last === NONE) rows[at + FIRST] = job;
    else waiting[last * ROW + NEXT] = job;
    rows[at + LAST] = job;
  }

  /** Work that nothing else of its node waits behind. */
  compute(host: number, kind: number, argument: number, cpuUs: number, diskUs = 0): void {
    const { nowUs } = this.#time;
    this.#time.scheduleAt(this.#hosts.compute(host, nowUs, cpuUs) + Math.round(diskUs), EVENT.job + kind, NONE, argument);
  }

  /** `do` for a function. */
  call(thread: number, cpuUs: number, diskUs: number, done: () => void): void {
    this.do(thread, JOB.call, this.#calls.slotOf(this.#calls.add(done, false)), cpuUs, diskUs);
  }

  /** `compute` for a function. */
  computeCall(host: number, cpuUs: number, done: () => void): void {
    this.compute(host, JOB.call, this.#calls.slotOf(this.#calls.add(done, false)), cpuUs);
  }

  #begin(thread: number, host: number): void {
    this.#rows[thread * ROW + FIRST] = NONE;
    this.#rows[thread * ROW + LAST] = NONE;
    this.#rows[thread * ROW + HOST] = host;
  }

  #start(thread: number, kind: number, argument: number, cpuUs: number, diskUs: number): void {
    const at = thread * ROW;
    this.#rows[at + BUSY] = 1;
    const endUs = this.#hosts.compute(this.#rows[at + HOST]!, this.#time.nowUs, cpuUs);
    this.#time.scheduleAt(endUs + Math.round(diskUs), EVENT.job + kind, thread, argument);
  }

  #ended(kind: number, thread: number, argument: number): void {
    if (thread === NONE) {
      this.#work[kind]!(argument);
      return;
    }
    const at = thread * ROW;
    this.#rows[at + BUSY] = 0;
    this.#work[kind]!(argument);
    const rows = this.#rows;
    const job = rows[at + FIRST]!;
    if (job === NONE || rows[at + BUSY] === 1) return;
    const waiting = this.#waitingRows;
    rows[at + FIRST] = waiting[job * ROW + NEXT]!;
    if (rows[at + FIRST] === NONE) rows[at + LAST] = NONE;
    this.#waiting.give(job);
    const us = this.#waitingUs;
    this.#start(thread, waiting[job * ROW + KIND]!, waiting[job * ROW + ARGUMENT]!, us[2 * job]!, us[2 * job + 1]!);
  }
}
