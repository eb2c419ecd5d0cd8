/**
 * Threads of the model: a job starts when the one before it on its thread has ended. It computes on a host, then may write to its
 * node's databases; when both end is known, so it is one event. A running job is in that event alone, a waiting one in these columns.
 */
import { Callbacks } from '../callbacks.ts';
import { EVENT, JOB, JOBS } from '../event-kinds.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { BATCH_DELAY_US, type Databases, FILES, fileOf, withoutFirst } from './databases.ts';
import type { Hosts } from './hosts.ts';
import { grown, Pool } from './pool.ts';

const NONE = -1;
/** Words of a row, and what they are for a thread and for a waiting job. */
const ROW = 8;
const BUSY = 0;
const FIRST = 1;
const LAST = 2;
const KIND = 0;
const ARGUMENT = 1;
const NEXT = 2;
const THREAD = 4;
const PROCESS = 5;

/** What is done when a job has ended. @param argument the job's own number. */
export type Work = (argument: number) => void;

export class Jobs {
  readonly #time: VirtualTime;
  readonly #hosts: Hosts;
  readonly #databases: Databases;
  /** [nodes] the machine of each. */
  readonly #host: Int32Array;
  /** [2 × nodes] CPU time used so far, in µs: by a node, then by the programs beside it. */
  readonly usedUs: Float64Array;
  readonly #commitCpuUs: number;
  /** [nodes × files] the last that asked for the batch that is open; −1: none is. */
  readonly #batches: Int32Array;
  readonly #calls = new Callbacks();
  readonly #work: Work[] = [];
  #threads: number;
  /** So many are there from the start, one for each end of a channel: a share of what they do is done beside them, by other threads of LND. */
  readonly #linkThreads: number;
  /** By thread, a row: whether a job runs, the first and the last that wait, twice its node, plus one for a program. */
  #rows: Int32Array;
  /** By waiting job: its length in µs and what it writes, as long as a row. */
  #waitingUs = new Float64Array(0);
  /** By job that waits for its thread or for a batch, a row: kind, argument, the one after it, thread, process. */
  #waitingRows = new Int32Array(0);
  readonly #waiting = new Pool((rows) => {
    this.#waitingUs = grown(this.#waitingUs, 2 * rows, Float64Array);
    this.#waitingRows = grown(this.#waitingRows, ROW * rows, Int32Array);
  });

  /** @param host of each node. @param threadNodes the node of each thread that is there from the start. */
  constructor(time: VirtualTime, hosts: Hosts, databases: Databases, commitCpuUs: number, host: Int32Array, threadNodes: Int32Array) {
    this.#time = time;
    this.#hosts = hosts;
    this.#databases = databases;
    this.#commitCpuUs = commitCpuUs;
    this.#batches = new Int32Array(host.length * FILES).fill(NONE);
    this.#host = host;
    this.usedUs = new Float64Array(2 * host.length);
    this.#threads = threadNodes.length;
    this.#linkThreads = threadNodes.length;
    this.#rows = new Int32Array(ROW * this.#threads);
    for (let thread = 0; thread < this.#threads; thread++) this.#begin(thread, 2 * threadNodes[thread]!);
    for (let kind = 0; kind < JOBS; kind++) time.on(EVENT.job + kind, (thread, argument) => this.#ended(kind, thread, argument));
    time.on(EVENT.batchAsked, (job) => this.#batchAsked(job));
    time.on(EVENT.batchFires, (file) => this.#batchFires(file));
    this.on(JOB.call, (slot) => this.#calls.take(slot)());
  }

  /** One part of the model does all jobs of a kind. */
  on(kind: number, work: Work): void {
    this.#work[kind] = work;
  }

  /** A thread more; it waits for all of its own work. @param ofProgram of a program beside the node, not of its LND. */
  addThread(node: number, ofProgram: boolean): number {
    const thread = this.#threads++;
    if (ROW * thread >= this.#rows.length) this.#rows = grown(this.#rows, Math.max(256, 2 * this.#rows.length), Int32Array);
    this.#begin(thread, 2 * node + (ofProgram ? 1 : 0));
    return thread;
  }

  /** @param what it writes (databases.ts). */
  do(thread: number, kind: number, argument: number, cpuUs: number, what: number): void {
    const rows = this.#rows;
    const at = thread * ROW;
    if (rows[at + BUSY] === 0) {
      this.#start(thread, kind, argument, cpuUs, what);
      return;
    }
    const job = this.#row(kind, argument, thread, rows[at + PROCESS]!, what);
    const waiting = this.#waitingRows;
    this.#waitingUs[2 * job] = cpuUs;
    const last = rows[at + LAST]!;
    if (last === NONE) rows[at + FIRST] = job;
    else waiting[last * ROW + NEXT] = job;
    rows[at + LAST] = job;
  }

  /** Work that nothing else of its node waits behind. */
  compute(node: number, kind: number, argument: number, cpuUs: number, what = 0): void {
    const endUs = this.#computed(2 * node, cpuUs, false);
    if (what === 0) this.#time.scheduleAt(endUs, EVENT.job + kind, NONE, argument);
    else this.#write(2 * node, kind, NONE, argument, endUs, what);
  }

  /** `do` for a function. */
  call(thread: number, cpuUs: number, done: () => void): void {
    this.do(thread, JOB.call, this.#calls.slotOf(this.#calls.add(done, false)), cpuUs, 0);
  }

  /** `compute` for a function. */
  computeCall(node: number, cpuUs: number, done: () => void, what = 0): void {
    this.compute(node, JOB.call, this.#calls.slotOf(this.#calls.add(done, false)), cpuUs, what);
  }

  #computed(process: number, cpuUs: number, waitsForAll: boolean): number {
    this.usedUs[process]! += cpuUs;
    const host = this.#host[process >> 1]!;
    return waitsForAll ? this.#hosts.load(host, this.#time.nowUs, cpuUs) : this.#hosts.compute(host, this.#time.nowUs, cpuUs);
  }

  /** What it writes from here on, until it has ended or waits for a batch. */
  #write(process: number, kind: number, thread: number, argument: number, fromUs: number, what: number): void {
    const databases = this.#databases;
    const node = process >> 1;
    const before = databases.commits[node]!;
    const left = databases.advance(node, fromUs, what);
    this.#charge(process, databases.commits[node]! - before);
    if (left === 0) this.#time.scheduleAt(databases.atUs, EVENT.job + kind, thread, argument);
    else this.#time.scheduleAt(databases.atUs, EVENT.batchAsked, this.#row(kind, argument, thread, process, left), 0);
  }

  /** Transactions cost the processor too. That they take time is in theirs; that they keep a core busy is here. */
  #charge(process: number, commits: number): void {
    const us = commits * this.#commitCpuUs;
    this.usedUs[process]! += us;
    if (us > 0) this.#hosts.load(this.#host[process >> 1]!, this.#time.nowUs, us);
  }

  #batchAsked(job: number): void {
    const row = job * ROW;
    const file = (this.#waitingRows[row + PROCESS]! >> 1) * FILES + fileOf(this.#waitingUs[2 * job + 1]!);
    this.#waitingRows[row + NEXT] = this.#batches[file]!;
    if (this.#batches[file] === NONE) this.#time.schedule(BATCH_DELAY_US, EVENT.batchFires, file, 0);
    this.#batches[file] = job;
  }

  /** All who asked until now share its transaction; first come, first told. */
  #batchFires(file: number): void {
    const databases = this.#databases;
    const node = Math.floor(file / FILES);
    let last = NONE;
    for (let job = this.#batches[file]!, next = NONE; job !== NONE; job = next) {
      next = this.#waitingRows[job * ROW + NEXT]!;
      this.#waitingRows[job * ROW + NEXT] = last;
      last = job;
    }
    this.#batches[file] = NONE;
    const endUs = databases.commit(node, file % FILES, this.#time.nowUs);
    this.#charge(2 * node, 1);
    for (let job = last, next = NONE; job !== NONE; job = next) {
      const row = job * ROW;
      const rows = this.#waitingRows;
      next = rows[row + NEXT]!;
      const [kind, argument, thread, process] = [rows[row + KIND]!, rows[row + ARGUMENT]!, rows[row + THREAD]!, rows[row + PROCESS]!];
      const what = withoutFirst(this.#waitingUs[2 * job + 1]!);
      this.#waiting.give(job);
      this.#write(process, kind, thread, argument, endUs, what);
    }
  }

  #row(kind: number, argument: number, thread: number, process: number, what: number): number {
    const job = this.#waiting.take();
    const rows = this.#waitingRows;
    rows[job * ROW + KIND] = kind;
    rows[job * ROW + ARGUMENT] = argument;
    rows[job * ROW + THREAD] = thread;
    rows[job * ROW + PROCESS] = process;
    rows[job * ROW + NEXT] = NONE;
    this.#waitingUs[2 * job + 1] = what;
    return job;
  }

  #begin(thread: number, process: number): void {
    this.#rows[thread * ROW + FIRST] = NONE;
    this.#rows[thread * ROW + LAST] = NONE;
    this.#rows[thread * ROW + PROCESS] = process;
  }

  #start(thread: number, kind: number, argument: number, cpuUs: number, what: number): void {
    const at = thread * ROW;
    this.#rows[at + BUSY] = 1;
    const process = this.#rows[at + PROCESS]!;
    const endUs = this.#computed(process, cpuUs, thread >= this.#linkThreads);
    if (what === 0) this.#time.scheduleAt(endUs, EVENT.job + kind, thread, argument);
    else this.#write(process, kind, thread, argument, endUs, what);
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
