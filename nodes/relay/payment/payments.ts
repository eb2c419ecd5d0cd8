/**
 * The one way by which this relay pays. Every payment is set aside in the budget, written to the journal, sent, and only then counted;
 * what a crash left open is looked up in LND at the next start and settled in the ledger. Nothing is ever sent a second time: an entry
 * holds a hash and no preimage, so not even a bug could.
 */
import { createHash } from 'node:crypto';
import { FeeLimitError, LeydenError, NoRouteError, PayloadTooLargeError, PaymentFailedError, ScenarioError } from '../../errors.ts';
import type { Clock, Journal, LedgerAccount, Node, Payment, PaymentPurpose, PayRequest, RelayLedger, Route } from '../../node.ts';
import { Budget, type Limits } from './budget.ts';
import { HtlcSlots } from './htlc-slots.ts';
import { feesOf, Ledger, PAYMENT_ENTRY, type PaymentEntry, ROUTES_MAX } from './ledger.ts';

const LOOK_UP_PAUSE_MS = 500;
/** LND may hear of a payment a moment after the call for it broke off: "unknown" counts when it is said as often. */
const UNKNOWN_MIN = 3;
const KEY = 'payment/';

export interface PaymentsOptions {
  readonly node: Node;
  readonly plan: Limits & { readonly feeLimitMsat: number };
  readonly clock: Clock;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** Called after each payment that ended or arrived. */
  readonly changed?: () => void;
  log(line: string): void;
}

export interface PaymentOrder extends Pick<PayRequest, 'preimage' | 'records' | 'timeoutMs'> {
  readonly route: Route;
  readonly purpose: PaymentPurpose;
  /** Id of the session it is for. */
  readonly session?: string | undefined;
  /** What that session may pay in all, beside the relay's own bounds. */
  readonly sessionBudgetMsat?: number | undefined;
  /** Of its cost, what was received for making it. */
  readonly coveredMsat?: number | undefined;
  /** Further fields for Node.pay. */
  readonly more?: Partial<PayRequest>;
}

export class Payments {
  readonly #options: PaymentsOptions;
  readonly #ledger: Ledger;
  readonly #budget: Budget;
  readonly #slots = new HtlcSlots();
  #open = 0;
  #quiet: (() => void)[] = [];

  /** Takes up what the journal has; what is open there is looked up from now on. @throws ScenarioError when it cannot be read. */
  constructor(options: PaymentsOptions) {
    this.#options = options;
    let left: [Buffer, PaymentEntry][];
    try {
      this.#ledger = new Ledger(options.journal);
      left = options.journal
        .read(KEY)
        .map(([key, value]) => [Buffer.from(key.slice(KEY.length), 'hex'), PAYMENT_ENTRY.parse(JSON.parse(value))]);
    } catch (cause) {
      throw new ScenarioError(`the journal of ${options.node.name}'s relay holds records that this version does not understand`, { cause });
    }
    this.#budget = new Budget(options.plan, this.#ledger);
    if (left.length > 0) options.log(`payments: ${left.length} were under way when the relay ended; asking the node for their ends`);
    for (const [hash, entry] of left) {
      this.#begun(entry);
      void this.#lookedUp(hash).then((settled) => this.#end(hash, entry, settled));
    }
  }

  /**
   * Settled, whatever the caller does meanwhile: an HTLC on its way cannot be called back.
   * @throws FeeLimitError (a budget, or the fee), PaymentFailedError, NoRouteError, InfrastructureError (the journal): nothing was paid
   */
  async pay(order: PaymentOrder): Promise<Payment> {
    const free = await this.#slots.take(order.route.hops[0]?.publicKey as string);
    try {
      return await this.#pay(order);
    } finally {
      free();
    }
  }

  async #pay(order: PaymentOrder): Promise<Payment> {
    const { route, preimage, records, timeoutMs, purpose, session = '', sessionBudgetMsat, coveredMsat, more } = order;
    const { node, plan, clock, journal } = this.#options;
    const entry: PaymentEntry = {
      hops: route.hops.map(({ publicKey }) => publicKey),
      earnedMsat: route.hops.map(({ feeMsat }) => feeMsat),
      amountMsat: route.amountMsat,
      atMs: clock.now(),
      purpose,
      session,
      ...(coveredMsat !== undefined && { coveredMsat }),
    };
    if (!this.#ledger.holds(entry.hops)) throw new FeeLimitError(`payments over more than ${ROUTES_MAX} routes: the ledger keeps no more`);
    if (route.feeMsat > plan.feeLimitMsat)
      throw new FeeLimitError(`this route costs ${route.feeMsat} msat, the limit is ${plan.feeLimitMsat} msat`);
    this.#budget.reserve(costOf(entry), session, entry.atMs, sessionBudgetMsat);
    this.#open += 1;
    const hash = createHash('sha256').update(preimage).digest();
    try {
      await journal.write([{ key: keyOf(hash), value: JSON.stringify(entry) }]);
    } catch (error) {
      this.#note([{ key: keyOf(hash), value: null }]);
      this.#over(entry);
      throw error;
    }
    try {
      const request = { ...more, to: route, amountMsat: route.amountMsat, preimage, maxFeeMsat: plan.feeLimitMsat };
      const paid = await node.pay({ ...request, ...(records && { records }), ...(timeoutMs && { timeoutMs }) });
      this.#end(hash, entry, true);
      return paid;
    } catch (error) {
      const settled = !decided(error) && (await this.#lookedUp(hash));
      this.#end(hash, entry, settled);
      if (!settled) throw error instanceof LeydenError ? error : new PaymentFailedError(String(error), { cause: error });
      return { hash, amountMsat: route.amountMsat, feeMsat: route.feeMsat, hops: route.hops.length };
    }
  }

  received(amountMsat: number): void {
    this.#note(this.#ledger.received(amountMsat));
    this.#options.changed?.();
  }

  /** Resolves when no payment is on its way. */
  async quiet(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  accountsOf(session: string): LedgerAccount[] {
    return this.#ledger.accountsOf(session);
  }

  ledger(): RelayLedger {
    const { plan, clock } = this.#options;
    const day = plan.budgetPerDayMsat === undefined ? {} : { budgetPerDayMsat: plan.budgetPerDayMsat };
    return { ...this.#ledger.read(plan.budgetMsat), ...day, spentDayMsat: this.#ledger.spentDayMsat(clock.now()) };
  }

  #begun(entry: PaymentEntry): void {
    this.#budget.expect(costOf(entry), entry.session);
    this.#open += 1;
  }

  /** null: the relay was stopped first, and the entry stays open for the next start. */
  #end(hash: Uint8Array, entry: PaymentEntry, settled: boolean | null): void {
    if (settled !== null)
      this.#note([{ key: keyOf(hash), value: null }, ...(settled ? this.#ledger.settled(entry) : this.#ledger.failed())]);
    this.#over(entry);
    this.#options.changed?.();
  }

  #over(entry: PaymentEntry): void {
    this.#budget.release(costOf(entry), entry.session);
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const resolve of this.#quiet.splice(0)) resolve();
  }

  /** An end that a crash loses is looked up again: it may be written with whatever comes next. */
  #note(changes: Parameters<Journal['write']>[0]): void {
    const { journal, log } = this.#options;
    journal.write(changes, { lazy: true }).catch((error: unknown) => log(`payments: the journal was not written: ${String(error)}`));
  }

  /** A call that broke off says nothing of its payment: the node is asked until it knows. null: the relay was stopped first. */
  async #lookedUp(hash: Uint8Array): Promise<boolean | null> {
    const { node, clock, signal } = this.#options;
    let unknown = 0;
    while (!signal.aborted) {
      try {
        const { state } = await node.lookUpPayment(hash, { signal });
        unknown = state === 'unknown' ? unknown + 1 : 0;
        if (state === 'settled' || state === 'failed') return state === 'settled';
        if (unknown === UNKNOWN_MIN) return false;
      } catch {
        // The node does not answer now: what it knows, it will still know later.
      }
      await clock.sleep(LOOK_UP_PAUSE_MS, { signal }).catch(() => {});
    }
    return null;
  }
}

/** Errors by which the node says that nothing was paid. */
const decided = (error: unknown): boolean =>
  error instanceof PaymentFailedError ||
  error instanceof NoRouteError ||
  error instanceof FeeLimitError ||
  error instanceof PayloadTooLargeError;

const costOf = (entry: PaymentEntry): number => entry.amountMsat + feesOf(entry) - (entry.coveredMsat ?? 0);

const keyOf = (hash: Uint8Array): string => `${KEY}${Buffer.from(hash).toString('hex')}`;
