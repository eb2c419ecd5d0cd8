/**
 * Which nodes a client may ask to pass payments on. Nearest to the client first, since a payment over one channel costs no fee; among
 * equals the one nearer to the exit, then the lesser key. The exit must not stand between a rendezvous and the client, who would then be
 * no better hidden, nor the client between the exit and the rendezvous. Nodes that announce a relay are asked; where none does, any.
 */
import type { Graph, GraphEdge } from '../../node.ts';
import { announcedRelays } from '../relay-path.ts';

/** How many are asked at most. */
const CANDIDATES_MAX = 6;

export interface Candidate {
  readonly publicKey: string;
  /** What its answer costs it at most: the least amount, and the fees along the shortest way. */
  readonly amountMsat: number;
}

export const candidates = (graph: Graph, client: string, exit: string): Candidate[] => {
  const near = distances(graph, client, exit);
  const far = distances(graph, exit, client);
  const between = [...near.keys()].filter((key) => key !== client && key !== exit && far.has(key));
  const announced = announcedRelays(graph);
  const relays = between.filter((key) => announced.has(key));
  // A relay that has just begun, or stands beside an LND that cannot announce it, answers all the same.
  return (relays.length > 0 ? relays : between)
    .map((key) => ({ key, near: near.get(key) as Step, far: far.get(key) as Step }))
    .toSorted((one, other) => one.near.hops - other.near.hops || one.far.hops - other.far.hops || (one.key < other.key ? -1 : 1))
    .slice(0, CANDIDATES_MAX)
    .map(({ key }) => ({ publicKey: key, amountMsat: costMsat(key, near) }));
};

interface Step {
  readonly hops: number;
  /** One step nearer, and the channel to it; null at the start. */
  readonly nearer: string | null;
  readonly edge: GraphEdge | null;
}

/** Fewest channels from `from` to every node that is reached without `without`. */
const distances = (graph: Graph, from: string, without: string): ReadonlyMap<string, Step> => {
  const edges = new Map<string, GraphEdge[]>();
  for (const edge of graph.edges) {
    const [one, other] = edge.ends;
    if (edge.ends.some(({ publicKey }) => publicKey === without) || (one.disabled && other.disabled)) continue;
    for (const { publicKey } of edge.ends) {
      const known = edges.get(publicKey);
      if (known === undefined) edges.set(publicKey, [edge]);
      else known.push(edge);
    }
  }
  const found = new Map<string, Step>([[from, { hops: 0, nearer: null, edge: null }]]);
  // A map's iteration goes on over what is added meanwhile: breadth first.
  for (const [key, { hops }] of found)
    for (const edge of edges.get(key) ?? []) {
      const next = (edge.ends[0].publicKey === key ? edge.ends[1] : edge.ends[0]).publicKey;
      if (!found.has(next)) found.set(next, { hops: hops + 1, nearer: key, edge });
    }
  return found;
};

/** BOLT 7's fee of every node between, and the largest minimum on the way; what no policy says costs nothing. */
const costMsat = (from: string, steps: ReadonlyMap<string, Step>): number => {
  const policies = [];
  for (let at = from; ; ) {
    const { nearer, edge } = steps.get(at) as Step;
    if (nearer === null || edge === null) break;
    policies.push(edge.ends.find(({ publicKey }) => publicKey === at)?.policy ?? null);
    at = nearer;
  }
  const least = Math.max(1, ...policies.map((policy) => policy?.htlcMinimumMsat ?? 0));
  // The first channel's own fee nobody pays: it is the rendezvous's.
  return policies.slice(1).reduceRight((amountMsat, policy) => {
    const { feeBaseMsat = 0, feeProportionalMillionths = 0 } = policy ?? {};
    return amountMsat + feeBaseMsat + Math.floor((amountMsat * feeProportionalMillionths) / 1_000_000);
  }, least);
};
