/**
 * Paths with their amounts fixed, in columns: any number of payments may use one at once. A route is written into the scratch (by
 * path-finding, or from a Route of the seam) and kept under a number.
 */
import { ROUTE_HOPS_MAX, RouteColumns } from '../routing/route-columns.ts';
import { grown, Pool } from './pool.ts';

/** An end that nobody has: the hop that is told to use it knows no such peer. */
export const NO_END = -1;

/** The scratch is this object's own columns. */
export class Routes extends RouteColumns {
  // By hop of a kept route.
  #ends = new Int32Array(1_024);
  #forwards = new Float64Array(1_024);
  #expiries = new Int32Array(1_024);
  #used = 0;
  /** By number of hops: places given back. */
  readonly #free: number[][] = Array.from({ length: ROUTE_HOPS_MAX + 1 }, () => []);
  // By route.
  #offset = new Int32Array(0);
  #hops = new Uint8Array(0);
  #firstMsat = new Float64Array(0);
  #firstExpiry = new Int32Array(0);
  #uses = new Int32Array(0);
  readonly #pool = new Pool((rows) => {
    this.#offset = grown(this.#offset, rows, Int32Array);
    this.#hops = grown(this.#hops, rows, Uint8Array);
    this.#firstMsat = grown(this.#firstMsat, rows, Float64Array);
    this.#firstExpiry = grown(this.#firstExpiry, rows, Int32Array);
    this.#uses = grown(this.#uses, rows, Int32Array);
  });

  /** The scratch, as a route of its own with one use: whoever keeps it releases it. */
  keep(): number {
    const { hops } = this;
    const route = this.#pool.take();
    const offset = this.#free[hops]!.pop() ?? this.#place(hops);
    for (let hop = 0; hop < hops; hop++) {
      this.#ends[offset + hop] = this.end[hop]!;
      this.#forwards[offset + hop] = this.forwardMsat[hop]!;
      this.#expiries[offset + hop] = this.expiry[hop]!;
    }
    this.#offset[route] = offset;
    this.#hops[route] = hops;
    this.#firstMsat[route] = this.firstMsat;
    this.#firstExpiry[route] = this.firstExpiry;
    this.#uses[route] = 1;
    return route;
  }

  /** One use more. */
  use(route: number): void {
    this.#uses[route]! += 1;
  }

  /** One use less; the last gives its place back. */
  release(route: number): void {
    this.#uses[route]! -= 1;
    if (this.#uses[route]! > 0) return;
    this.#free[this.#hops[route]!]!.push(this.#offset[route]!);
    this.#pool.give(route);
  }

  hopsOf(route: number): number {
    return this.#hops[route]!;
  }

  firstMsatOf(route: number): number {
    return this.#firstMsat[route]!;
  }

  firstExpiryOf(route: number): number {
    return this.#firstExpiry[route]!;
  }

  endOf(route: number, hop: number): number {
    return this.#ends[this.#offset[route]! + hop]!;
  }

  forwardMsatOf(route: number, hop: number): number {
    return this.#forwards[this.#offset[route]! + hop]!;
  }

  expiryOf(route: number, hop: number): number {
    return this.#expiries[this.#offset[route]! + hop]!;
  }

  #place(hops: number): number {
    const offset = this.#used;
    this.#used += hops;
    if (this.#used > this.#ends.length) {
      const length = 2 * this.#ends.length;
      this.#ends = grown(this.#ends, length, Int32Array);
      this.#forwards = grown(this.#forwards, length, Float64Array);
      this.#expiries = grown(this.#expiries, length, Int32Array);
    }
    return offset;
  }
}
