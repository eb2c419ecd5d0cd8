/**
 * What a payer knows of the network, laid out for a search that goes backwards: for each node the channels that lead *to* it, grouped by
 * the node that they come from, since LND weighs pairs of nodes and not channels (routing/unified_edges.go). A copy of what was
 * announced: the nodes' own columns may have changed before gossip tells.
 */
import type { ChannelGraph } from '../channel-graph.ts';

/** Of an end in `known`: so many numbers, and which is which. */
export const KNOWN = 6;
/** The lesser of capacity and htlc_maximum_msat; −1 where the direction is disabled. */
export const MAX_MSAT = 0;
export const MIN_MSAT = 1;
export const FEE_BASE_MSAT = 2;
export const FEE_PPM = 3;
export const CLTV_DELTA = 4;
export const CAPACITY_MSAT = 5;

export interface KnownPairs {
  /** [nodes + 1] where the channels that lead to a node stand. */
  readonly first: Int32Array;
  /** [ends] at such a place: the sending end and its node. */
  readonly end: Int32Array;
  readonly from: Int32Array;
  /** [KNOWN · ends] what the end announces, side by side, so that a search that looks at it reads one line of the cache. */
  readonly known: Float64Array;
  /** [ends] where an end stands. */
  readonly placeOf: Int32Array;
}

export function knownPairs(graph: ChannelGraph): KnownPairs {
  const ends = 2 * graph.channels;
  const pairs: KnownPairs = {
    first: graph.firstEnd,
    end: new Int32Array(ends),
    from: new Int32Array(ends),
    known: new Float64Array(KNOWN * ends),
    placeOf: new Int32Array(ends),
  };
  // Senders in rising order: so at each receiver its channels end up grouped by sender, without sorting.
  const next = graph.firstEnd.slice(0, graph.nodes);
  for (const end of graph.endsOf) {
    const place = next[graph.endNode[end ^ 1]!]!++;
    pairs.placeOf[end] = place;
    pairs.end[place] = end;
    pairs.from[place] = graph.endNode[end]!;
    learn(pairs, graph, end);
  }
  return pairs;
}

/** A channel_update arrived: the policy of this end is known as it now stands. */
export function learn(pairs: KnownPairs, graph: ChannelGraph, end: number): void {
  const at = KNOWN * pairs.placeOf[end]!;
  const { known } = pairs;
  const capacityMsat = graph.capacityMsat[end >> 1]!;
  known[at + MAX_MSAT] = graph.disabled[end] === 1 ? -1 : Math.min(capacityMsat, graph.htlcMaxMsat[end]!);
  known[at + MIN_MSAT] = graph.htlcMinMsat[end]!;
  known[at + FEE_BASE_MSAT] = graph.feeBaseMsat[end]!;
  known[at + FEE_PPM] = graph.feePpm[end]!;
  known[at + CLTV_DELTA] = graph.cltvDelta[end]!;
  known[at + CAPACITY_MSAT] = capacityMsat;
}
