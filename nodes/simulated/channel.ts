/** A channel and its two ends as objects, over the columns of the engine: for the seam and for tests. Made when somebody asks. */
import type { ChannelPolicy } from '../node.ts';
import type { ChannelPlan } from '../plan.ts';
import { ACTIVE, type ChannelState, REFUSAL, WEDGED } from './engine/channel-state.ts';
import type { SimulatedLnd } from './lnd.ts';

export { HTLC_SLOTS } from './engine/channel-state.ts';

export type Side = 0 | 1;
export type Refusal = 'inactive' | 'slots' | 'balance';

export class Channel {
  readonly index: number;
  readonly id: string;
  readonly plan: ChannelPlan;
  readonly #state: ChannelState;

  constructor(plan: ChannelPlan, index: number, id: string, state: ChannelState) {
    this.index = index;
    this.id = id;
    this.plan = plan;
    this.#state = state;
  }

  get capacityMsat(): number {
    return this.#state.graph.capacityMsat[this.index]!;
  }

  get reserveMsat(): number {
    return this.#state.reserveMsat[this.index]!;
  }

  get active(): boolean {
    return this.#state.isActive(this.index);
  }

  set active(active: boolean) {
    if (active) this.#state.flags[this.index]! |= ACTIVE;
    else this.#state.flags[this.index]! &= ~ACTIVE;
  }

  get closed(): boolean {
    return this.#state.isClosed(this.index);
  }

  /** An HTLC that cannot be sent was signed for: nothing else is admitted any more. */
  get wedged(): boolean {
    return (this.#state.flags[this.index]! & WEDGED) !== 0;
  }

  /** What the side asks for sending out over it, as it stands now. */
  policy(side: Side): ChannelPolicy {
    const { graph } = this.#state;
    const end = 2 * this.index + side;
    return {
      feeBaseMsat: graph.feeBaseMsat[end]!,
      feeProportionalMillionths: graph.feePpm[end]!,
      cltvExpiryDelta: graph.cltvDelta[end]!,
      htlcMinimumMsat: graph.htlcMinMsat[end]!,
    };
  }

  /** As LND shows it: the opener's without the commitment fee and the anchors, both without what is offered. */
  balanceMsat(side: Side): number {
    return this.#state.balanceMsat(2 * this.index + side);
  }

  /** In HTLCs that the side offered. */
  offeredMsat(side: Side): number {
    return this.#state.offeredMsat[2 * this.index + side]!;
  }

  htlcs(side: Side): number {
    return this.#state.htlcs[2 * this.index + side]!;
  }

  get pendingHtlcs(): number {
    return this.htlcs(0) + this.htlcs(1);
  }

  /** null: the side may offer this much now. */
  refusal(side: Side, amountMsat: number): Refusal | null {
    const refusal = this.#state.refusal(2 * this.index + side, amountMsat);
    if (refusal === REFUSAL.none) return null;
    if (refusal === REFUSAL.inactive) return 'inactive';
    return refusal === REFUSAL.slots ? 'slots' : 'balance';
  }

  /** Zero, or the model has a bug: what the parts lack of the capacity. */
  missingMsat(): number {
    return this.#state.missingMsat(this.index);
  }
}

/** The end of a channel at one node. */
export interface LinkEnd {
  /** Its number in the columns. */
  readonly end: number;
  readonly channel: Channel;
  readonly side: Side;
  readonly node: SimulatedLnd;
  readonly peer: LinkEnd;
}
