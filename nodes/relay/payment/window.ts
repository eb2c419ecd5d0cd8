/**
 * Window: the exit serves so many bytes before they are paid, and no more until they are. The exit risks one window's price, the client
 * nothing that it has not had.
 */
import type { Price } from '../../plan.ts';
import { noGrant } from './grant.ts';
import { type Mode, type ModeState, notAContract } from './mode.ts';
import { bytesFor, msatFor } from './price.ts';

interface Windowed extends ModeState {
  readonly price: Price;
  readonly windowBytes: number;
}

export const windowed: Mode<Windowed> = {
  begin: ({ price, windowBytes }) => ({
    grant: { ...noGrant('MiB'), grantedBytes: windowBytes },
    paidMsat: 0,
    closed: false,
    price,
    windowBytes,
  }),
  paid: (state, msat) => {
    const paidMsat = state.paidMsat + msat;
    return { ...state, paidMsat, grant: { ...state.grant, grantedBytes: state.windowBytes + bytesFor(paidMsat, state.price) } };
  },
  accept: () => notAContract('window'),
  dueMsat: ({ grant, price, paidMsat }) => Math.max(0, msatFor(grant.servedBytes, price) - paidMsat),
  creditMsat: ({ grant, price, paidMsat }) => Math.max(0, paidMsat - msatFor(grant.servedBytes, price)),
};
