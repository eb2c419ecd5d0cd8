/**
 * The machines that nodes run on: so many cores each, work served in the order it came. On docker everything runs on one machine, and
 * its cores are what bounds throughput; a model without them would let every node compute at once. A job's length is known when it is
 * asked for, so first in, first out over c cores needs no queue: it starts when the core that is free first is free.
 */
export class Hosts {
  readonly #cores: number;
  /** Of every job, what is done beside what waits for it: garbage collection, the kernel, logs. */
  readonly #asideShare: number;
  /** [hosts × cores] when each core has done what it was given, in µs. */
  readonly #freeAtUs: Float64Array;

  constructor(hosts: number, cores: number, asideShare: number) {
    this.#cores = cores;
    this.#asideShare = asideShare;
    this.#freeAtUs = new Float64Array(hosts * cores);
  }

  /** When a core of the host has spent this long on it, in whole µs; what is done beside keeps a core busy, and nobody waiting. */
  compute(host: number, nowUs: number, cpuUs: number): number {
    const asideUs = cpuUs * this.#asideShare;
    const endUs = this.load(host, nowUs, cpuUs - asideUs);
    if (asideUs > 0) this.load(host, nowUs, asideUs);
    return endUs;
  }

  /** The same, all of it waited for. */
  load(host: number, nowUs: number, cpuUs: number): number {
    const free = this.#freeAtUs;
    const first = host * this.#cores;
    let core = first;
    for (let other = first + 1; other < first + this.#cores; other++) if (free[other]! < free[core]!) core = other;
    const startUs = Math.max(nowUs, free[core]!);
    free[core] = startUs + Math.round(cpuUs);
    return free[core]!;
  }
}
