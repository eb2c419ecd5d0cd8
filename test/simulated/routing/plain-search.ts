/**
 * LND's search (routing/pathfind.go, findPath) written down as it stands there, with objects and no shortcut: what the searching columns
 * are held against. BigInt where LND has int64.
 */
import type { ChannelGraph } from '../../../nodes/simulated/channel-graph.ts';
import type { MissionControl } from '../../../nodes/simulated/routing/mission-control.ts';
import type { Search, Spendable } from '../../../nodes/simulated/routing/path-finder.ts';

interface Label {
  readonly node: number;
  readonly distance: number;
  readonly weight: number;
  readonly probability: number;
  readonly amountMsat: number;
  readonly expiry: number;
  readonly payloadBytes: number;
  readonly out: number;
  readonly next: number;
}

export interface Found {
  readonly distance: number;
  readonly probability: number;
  readonly ends: readonly number[];
  readonly feeMsat: number;
}

const fee = (baseMsat: number, ppm: number, msat: number) => baseMsat + Number((BigInt(msat) * BigInt(ppm)) / 1_000_000n);
const bytesOf = (value: number) => Math.ceil(value.toString(16).length / 2);

export function plainSearch(graph: ChannelGraph, search: Search, memory: MissionControl | null, spendable: Spendable): Found | null {
  const { source, destination, amountMsat, nowUs } = search;
  const penalty = 100_000 + fee(0, 1_000, amountMsat);
  const firstPairs = new Map<number, number>();
  memory?.eachNode(source, (node, pair) => firstPairs.set(node, pair));
  const labels = new Map<number, Label>();
  const open = new Set<number>();
  let pivot: Label = {
    node: destination,
    distance: 0,
    weight: 0,
    probability: 1,
    amountMsat,
    expiry: search.finalExpiry,
    payloadBytes: search.finalPayloadBytes,
    out: -1,
    next: -1,
  };
  for (;;) {
    for (const [from, ends] of sendersTo(graph, pivot.node)) {
      if (from === destination || pivot.amountMsat - amountMsat > search.maxFeeMsat) continue;
      const edge = from === source ? ownEdge(graph, ends, pivot.amountMsat, spendable) : pairEdge(graph, ends, pivot.amountMsat);
      if (edge === null || search.ignore?.(from, pivot.node)) continue;
      const pair = firstPairs.get(from) ?? -1;
      const likely =
        memory === null
          ? 1
          : from === source
            ? memory.localProbability(pair, pivot.node, nowUs)
            : memory.probability(pair, pivot.node, pivot.amountMsat, edge.capacityMsat, nowUs);
      const charged = from === source ? { fee: 0, delta: 0 } : edge;
      const expiry = pivot.expiry + charged.delta;
      const probability = pivot.probability * likely;
      if (expiry > search.cltvLimit + search.finalExpiry || probability < 0.01) continue;
      const locked = Number((BigInt(pivot.amountMsat) * BigInt(charged.delta) * 15n) / 1_000_000_000n);
      const weight = pivot.weight + charged.fee + locked;
      const distance = Math.trunc(weight + penalty / probability);
      const known = labels.get(from);
      if (known !== undefined && (distance > known.distance || (distance === known.distance && probability <= known.probability))) continue;
      const payload = from === source ? 0 : 1 + (2 + bytesOf(pivot.amountMsat)) + (2 + bytesOf(pivot.expiry)) + (2 + 8) + 32;
      if (pivot.payloadBytes + payload > 1300) continue;
      labels.set(from, {
        node: from,
        distance,
        weight,
        probability,
        amountMsat: pivot.amountMsat + charged.fee,
        expiry,
        payloadBytes: pivot.payloadBytes + payload,
        out: edge.end,
        next: pivot.node,
      });
      open.add(from);
    }
    const nearest = [...open].map((node) => labels.get(node)!).sort((a, b) => a.distance - b.distance)[0];
    if (nearest === undefined) break;
    open.delete(nearest.node);
    pivot = nearest;
    if (pivot.node === source) break;
  }
  const end = labels.get(source);
  if (end === undefined) return null;
  const ends: number[] = [];
  for (let at = source; at !== destination; at = labels.get(at)!.next) ends.push(labels.get(at)!.out);
  let carried = amountMsat;
  for (const out of ends.slice(1).reverse()) carried += fee(graph.feeBaseMsat[out]!, graph.feePpm[out]!, carried);
  return { distance: end.distance, probability: end.probability, ends, feeMsat: carried - amountMsat };
}

function sendersTo(graph: ChannelGraph, to: number): Map<number, number[]> {
  const senders = new Map<number, number[]>();
  for (let end = 0; end < graph.endNode.length; end++) {
    if (graph.endNode[end ^ 1] !== to) continue;
    const from = graph.endNode[end]!;
    senders.set(from, [...(senders.get(from) ?? []), end]);
  }
  return senders;
}

const inRange = (graph: ChannelGraph, end: number, msat: number) =>
  msat <= graph.capacityMsat[end >> 1]! && msat <= graph.htlcMaxMsat[end]! && msat >= graph.htlcMinMsat[end]!;

function pairEdge(graph: ChannelGraph, ends: readonly number[], msat: number) {
  const fit = ends.filter((end) => graph.disabled[end] === 0 && inRange(graph, end, msat));
  if (fit.length === 0) return null;
  const fees = fit.map((end) => fee(graph.feeBaseMsat[end]!, graph.feePpm[end]!, msat));
  const dearest = Math.max(...fees);
  return {
    end: fit[fees.lastIndexOf(dearest)]!,
    fee: dearest,
    delta: Math.max(...fit.map((end) => graph.cltvDelta[end]!)),
    capacityMsat: Math.max(...fit.map((end) => graph.capacityMsat[end >> 1]!)),
  };
}

function ownEdge(graph: ChannelGraph, ends: readonly number[], msat: number, spendable: Spendable) {
  const fit = ends.filter((end) => inRange(graph, end, msat) && spendable(end, msat) >= msat);
  if (fit.length === 0) return null;
  const most = Math.max(...fit.map((end) => spendable(end, msat)));
  const end = fit.findLast((one) => spendable(one, msat) === most)!;
  return { end, fee: 0, delta: 0, capacityMsat: graph.capacityMsat[end >> 1]! };
}
