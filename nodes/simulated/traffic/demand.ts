/**
 * Who pays whom, how much and when, as sim-ln draws it (simln-lib/src/random_activity.rs): each node sends its capacity some times over
 * a month, at exponential intervals; destinations by capacity; amounts log-normal around a mean, up to half of what the smaller of the
 * two holds. Here waits are whole µs, not whole seconds. A node too small for the mean amount neither sends nor is chosen.
 */
import { exponential, logNormal } from '../../distributions.ts';
import { WeightedChoice } from '../../weighted-choice.ts';
import type { ChannelGraph } from '../channel-graph.ts';
import type { RandomColumns } from '../random-columns.ts';

const MONTH_US = 30 * 24 * 3_600 * 1e6;

export interface DemandSettings {
  /** How often a node's capacity is sent in 30 days. */
  readonly multiplier: number;
  /** Payments a second by all nodes, instead of what the multiplier comes to; null: that. */
  readonly ratePerS: number | null;
  readonly meanAmountMsat: number;
}

export class Demand {
  /** The nodes that send. */
  readonly senders: readonly number[];
  /** [nodes] payments a µs. */
  readonly #rate: Float64Array;
  readonly #capacityMsat: Float64Array;
  readonly #destinations: WeightedChoice | null;
  readonly #meanMsat: number;
  readonly #random: RandomColumns;
  #entity = 0;
  /** The generator of whichever node is drawing. */
  readonly #of = { float: () => this.#random.float(this.#entity) };

  constructor(graph: ChannelGraph, random: RandomColumns, { multiplier, ratePerS, meanAmountMsat }: DemandSettings) {
    this.#random = random;
    this.#meanMsat = meanAmountMsat;
    // Half of each channel is each end's.
    this.#capacityMsat = new Float64Array(graph.nodes);
    for (let end = 0; end < graph.endNode.length; end++) this.#capacityMsat[graph.endNode[end]!]! += graph.capacityMsat[end >> 1]! / 2;
    const able = Float64Array.from(this.#capacityMsat, (msat) => (msat >= 2 * meanAmountMsat ? msat : 0));
    this.senders = Array.from({ length: graph.nodes }, (_, node) => node).filter((node) => able[node]! > 0);
    const total = able.reduce((sum, msat) => sum + msat, 0);
    const perMsat = ratePerS === null ? multiplier / meanAmountMsat / MONTH_US : ratePerS / 1e6 / total;
    this.#rate = able.map((msat) => msat * perMsat);
    this.#destinations = this.senders.length < 2 ? null : new WeightedChoice(able);
  }

  /** Payments a second that all nodes together send in the mean. */
  get ratePerS(): number {
    return this.#rate.reduce((sum, rate) => sum + rate, 0) * 1e6;
  }

  /** Whole µs until this node sends next. */
  waitUs(node: number): number {
    this.#entity = node;
    return Math.max(1, Math.round(exponential(this.#of, this.#rate[node]!)));
  }

  /** Only where there are two senders. */
  destination(node: number): number {
    this.#entity = node;
    for (;;) {
      const destination = this.#destinations!.draw(this.#of);
      if (destination !== node) return destination;
    }
  }

  amountMsat(node: number, destination: number): number {
    this.#entity = node;
    const limitMsat = Math.min(this.#capacityMsat[node]!, this.#capacityMsat[destination]!) / 2;
    const [mean, limit] = [Math.log(this.#meanMsat), Math.log(limitMsat)];
    return Math.max(1, Math.floor(logNormal(this.#of, 2 * mean - limit, Math.sqrt(Math.max(0, 2 * (limit - mean))))));
  }
}
