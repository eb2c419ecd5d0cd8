/**
 * The machines that nodes run on: so many cores each, work served in the order it came. On docker everything runs on one machine, and
 * its cores are what bounds throughput; a model without them would let every node compute at once. A job's length is known when it is
 * asked for, so first in, first out over c cores needs no queue: it starts when the core that is free first is free.
 */
export class Hosts {
  readonly #cores: number;
  /** [hosts × cores] when each core has done what it was given, in µs. */
  readonly #freeAtUs: Float64Array;

  constructor(hosts: number, cores: number) {
    this.#cores = cores;
    this.#freeAtUs = new Float64Array(hosts * cores);
  }

  /** When a core of the host has spent this long on it, in whole µs. */
  compute(host: number, nowUs: number, cpuUs: number): number {
    const free = this.#freeAtUs;
    const first = host * this.#cores;
    let core = first;
    for (let other = first + 1; other < first + this.#cores; other++) if (free[other]! < free[core]!) core = other;
    const startUs = Math.max(nowUs, free[core]!);
    free[core] = startUs + Math.round(cpuUs);
    return free[core]!;
  }
}
