/** Prepaid: whatever arrives buys bytes or time at the exit's price, at once. The client risks what it has not used, the exit nothing. */
import type { Price } from '../../plan.ts';
import { extended, type Grant, noGrant } from './grant.ts';
import { type Mode, type ModeState, notAContract } from './mode.ts';
import { bytesFor, msFor } from './price.ts';

interface Prepaid extends ModeState {
  readonly price: Price;
}

export const prepaid: Mode<Prepaid> = {
  begin: ({ price }) => ({ grant: noGrant(price.per), paidMsat: 0, closed: false, price }),
  paid: (state, msat, nowMs) => {
    const paidMsat = state.paidMsat + msat;
    return { ...state, paidMsat, grant: bought(state.grant, paidMsat, msat, state.price, nowMs) };
  },
  accept: () => notAContract('prepaid'),
  dueMsat: () => 0,
  creditMsat: () => 0,
};

/** Bytes are reckoned over all that was ever paid, so that no remainder is lost. */
const bought = (grant: Grant, paidMsat: number, msat: number, price: Price, nowMs: number): Grant =>
  price.per === 'min' ? extended(grant, msFor(msat, price), nowMs) : { ...grant, grantedBytes: bytesFor(paidMsat, price) };
