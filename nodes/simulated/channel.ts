/**
 * What a channel holds, in msat, and what it admits: BOLT 2's reserve and HTLC slots, and the commitment fee that the opener bears
 * (anchor channels). Amounts move only here, so nothing is made or lost: held + offered + fee + anchors is the capacity, always.
 */
import { InfrastructureError } from '../errors.ts';
import type { ChannelPolicy } from '../node.ts';
import type { ChannelPlan } from '../plan.ts';

export type Side = 0 | 1;
/** The side that opened the channel and pays its commitment fee. */
export const OPENER: Side = 0;

/** BOLT 2 max_accepted_htlcs, LND's default for the remote: 483 a direction. */
export const HTLC_SLOTS = 483;
const RESERVE_SHARE = 0.01;
/** Below this an HTLC has no output of its own (P2WSH dust limit) and adds nothing to the fee. */
const DUST_MSAT = 354_000;
/** BOLT 3, anchors: weight of a commitment without HTLCs and of each one not dust. */
const COMMITMENT_WEIGHT = 1_124;
const HTLC_WEIGHT = 172;
/** 10 sat/vB, where LND's --max-commit-fee-rate-anchors=10 ends on regtest. */
const FEE_MSAT_PER_WEIGHT = 2_500;
/** Two anchor outputs of 330 sat. */
const ANCHORS_MSAT = 660_000;
/** LND keeps room for its fee rate to double before the opener adds an HTLC. */
const FEE_BUFFER_FACTOR = 2;

export type Refusal = 'inactive' | 'slots' | 'balance';

export class Channel {
  readonly index: number;
  readonly id: string;
  readonly plan: ChannelPlan;
  readonly capacityMsat: number;
  readonly reserveMsat: number;
  active = true;
  /** An HTLC that cannot be sent was signed for: nothing else is admitted any more. */
  wedged = false;
  /** Gross of the commitment fee, per side. */
  readonly #held: [number, number];
  /** In HTLCs that the side offered. */
  readonly #offered: [number, number] = [0, 0];
  readonly #slots: [number, number] = [0, 0];
  #htlcsAboveDust = 0;

  constructor(plan: ChannelPlan, index: number, id: string) {
    this.index = index;
    this.id = id;
    this.plan = plan;
    this.capacityMsat = plan.capacitySat * 1000;
    this.reserveMsat = Math.floor(plan.capacitySat * RESERVE_SHARE) * 1000;
    const pushedMsat = Math.round(plan.capacitySat * (1 - plan.balance)) * 1000;
    this.#held = [this.capacityMsat - pushedMsat - ANCHORS_MSAT, pushedMsat];
    if (this.balanceMsat(OPENER) < this.reserveMsat) {
      throw new InfrastructureError(
        `channel ${plan.name}: ${plan.from} would keep ${this.balanceMsat(OPENER) / 1000} sat of ${plan.capacitySat}, below its reserve`,
        { hint: 'a larger capacity, or a larger balance at the side that opens it' },
      );
    }
  }

  policy(side: Side): ChannelPolicy {
    return this.plan.policies[side];
  }

  /** As LND shows it: the opener's without the commitment fee and the anchors, both without what is offered. */
  balanceMsat(side: Side): number {
    return this.#held[side] - (side === OPENER ? feeMsat(this.#htlcsAboveDust) : 0);
  }

  offeredMsat(side: Side): number {
    return this.#offered[side];
  }

  htlcs(side: Side): number {
    return this.#slots[side];
  }

  get pendingHtlcs(): number {
    return this.#slots[0] + this.#slots[1];
  }

  /** null: the side may offer this much now. */
  refusal(side: Side, amountMsat: number): Refusal | null {
    if (!this.active) return 'inactive';
    if (this.#slots[side] >= HTLC_SLOTS) return 'slots';
    return !this.wedged && amountMsat <= this.spendableMsat(side, amountMsat) ? null : 'balance';
  }

  /** What the side could offer in one HTLC of about this size. */
  spendableMsat(side: Side, amountMsat: number): number {
    const more = amountMsat < DUST_MSAT ? 0 : 1;
    const feeNow = feeMsat(this.#htlcsAboveDust);
    const openerKeeps = this.reserveMsat + FEE_BUFFER_FACTOR * feeMsat(this.#htlcsAboveDust + 1) - feeNow;
    const own = this.balanceMsat(side) - (side === OPENER ? openerKeeps : this.reserveMsat);
    const openerCanPay = this.balanceMsat(OPENER) + feeNow - feeMsat(this.#htlcsAboveDust + more) >= 0;
    return side === OPENER || openerCanPay ? Math.max(0, own) : 0;
  }

  offer(side: Side, amountMsat: number): void {
    this.#held[side] -= amountMsat;
    this.#offered[side] += amountMsat;
    this.#slots[side] += 1;
    if (amountMsat >= DUST_MSAT) this.#htlcsAboveDust += 1;
  }

  /** The HTLC's end: to the other side when settled, back when failed. */
  remove(side: Side, amountMsat: number, settled: boolean): void {
    this.#offered[side] -= amountMsat;
    this.#slots[side] -= 1;
    this.#held[settled ? other(side) : side] += amountMsat;
    if (amountMsat >= DUST_MSAT) this.#htlcsAboveDust -= 1;
  }

  /** Zero, or the model has a bug: what the parts lack of the capacity. */
  missingMsat(): number {
    const parts = this.#held[0] + this.#held[1] + this.#offered[0] + this.#offered[1] + ANCHORS_MSAT;
    return this.capacityMsat - parts;
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

function feeMsat(htlcs: number): number {
  return (COMMITMENT_WEIGHT + HTLC_WEIGHT * htlcs) * FEE_MSAT_PER_WEIGHT;
}
