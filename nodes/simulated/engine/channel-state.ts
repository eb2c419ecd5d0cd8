/**
 * What every channel holds, in msat, and what it admits: BOLT 2's reserve, HTLC slots and in-flight limit, and the commitment fee that
 * the opener bears (anchor channels). Columns by channel and by end (channel-graph.ts). Amounts move only here, so nothing is made or
 * lost: held + offered + anchors is the capacity, always.
 */
import type { ChannelGraph } from '../channel-graph.ts';
import { RESERVE_SHARE } from '../reserve.ts';

/** BOLT 2 max_accepted_htlcs, LND's default for the remote: 483 a direction. */
export const HTLC_SLOTS = 483;
/** Below this an HTLC has no output of its own (P2WSH dust limit; with anchors its own fee is zero) and adds nothing to the fee. */
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

export const ACTIVE = 1;
/** An HTLC that cannot be sent was signed for: nothing else is admitted any more. */
export const WEDGED = 2;
/** Nothing new is admitted; what is under way comes to its end, and then it is closed. */
export const CLOSING = 4;
export const CLOSED = 8;

export const REFUSAL = { none: 0, inactive: 1, slots: 2, balance: 3, inFlight: 4 } as const;

export class ChannelState {
  readonly graph: ChannelGraph;
  /** [ends] gross of the commitment fee. */
  readonly heldMsat: Float64Array;
  /** [ends] in HTLCs that this end offered. */
  readonly offeredMsat: Float64Array;
  /** [ends] BOLT 2 max_htlc_value_in_flight_msat of the peer; LND's default is the capacity less the reserve. */
  readonly inFlightMaxMsat: Float64Array;
  /** [ends] slots taken. */
  readonly htlcs: Uint16Array;
  /** [channels] HTLCs of both directions with an output of their own. */
  readonly aboveDust: Uint16Array;
  /** [channels] */
  readonly flags: Uint8Array;
  readonly reserveMsat: Float64Array;

  constructor(graph: ChannelGraph) {
    const { channels } = graph;
    this.graph = graph;
    this.heldMsat = new Float64Array(2 * channels);
    this.offeredMsat = new Float64Array(2 * channels);
    this.inFlightMaxMsat = new Float64Array(2 * channels);
    this.htlcs = new Uint16Array(2 * channels);
    this.aboveDust = new Uint16Array(channels);
    this.flags = new Uint8Array(channels).fill(ACTIVE);
    this.reserveMsat = new Float64Array(channels);
  }

  /** A channel is opened. @param share of the capacity that stays with the opener; the rest is pushed, in whole sat. */
  fund(channel: number, share: number): void {
    const capacityMsat = this.graph.capacityMsat[channel]!;
    const capacitySat = Math.floor(capacityMsat / 1000);
    const pushedMsat = Math.round(capacitySat * (1 - share)) * 1000;
    this.heldMsat[2 * channel] = capacityMsat - pushedMsat - ANCHORS_MSAT;
    this.heldMsat[2 * channel + 1] = pushedMsat;
    this.reserveMsat[channel] = Math.floor(capacitySat * RESERVE_SHARE) * 1000;
    this.inFlightMaxMsat.fill(capacityMsat - this.reserveMsat[channel]!, 2 * channel, 2 * channel + 2);
  }

  isActive(channel: number): boolean {
    return (this.flags[channel]! & ACTIVE) !== 0;
  }

  /** LND's EligibleToForward: its peer is there, and nobody closes it. */
  forwards(channel: number): boolean {
    return (this.flags[channel]! & (ACTIVE | CLOSING)) === ACTIVE;
  }

  isClosed(channel: number): boolean {
    return (this.flags[channel]! & CLOSED) !== 0;
  }

  /** As LND shows it: the opener's without the commitment fee and the anchors, both without what is offered. */
  balanceMsat(end: number): number {
    return this.heldMsat[end]! - ((end & 1) === 0 ? commitFeeMsat(this.aboveDust[end >> 1]!) : 0);
  }

  /** REFUSAL.none: this end may offer this much now. */
  refusal(end: number, amountMsat: number): number {
    const flags = this.flags[end >> 1]!;
    if ((flags & ACTIVE) === 0) return REFUSAL.inactive;
    if (this.htlcs[end]! >= HTLC_SLOTS) return REFUSAL.slots;
    if (this.offeredMsat[end]! + amountMsat > this.inFlightMaxMsat[end]!) return REFUSAL.inFlight;
    return flags === ACTIVE && amountMsat <= this.spendableMsat(end, amountMsat) ? REFUSAL.none : REFUSAL.balance;
  }

  /** What this end could offer in one HTLC of about this size. */
  spendableMsat(end: number, amountMsat: number): number {
    const channel = end >> 1;
    const htlcs = this.aboveDust[channel]!;
    const reserveMsat = this.reserveMsat[channel]!;
    const opener = end & ~1;
    if (end === opener) {
      // Its fee for one HTLC more, at twice the rate, stays with it beside the reserve.
      return Math.max(0, this.heldMsat[end]! - reserveMsat - FEE_BUFFER_FACTOR * commitFeeMsat(htlcs + 1));
    }
    const more = amountMsat < DUST_MSAT ? 0 : 1;
    const openerCanPay = this.heldMsat[opener]! >= commitFeeMsat(htlcs + more);
    return openerCanPay ? Math.max(0, this.heldMsat[end]! - reserveMsat) : 0;
  }

  offer(end: number, amountMsat: number): void {
    this.heldMsat[end]! -= amountMsat;
    this.offeredMsat[end]! += amountMsat;
    this.htlcs[end]! += 1;
    if (amountMsat >= DUST_MSAT) this.aboveDust[end >> 1]! += 1;
  }

  /** The HTLC's end: to the other side when settled, back when failed. */
  remove(end: number, amountMsat: number, settled: boolean): void {
    this.offeredMsat[end]! -= amountMsat;
    this.htlcs[end]! -= 1;
    this.heldMsat[settled ? end ^ 1 : end]! += amountMsat;
    if (amountMsat >= DUST_MSAT) this.aboveDust[end >> 1]! -= 1;
  }

  /** Zero, or the model has a bug: what the parts lack of the capacity. */
  missingMsat(channel: number): number {
    const [a, b] = [2 * channel, 2 * channel + 1];
    const parts = this.heldMsat[a]! + this.heldMsat[b]! + this.offeredMsat[a]! + this.offeredMsat[b]!;
    return this.graph.capacityMsat[channel]! - parts - ANCHORS_MSAT;
  }
}

/** BOLT 3: what the opener pays for a commitment with so many HTLCs that have outputs. */
export function commitFeeMsat(htlcs: number): number {
  return (COMMITMENT_WEIGHT + HTLC_WEIGHT * htlcs) * FEE_MSAT_PER_WEIGHT;
}
