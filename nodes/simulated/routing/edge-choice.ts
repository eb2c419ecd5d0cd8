/**
 * Of several channels between two nodes LND takes one, or a policy made up of all (routing/unified_edges.go): a forwarding node may use
 * any of them, so a payer reckons with the highest fee and the longest time-lock; of its own it takes the fullest.
 */
import type { ChannelGraph } from '../channel-graph.ts';
import { feeOf } from '../fee.ts';
import { CAPACITY_MSAT, CLTV_DELTA, FEE_BASE_MSAT, FEE_PPM, KNOWN, type KnownPairs, MAX_MSAT, MIN_MSAT } from './known-pairs.ts';
import type { Spendable } from './path-finder.ts';

export class EdgeChoice {
  readonly #graph: ChannelGraph;
  readonly #pairs: KnownPairs;
  /** What was chosen last: where its policy stands, and what it comes to. */
  place = 0;
  feeMsat = 0;
  cltvDelta = 0;
  capacityMsat = 0;

  constructor(graph: ChannelGraph, pairs: KnownPairs) {
    this.#graph = graph;
    this.#pairs = pairs;
  }

  /** Among the places from `first` up to `after`, for an amount that another node passes on; false: none will do. */
  of(first: number, after: number, amountMsat: number): boolean {
    const { known } = this.#pairs;
    let found = false;
    for (let place = first; place < after; place++) {
      const at = KNOWN * place;
      if (amountMsat > known[at + MAX_MSAT]! || amountMsat < known[at + MIN_MSAT]!) continue;
      const fee = feeOf(known[at + FEE_BASE_MSAT]!, known[at + FEE_PPM]!, amountMsat);
      const delta = known[at + CLTV_DELTA]!;
      const capacityMsat = known[at + CAPACITY_MSAT]!;
      if (!found || delta > this.cltvDelta) this.cltvDelta = delta;
      if (!found || capacityMsat > this.capacityMsat) this.capacityMsat = capacityMsat;
      if (found && fee < this.feeMsat) continue;
      found = true;
      this.feeMsat = fee;
      this.place = place;
    }
    return found;
  }

  /** The same for the payer's own: what it could send decides, and that a direction is announced as disabled does not count. */
  own(first: number, after: number, amountMsat: number, spendable: Spendable): boolean {
    const { end: ends, known } = this.#pairs;
    let most = 0;
    let found = false;
    for (let place = first; place < after; place++) {
      const end = ends[place]!;
      const maxMsat = Math.min(known[KNOWN * place + CAPACITY_MSAT]!, this.#graph.htlcMaxMsat[end]!);
      if (amountMsat > maxMsat || amountMsat < known[KNOWN * place + MIN_MSAT]!) continue;
      const spendableMsat = spendable(end, amountMsat);
      if (amountMsat > spendableMsat || spendableMsat < most) continue;
      most = spendableMsat;
      this.place = place;
      found = true;
    }
    return found;
  }
}
