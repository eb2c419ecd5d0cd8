/**
 * Dijkstra's search as LND runs it: backwards from the destination, fees adding up exactly, by a distance that is fees, the price of
 * time-locks, and what an attempt costs over how likely it is to succeed (routing/pathfind.go, findPath, at v0.21.3-beta). Columns over
 * the nodes are kept between searches, so that one allocates nothing.
 */
import type { ChannelGraph } from '../channel-graph.ts';
import { feeOf } from '../fee.ts';
import { SUCCEEDED_BEFORE } from './apriori.ts';
import { EdgeChoice } from './edge-choice.ts';
import { hopPayloadBytes } from './hop-payload.ts';
import { FEE_BASE_MSAT, FEE_PPM, KNOWN, type KnownPairs, knownPairs } from './known-pairs.ts';
import type { MissionControl } from './mission-control.ts';
import { NodeHeap } from './node-heap.ts';
import { ROUTE_HOPS_MAX, RouteColumns } from './route-columns.ts';

export interface PathFindingParameters {
  /** LND's routerrpc.attemptcost and attemptcostppm: what a failed attempt is worth avoiding. */
  readonly attemptCostMsat: number;
  readonly attemptCostPpm: number;
  /** Paths less likely than this are not looked at. */
  readonly minProbability: number;
}

/** 100 sat, 1000 ppm and 1 % (lnrpc/routerrpc/config.go). */
const PATH_FINDING: PathFindingParameters = { attemptCostMsat: 100_000, attemptCostPpm: 1_000, minProbability: 0.01 };

/** LND's MaxTotalTimelock, from the payer's height on. */
export const CLTV_LIMIT = 2016;
const ROUTING_INFO_BYTES = 1300;
/** LND's RiskFactorBillionths: msat per msat and block locked. */
const RISK_BILLIONTHS = 15;
const BILLION = 1e9;

export interface Search {
  readonly source: number;
  readonly destination: number;
  readonly amountMsat: number;
  readonly maxFeeMsat: number;
  /** Of the HTLC that the destination receives. */
  readonly finalExpiry: number;
  /** What may be added to finalExpiry on the way. */
  readonly cltvLimit: number;
  /** Of the destination's own payload in the onion: its records and their frame. */
  readonly finalPayloadBytes: number;
  readonly nowUs: number;
  /** Pairs of nodes not to be used, as LND's ignored_pairs. */
  readonly ignore?: ((from: number, to: number) => boolean) | undefined;
}

/** What the payer could send now over one of its own ends; less than the amount: it will not do. */
export type Spendable = (end: number, amountMsat: number) => number;

export class PathFinder {
  readonly graph: ChannelGraph;
  readonly pairs: KnownPairs;
  readonly route: RouteColumns;
  readonly #parameters: PathFindingParameters;
  /** Of the last search, or of all: how many nodes were expanded. */
  expanded = 0;
  /** The success probability of the route found last. */
  probability = 1;
  /** Which search a node's label is of. */
  readonly #stamp: Uint32Array;
  #search = 0;
  readonly #distance: Float64Array;
  readonly #weight: Float64Array;
  readonly #probability: Float64Array;
  readonly #amountMsat: Float64Array;
  readonly #expiry: Int32Array;
  readonly #payloadBytes: Uint16Array;
  /** The end on from here, and the policy that LND made up for its pair. */
  readonly #out: Int32Array;
  readonly #outPlace: Int32Array;
  readonly #outDelta: Uint16Array;
  /** The first pair that the payer remembers from a node; −1: none. */
  readonly #remembered: Int32Array;
  /** Which search a node is a peer of the payer's in. */
  readonly #peer: Uint32Array;
  readonly #heap: NodeHeap;
  readonly #edge: EdgeChoice;
  /** Of this search. */
  #penaltyMsat = 0;
  /** The payer is no further off than this. */
  #bound = Number.POSITIVE_INFINITY;
  #hopeful = true;
  /** The payer remembers something of some node. */
  #remembers = false;
  /** How likely a hop can be at most from a node that the payer knows nothing of, and its own first. */
  #likelyMax = 1;
  #likelyOwn = 1;

  constructor(graph: ChannelGraph, route = new RouteColumns(), parameters = PATH_FINDING) {
    const { nodes } = graph;
    this.graph = graph;
    this.pairs = knownPairs(graph);
    this.route = route;
    this.#parameters = parameters;
    this.#stamp = new Uint32Array(nodes);
    this.#distance = new Float64Array(nodes);
    this.#weight = new Float64Array(nodes);
    this.#probability = new Float64Array(nodes);
    this.#amountMsat = new Float64Array(nodes);
    this.#expiry = new Int32Array(nodes);
    this.#payloadBytes = new Uint16Array(nodes);
    this.#out = new Int32Array(nodes);
    this.#outPlace = new Int32Array(nodes);
    this.#outDelta = new Uint16Array(nodes);
    this.#remembered = new Int32Array(nodes).fill(-1);
    this.#peer = new Uint32Array(nodes);
    this.#heap = new NodeHeap(this.#distance);
    this.#edge = new EdgeChoice(graph, this.pairs);
  }

  /**
   * The route is in `route`; hops, 0 where there is none.
   * @param memory null: every pair is taken to succeed, as LND's queryroutes does unless told otherwise.
   */
  find(search: Search, memory: MissionControl | null, spendable: Spendable): number {
    const { source, destination } = search;
    this.route.hops = 0;
    if (source === destination) return 0;
    this.#remembers = false;
    memory?.eachNode(source, (node, firstPair) => {
      this.#remembered[node] = firstPair;
      this.#remembers = true;
    });
    this.#likelyMax = memory === null ? 1 : memory.parameters.hopProbability;
    this.#likelyOwn = memory === null ? 1 : SUCCEEDED_BEFORE;
    this.#hopeful = true;
    let found = this.#run(search, memory, spendable);
    if (!found || this.#distance[source]! > this.#bound) {
      this.#hopeful = false;
      found = this.#run(search, memory, spendable);
    }
    memory?.eachNode(source, (node) => {
      this.#remembered[node] = -1;
    });
    return found ? this.#unravel(search) : 0;
  }

  #run(search: Search, memory: MissionControl | null, spendable: Spendable): boolean {
    const { source, destination, amountMsat } = search;
    this.#begin(search);
    let at = destination;
    this.#weight[at] = 0;
    this.#probability[at] = 1;
    this.#amountMsat[at] = amountMsat;
    this.#expiry[at] = search.finalExpiry;
    this.#payloadBytes[at] = search.finalPayloadBytes;
    for (;;) {
      this.#expand(at, search, memory, spendable);
      if (this.#heap.size === 0) break;
      at = this.#heap.pop();
      if (at === source) break;
    }
    this.#heap.clear();
    return this.#stamp[source] === this.#search;
  }

  #begin({ source, amountMsat }: Search): void {
    const { attemptCostMsat, attemptCostPpm } = this.#parameters;
    this.#search += 1;
    this.#bound = Number.POSITIVE_INFINITY;
    this.#penaltyMsat = attemptCostMsat + feeOf(0, attemptCostPpm, amountMsat);
    const { firstEnd, endsOf, endNode } = this.graph;
    for (let index = firstEnd[source]!; index < firstEnd[source + 1]!; index++) this.#peer[endNode[endsOf[index]! ^ 1]!] = this.#search;
  }

  /** Every node with a channel to `to`: is the way by here its best so far? */
  #expand(to: number, search: Search, memory: MissionControl | null, spendable: Spendable): void {
    const { source, destination, ignore } = search;
    const amountMsat = this.#amountMsat[to]!;
    const { first, from: senders } = this.pairs;
    const stamp = this.#stamp;
    const distances = this.#distance;
    const remembered = this.#remembered;
    const turn = this.#search;
    this.expanded += 1;
    if (amountMsat - search.amountMsat > search.maxFeeMsat) return;
    // No sender that the payer knows nothing of gets nearer than this by way of here: most need not be looked at closely.
    const nearest = Math.floor(this.#weight[to]! + this.#penaltyMsat / (this.#probability[to]! * this.#likelyMax));
    const barren = nearest > this.#bound;
    if (barren && this.#peer[to] !== turn && !this.#remembers) return;
    const reached = to === destination ? -1 : distances[to]!;
    const last = first[to + 1]!;
    for (let place = first[to]!, next: number; place < last; place = next) {
      const from = senders[place]!;
      next = place + 1;
      while (next < last && senders[next] === from) next += 1;
      const sends = from === source;
      const unknown = !sends && remembered[from]! < 0;
      if (unknown && barren) continue;
      if (stamp[from] === turn) {
        // Had its turn already, or stands nearer than any way by here.
        const known = distances[from]!;
        if (known <= reached || (unknown && nearest > known)) continue;
      }
      if (from === destination) continue;
      if (!(sends ? this.#edge.own(place, next, amountMsat, spendable) : this.#edge.of(place, next, amountMsat))) continue;
      if (ignore?.(from, to)) continue;
      this.#relax(from, to, search, memory, spendable);
    }
  }

  /** The pair in `#edge` leads from `from` to `to`. */
  #relax(from: number, to: number, search: Search, memory: MissionControl | null, spendable: Spendable): void {
    const { source, cltvLimit, finalExpiry } = search;
    const amountMsat = this.#amountMsat[to]!;
    const edge = this.#edge;
    const sends = from === source;
    const fee = sends ? 0 : edge.feeMsat;
    const delta = sends ? 0 : edge.cltvDelta;
    const expiry = this.#expiry[to]! + delta;
    if (expiry > cltvLimit + finalExpiry) return;
    const likely = memory === null ? 1 : this.#likely(memory, sends, from, to, amountMsat, search.nowUs);
    const probability = this.#probability[to]! * likely;
    if (probability < this.#parameters.minProbability) return;
    const weight = this.#weight[to]! + fee + timeLockMsat(amountMsat, delta);
    const distance = Math.floor(weight + this.#penaltyMsat / probability);
    if (this.#stamp[from] === this.#search) {
      const known = this.#distance[from]!;
      if (distance > known || (distance === known && probability <= this.#probability[from]!)) return;
    }
    const payload = sends ? 0 : hopPayloadBytes(amountMsat, this.#expiry[to]!);
    const payloadBytes = this.#payloadBytes[to]! + payload;
    if (payloadBytes > ROUTING_INFO_BYTES) return;
    this.#stamp[from] = this.#search;
    this.#distance[from] = distance;
    this.#weight[from] = weight;
    this.#probability[from] = probability;
    this.#amountMsat[from] = amountMsat + fee;
    this.#expiry[from] = expiry;
    this.#payloadBytes[from] = payloadBytes;
    this.#out[from] = this.pairs.end[edge.place]!;
    this.#outPlace[from] = edge.place;
    this.#outDelta[from] = delta;
    if (sends) this.#bound = Math.min(this.#bound, distance);
    else if (this.#hopeful && this.#peer[from] === this.#search) this.#hope(from, source, search, spendable);
    if (this.#heap.holds(from) || !this.#inVain(from, sends)) this.#heap.pushOrRaise(from);
  }

  /** What is further off than the payer never has its turn, nor has anybody by way of a node whose every sender is: it need not queue. */
  #inVain(node: number, sends: boolean): boolean {
    if (this.#distance[node]! > this.#bound) return true;
    if (sends || this.#remembers || this.#peer[node] === this.#search) return false;
    return Math.floor(this.#weight[node]! + this.#penaltyMsat / (this.#probability[node]! * this.#likelyMax)) > this.#bound;
  }

  /**
   * A peer of the payer was reached, so the payer will be, hardly further off: nothing beyond that need queue. It is a guess, since
   * the peer's way may yet change; `find` searches again without it where it was wrong.
   */
  #hope(peer: number, source: number, search: Search, spendable: Spendable): void {
    const likely = this.#likelyOwn;
    const distance = Math.floor(this.#weight[peer]! + this.#penaltyMsat / (this.#probability[peer]! * likely));
    if (distance >= this.#bound) return;
    const amountMsat = this.#amountMsat[peer]!;
    if (amountMsat - search.amountMsat > search.maxFeeMsat) return;
    const { graph } = this;
    for (let index = graph.firstEnd[source]!; index < graph.firstEnd[source + 1]!; index++) {
      const end = graph.endsOf[index]!;
      if (graph.endNode[end ^ 1] !== peer || spendable(end, amountMsat) < amountMsat) continue;
      this.#bound = distance;
      return;
    }
  }

  #likely(memory: MissionControl, sends: boolean, from: number, to: number, amountMsat: number, nowUs: number): number {
    const firstPair = this.#remembered[from]!;
    if (sends) return memory.localProbability(firstPair, to, nowUs);
    return memory.probability(firstPair, to, amountMsat, this.#edge.capacityMsat, nowUs);
  }

  /** As newRoute: amounts and expiries once more, from the destination back, over the pairs that stand in the labels now. */
  #unravel({ source, destination, amountMsat, finalExpiry }: Search): number {
    const { route, graph } = this;
    this.probability = this.#probability[source]!;
    let hops = 0;
    for (let at = source; at !== destination; at = graph.endNode[this.#out[at]! ^ 1]!) {
      if (hops === ROUTE_HOPS_MAX) return 0;
      route.end[hops++] = this.#out[at]!;
    }
    let carriedMsat = amountMsat;
    let expiry = finalExpiry;
    route.forwardMsat[hops - 1] = carriedMsat;
    route.expiry[hops - 1] = expiry;
    for (let hop = hops - 2; hop >= 0; hop--) {
      route.forwardMsat[hop] = carriedMsat;
      route.expiry[hop] = expiry;
      const sender = graph.endNode[route.end[hop + 1]!]!;
      const at = KNOWN * this.#outPlace[sender]!;
      carriedMsat += feeOf(this.pairs.known[at + FEE_BASE_MSAT]!, this.pairs.known[at + FEE_PPM]!, carriedMsat);
      expiry += this.#outDelta[sender]!;
    }
    route.firstMsat = carriedMsat;
    route.firstExpiry = expiry;
    route.hops = hops;
    return hops;
  }
}

/** edgeWeight's time-lock penalty, exact where the product passes 2^53. */
function timeLockMsat(amountMsat: number, delta: number): number {
  const factor = delta * RISK_BILLIONTHS;
  if (amountMsat * factor <= Number.MAX_SAFE_INTEGER) return Math.floor((amountMsat * factor) / BILLION);
  return Math.floor(amountMsat / BILLION) * factor + Math.floor(((amountMsat % BILLION) * factor) / BILLION);
}
