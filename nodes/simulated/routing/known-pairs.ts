/**
 * What a payer knows of the network, laid out for a search that goes backwards: for each node the channels that lead *to* it, grouped by
 * the node that they come from, since LND weighs pairs of nodes and not channels (routing/unified_edges.go). A copy of what was
 * announced: the nodes' own columns may have changed before gossip tells.
 */
import type { ChannelGraph } from '../channel-graph.ts';

export interface KnownPairs {
  /** [nodes + 1] where the channels that lead to a node stand. */
  readonly first: Int32Array;
  /** All others: [ends], at such a place. The sending end and its node. */
  readonly end: Int32Array;
  readonly from: Int32Array;
  readonly feeBaseMsat: Float64Array;
  readonly feePpm: Float64Array;
  readonly cltvDelta: Uint16Array;
  readonly minMsat: Float64Array;
  /** The lesser of capacity and htlc_maximum_msat; −1 where the direction is disabled. */
  readonly maxMsat: Float64Array;
  readonly capacityMsat: Float64Array;
  /** [ends] where an end stands. */
  readonly placeOf: Int32Array;
}

export function knownPairs(graph: ChannelGraph): KnownPairs {
  const ends = 2 * graph.channels;
  const pairs: KnownPairs = {
    first: graph.firstEnd,
    end: new Int32Array(ends),
    from: new Int32Array(ends),
    feeBaseMsat: new Float64Array(ends),
    feePpm: new Float64Array(ends),
    cltvDelta: new Uint16Array(ends),
    minMsat: new Float64Array(ends),
    maxMsat: new Float64Array(ends),
    capacityMsat: new Float64Array(ends),
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
  const place = pairs.placeOf[end]!;
  const capacityMsat = graph.capacityMsat[end >> 1]!;
  pairs.feeBaseMsat[place] = graph.feeBaseMsat[end]!;
  pairs.feePpm[place] = graph.feePpm[end]!;
  pairs.cltvDelta[place] = graph.cltvDelta[end]!;
  pairs.minMsat[place] = graph.htlcMinMsat[end]!;
  pairs.maxMsat[place] = graph.disabled[end] === 1 ? -1 : Math.min(capacityMsat, graph.htlcMaxMsat[end]!);
  pairs.capacityMsat[place] = capacityMsat;
}
