/**
 * Contract: a quote is accepted for so many MiB or minutes and buys them when its whole cost is there, not before. What is paid beyond
 * it, or too late, is credit for the next. The client risks what it has not used, the exit nothing.
 */
import { extended, type Grant, noGrant } from './grant.ts';
import type { Mode, ModeState, Offer } from './mode.ts';
import { costOf, MIB, MINUTE_MS } from './price.ts';

interface Contract extends ModeState {
  readonly offer: Offer | null;
  readonly creditMsat: number;
}

export const contract: Mode<Contract> = {
  begin: ({ price }) => ({ grant: noGrant(price.per), paidMsat: 0, closed: false, offer: null, creditMsat: 0 }),
  accept: (state, offer, nowMs) => struck({ ...state, offer, closed: false }, nowMs),
  paid: (state, msat, nowMs) => struck({ ...state, paidMsat: state.paidMsat + msat, creditMsat: state.creditMsat + msat }, nowMs),
  dueMsat: ({ offer, creditMsat }, nowMs) =>
    offer === null || nowMs > offer.byMs ? 0 : Math.max(0, costOf(offer.units, offer.price) - creditMsat),
  creditMsat: ({ creditMsat }) => creditMsat,
};

/** Whole and in time: the offer becomes bytes or minutes. */
const struck = (state: Contract, nowMs: number): Contract => {
  const { offer, creditMsat, grant } = state;
  if (offer === null) return state;
  if (nowMs > offer.byMs) return { ...state, offer: null };
  const cost = costOf(offer.units, offer.price);
  return creditMsat < cost ? state : { ...state, offer: null, creditMsat: creditMsat - cost, grant: bought(grant, offer, nowMs) };
};

const bought = (grant: Grant, { units, price }: Offer, nowMs: number): Grant =>
  price.per === 'min' ? extended(grant, units * MINUTE_MS, nowMs) : { ...grant, grantedBytes: grant.grantedBytes + units * MIB };
