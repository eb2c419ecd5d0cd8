/** What may still be paid: in all, within 24 h, and for one session. A payment is set aside before it is sent and counts from then on. */
import { FeeLimitError } from '../../errors.ts';
import type { RelayPlan } from '../../plan.ts';
import type { Ledger } from './ledger.ts';

export type Limits = Pick<RelayPlan, 'budgetMsat' | 'budgetPerDayMsat' | 'budgetPerSessionMsat'>;

export class Budget {
  readonly #limits: Limits;
  readonly #ledger: Ledger;
  #pendingMsat = 0;
  readonly #pendingBy = new Map<string, number>();

  constructor(limits: Limits, ledger: Ledger) {
    this.#limits = limits;
    this.#ledger = ledger;
  }

  /** @param sessionBudgetMsat what the session's opener allowed it. @throws FeeLimitError when one of them does not reach. */
  reserve(costMsat: number, session: string, nowMs: number, sessionBudgetMsat = Number.POSITIVE_INFINITY): void {
    const { budgetMsat, budgetPerDayMsat, budgetPerSessionMsat = Number.POSITIVE_INFINITY } = this.#limits;
    const within = (what: string, limitMsat: number, usedMsat: number, hint: string): void => {
      if (usedMsat + costMsat <= limitMsat) return;
      throw new FeeLimitError(
        `${what} of ${limitMsat} msat is used up: ${costMsat} msat asked, ${Math.max(0, limitMsat - usedMsat)} msat are left`,
        { hint },
      );
    };
    within("the relay's budget", budgetMsat, this.#ledger.spentMsat + this.#pendingMsat, 'give the relay a larger budget');
    if (budgetPerDayMsat !== undefined) {
      const usedMsat = this.#ledger.spentDayMsat(nowMs) + this.#pendingMsat;
      within("the relay's budget per day", budgetPerDayMsat, usedMsat, 'wait, or give the relay a larger budget per day');
    }
    const limitMsat = Math.min(budgetPerSessionMsat, sessionBudgetMsat);
    if (session !== '' && limitMsat !== Number.POSITIVE_INFINITY) {
      const usedMsat = this.#ledger.spentBy(session) + (this.#pendingBy.get(session) ?? 0);
      within('the budget of this session', limitMsat, usedMsat, 'open a session with a larger budget');
    }
    this.expect(costMsat, session);
  }

  /** Sets aside whatever the limits say: it was sent already. */
  expect(costMsat: number, session: string): void {
    this.#pendingMsat += costMsat;
    if (session !== '') this.#pendingBy.set(session, (this.#pendingBy.get(session) ?? 0) + costMsat);
  }

  /** It ended, one way or the other: what settled stands in the ledger by now. */
  release(costMsat: number, session: string): void {
    this.#pendingMsat -= costMsat;
    const left = (this.#pendingBy.get(session) ?? 0) - costMsat;
    if (left > 0) this.#pendingBy.set(session, left);
    else this.#pendingBy.delete(session);
  }
}
