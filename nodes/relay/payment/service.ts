/** One session's service at an exit while it runs: the state of its mode, and what every mode has in common. */
import type { ExitTerms, PaymentMode } from '../../plan.ts';
import { contract } from './contract.ts';
import { endsMs, leftBytes, served } from './grant.ts';
import type { Mode, ModeState, Offer } from './mode.ts';
import { prepaid } from './prepaid.ts';
import { windowed } from './window.ts';

export interface Service {
  readonly state: ModeState;
  paid(msat: number, nowMs: number): void;
  /** @throws FeeLimitError where nothing is accepted. */
  accept(offer: Offer, nowMs: number): void;
  served(bytes: number): void;
  close(): void;
  leftBytes(nowMs: number): number;
  /** When it ends by itself; Infinity: it does not. */
  endsMs(): number;
  dueMsat(nowMs: number): number;
  creditMsat(): number;
}

export const openService = (terms: ExitTerms): Service => OPEN[terms.mode](terms);

const running =
  <S extends ModeState>(mode: Mode<S>) =>
  (terms: ExitTerms): Service => {
    let state = mode.begin(terms);
    return {
      get state() {
        return state;
      },
      paid: (msat, nowMs) => {
        state = mode.paid(state, msat, nowMs);
      },
      accept: (offer, nowMs) => {
        state = mode.accept(state, offer, nowMs);
      },
      served: (bytes) => {
        state = { ...state, grant: served(state.grant, bytes) };
      },
      close: () => {
        state = { ...state, closed: true };
      },
      leftBytes: (nowMs) => (state.closed ? 0 : leftBytes(state.grant, nowMs)),
      endsMs: () => endsMs(state.grant),
      dueMsat: (nowMs) => mode.dueMsat(state, nowMs),
      creditMsat: () => mode.creditMsat(state),
    };
  };

const OPEN: Readonly<Record<PaymentMode, (terms: ExitTerms) => Service>> = {
  prepaid: running(prepaid),
  window: running(windowed),
  contract: running(contract),
};
