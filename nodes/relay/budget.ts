/** What a relay may still pay, and what it paid: every payment is set aside before it is sent, and stands in the ledger once it settled. */
import { FeeLimitError } from '../errors.ts';
import type { LedgerRoute, RelayLedger, Route } from '../node.ts';

/** Routes summed apart. */
const ROUTES_MAX = 100_000;

interface RouteSum {
  readonly hops: readonly string[];
  readonly earnedMsat: number[];
  deliveredMsat: number;
  htlcs: number;
}

export class Budget {
  readonly #budgetMsat: number;
  #spentMsat = 0;
  #pendingMsat = 0;
  #deliveredMsat = 0;
  #feesMsat = 0;
  #receivedMsat = 0;
  #settled = 0;
  #failed = 0;
  #pending = 0;
  readonly #routes = new Map<string, RouteSum>();
  #quiet: (() => void)[] = [];

  constructor(budgetMsat: number) {
    this.#budgetMsat = budgetMsat;
  }

  /** Sets a payment over this route aside. @throws FeeLimitError when the budget does not reach. */
  reserve({ amountMsat, feeMsat }: Route): void {
    const costMsat = amountMsat + feeMsat;
    const leftMsat = this.#budgetMsat - this.#spentMsat - this.#pendingMsat;
    if (costMsat > leftMsat)
      throw new FeeLimitError(
        `the relay's budget of ${this.#budgetMsat} msat is used up: ${costMsat} msat asked, ${leftMsat} msat are left`,
        {
          hint: 'give the relay a larger budget',
        },
      );
    this.#pendingMsat += costMsat;
    this.#pending += 1;
  }

  /** It settled: what each hop kept is the route's. */
  settle(route: Route): void {
    this.#release(route);
    this.#spentMsat += route.amountMsat + route.feeMsat;
    this.#deliveredMsat += route.amountMsat;
    this.#feesMsat += route.feeMsat;
    this.#settled += 1;
    const sum = this.#sum(route);
    for (const [index, { feeMsat }] of route.hops.entries()) sum.earnedMsat[index] = (sum.earnedMsat[index] as number) + feeMsat;
    sum.deliveredMsat += route.amountMsat;
    sum.htlcs += 1;
    this.#tellQuiet();
  }

  /** It failed and moved nothing. */
  refund(route: Route): void {
    this.#release(route);
    this.#failed += 1;
    this.#tellQuiet();
  }

  received(amountMsat: number): void {
    this.#receivedMsat += amountMsat;
  }

  /** Resolves when no payment is on its way. */
  async quiet(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  ledger(): RelayLedger {
    return {
      deliveredMsat: this.#deliveredMsat,
      feesMsat: this.#feesMsat,
      receivedMsat: this.#receivedMsat,
      htlcsSettled: this.#settled,
      htlcsFailed: this.#failed,
      budgetMsat: this.#budgetMsat,
      routes: [...this.#routes.values()].map((route): LedgerRoute => ({ ...route, earnedMsat: [...route.earnedMsat] })),
    };
  }

  #sum(route: Route): RouteSum {
    const hops = route.hops.map(({ publicKey }) => publicKey);
    const key = hops.join();
    let sum = this.#routes.get(key);
    if (sum === undefined) {
      if (this.#routes.size >= ROUTES_MAX) throw new RangeError(`payments over more than ${ROUTES_MAX} routes: the ledger keeps no more`);
      sum = { hops, earnedMsat: hops.map(() => 0), deliveredMsat: 0, htlcs: 0 };
      this.#routes.set(key, sum);
    }
    return sum;
  }

  #release({ amountMsat, feeMsat }: Route): void {
    this.#pendingMsat -= amountMsat + feeMsat;
    this.#pending -= 1;
  }

  #tellQuiet(): void {
    if (this.#pending > 0) return;
    for (const resolve of this.#quiet.splice(0)) resolve();
  }
}
