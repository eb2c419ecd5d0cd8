/** What each way of being paid says of one session at an exit: values and transitions, without time or I/O of their own. */
import { FeeLimitError } from '../../errors.ts';
import type { ExitTerms, PaymentMode, Price } from '../../plan.ts';
import type { Grant } from './grant.ts';

export interface ModeState {
  readonly grant: Grant;
  /** Received for this session in all. */
  readonly paidMsat: number;
  readonly closed: boolean;
}

/** A quote that was accepted. */
export interface Offer {
  readonly units: number;
  readonly price: Price;
  /** A payment that is whole only later is credit, no more. */
  readonly byMs: number;
}

export interface Mode<S extends ModeState = ModeState> {
  begin(terms: ExitTerms): S;
  paid(state: S, msat: number, nowMs: number): S;
  /** Only contracts are accepted. @throws FeeLimitError */
  accept(state: S, offer: Offer, nowMs: number): S;
  /** What is to be paid now, 0 when nothing is. */
  dueMsat(state: S, nowMs: number): number;
  /** Paid and not used up by what was accepted. */
  creditMsat(state: S): number;
}

export const notAContract = (mode: PaymentMode): never => {
  throw new FeeLimitError(`this exit is paid by mode ${mode}: there is no contract to accept`, {
    hint: mode === 'prepaid' ? 'prepay an amount of your choice' : 'pay each window after it was served',
  });
};
