/** A route as columns, payer's first hop first: what path-finding writes and the HTLC engine reads. */

/** BOLT 4's 1300 B hold about 20 hops; no search goes further than this. */
export const ROUTE_HOPS_MAX = 27;

export class RouteColumns {
  hops = 0;
  /** What the first HTLC carries: amount and fees, and its time-lock. */
  firstMsat = 0;
  firstExpiry = 0;
  /** Per hop: the sending end over which it is reached. */
  readonly end = new Int32Array(ROUTE_HOPS_MAX);
  /** Per hop: what it passes on, the last: receives; and with which expiry. */
  readonly forwardMsat = new Float64Array(ROUTE_HOPS_MAX);
  readonly expiry = new Int32Array(ROUTE_HOPS_MAX);
}
