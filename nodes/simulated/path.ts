/**
 * The cheapest path as LND looks for it: backwards from the destination, fees adding up exactly, an edge's weight its fee and the
 * price of its time-lock, and a penalty that grows as success gets less likely with every hop (routing/pathfind.go).
 */
import { FINAL_CLTV_DELTA } from './chain.ts';
import type { Channel, LinkEnd } from './channel.ts';
import { feeMsat } from './fee.ts';
import type { SimulatedLnd } from './lnd.ts';
import { PathQueue } from './path-queue.ts';

/** LND's RiskFactorBillionths: msat per msat and block locked. */
const RISK_BILLIONTHS = 15;
/** LND's defaults: routerrpc.attemptcost 100 sat and attemptcostppm 1000, apriori hop probability 0.6. */
const ATTEMPT_COST_MSAT = 100_000;
const ATTEMPT_COST_PPM = 1_000;
const HOP_PROBABILITY = 0.6;
/** BOLT 4's onion has room for about this many; LND's HopLimit is 27. */
const HOPS_MAX = 27;

/** One layer: what this hop passes on (the last: receives), and over which channel it was reached. */
export interface PathHop {
  readonly publicKey: string;
  readonly channel: Channel;
  readonly forwardMsat: number;
  readonly feeMsat: number;
  readonly expiry: number;
}

export interface Path {
  readonly hops: readonly PathHop[];
  /** What the first channel carries: amount and fees. */
  readonly firstMsat: number;
  readonly firstExpiry: number;
}

interface Reached {
  readonly node: SimulatedLnd;
  /** What must arrive at this node. */
  readonly amountMsat: number;
  readonly expiry: number;
  readonly weight: number;
  readonly probability: number;
  readonly distance: number;
  readonly hops: number;
  /** The way on from here; null at the destination. */
  readonly out: LinkEnd | null;
  readonly next: Reached | null;
}

export interface PathRequest {
  readonly source: SimulatedLnd;
  readonly destination: SimulatedLnd;
  readonly amountMsat: number;
  readonly maxFeeMsat: number;
  /** Links (by their sending end) that failed this payment before. */
  readonly avoid?: ReadonlySet<LinkEnd> | undefined;
}

/** null when there is none within the fee limit that could carry the amount. */
export function findPath(request: PathRequest): Path | null {
  const { source, destination, amountMsat } = request;
  if (source === destination) return null;
  const penaltyMsat = ATTEMPT_COST_MSAT + Math.floor((amountMsat * ATTEMPT_COST_PPM) / 1_000_000);
  const best = new Map<SimulatedLnd, Reached>();
  const queue = new PathQueue<Reached>();
  const start: Reached = {
    node: destination,
    amountMsat,
    expiry: request.source.world.core.chain.height + FINAL_CLTV_DELTA,
    weight: 0,
    probability: 1,
    distance: penaltyMsat,
    hops: 0,
    out: null,
    next: null,
  };
  best.set(destination, start);
  queue.push(start);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (at.node === source) return pathFrom(at);
    if (best.get(at.node) !== at || at.hops === HOPS_MAX) continue;
    for (const link of at.node.links) {
      const reached = extend(request, at, link.peer, penaltyMsat);
      if (reached === null) continue;
      const known = best.get(reached.node);
      if (known !== undefined && known.distance <= reached.distance) continue;
      best.set(reached.node, reached);
      queue.push(reached);
    }
  }
  return null;
}

/** One channel further back: `out` is its sending end. null when the channel will not do. */
function extend(request: PathRequest, at: Reached, out: LinkEnd, penaltyMsat: number): Reached | null {
  const { source, avoid, maxFeeMsat } = request;
  if (avoid?.has(out) || !out.channel.active) return null;
  const sends = out.node === source;
  const policy = out.channel.policy(out.side);
  const carriedMsat = at.amountMsat;
  // Others' balances are unknown to a payer; its own are not.
  const admits = sends
    ? out.channel.refusal(out.side, carriedMsat) === null
    : carriedMsat <= out.channel.capacityMsat - out.channel.reserveMsat;
  if (!admits || carriedMsat < policy.htlcMinimumMsat) return null;
  const fee = sends ? 0 : feeMsat(policy, carriedMsat);
  if (carriedMsat + fee - request.amountMsat > maxFeeMsat) return null;
  const delta = sends ? 0 : policy.cltvExpiryDelta;
  const weight = at.weight + fee + Math.floor((carriedMsat * delta * RISK_BILLIONTHS) / 1e9);
  const probability = sends ? at.probability : at.probability * HOP_PROBABILITY;
  return {
    node: out.node,
    amountMsat: carriedMsat + fee,
    expiry: at.expiry + delta,
    weight,
    probability,
    distance: weight + penaltyMsat / probability,
    hops: at.hops + 1,
    out,
    next: at,
  };
}

function pathFrom(source: Reached): Path {
  const hops: PathHop[] = [];
  for (let at = source; at.next !== null; at = at.next) {
    const here = at.next;
    // What this hop sends on is what its own next must receive; the last keeps what arrives.
    const onward = here.next ?? here;
    hops.push({
      publicKey: here.node.publicKey,
      channel: at.out!.channel,
      forwardMsat: onward.amountMsat,
      feeMsat: here.amountMsat - onward.amountMsat,
      expiry: onward.expiry,
    });
  }
  return { hops, firstMsat: source.amountMsat, firstExpiry: source.next!.expiry };
}

/** The path over these nodes, destination last: between two of them the channel that LND would take, the cheapest that can. */
export function pinnedPath(request: Omit<PathRequest, 'destination'>, via: readonly SimulatedLnd[]): Path | null {
  const nodes = [request.source, ...via];
  let at: Reached = {
    node: nodes.at(-1)!,
    amountMsat: request.amountMsat,
    expiry: request.source.world.core.chain.height + FINAL_CLTV_DELTA,
    weight: 0,
    probability: 1,
    distance: 0,
    hops: 0,
    out: null,
    next: null,
  };
  for (let index = nodes.length - 2; index >= 0; index--) {
    const candidates = nodes[index]!.links.filter((link) => link.peer.node === at.node)
      .map((link) => extend({ ...request, destination: nodes.at(-1)! }, at, link, 0))
      .filter((reached) => reached !== null)
      .sort((a, b) => a.weight - b.weight || a.out!.channel.index - b.out!.channel.index);
    const chosen = candidates[0];
    if (chosen === undefined) return null;
    at = chosen;
  }
  return pathFrom(at);
}
