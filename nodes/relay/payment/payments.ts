/**
 * The one way by which this relay pays. Every payment is set aside in the budget, written to the journal, sent, and only then counted;
 * what a crash left open is looked up in LND at the next start and settled in the ledger. Nothing is ever sent a second time: an entry
 * holds a hash and no preimage, so not even a bug could.
 */
import { createHash } from 'node:crypto';
import {
  DeadlineError,
  FeeLimitError,
  InfrastructureError,
  LeydenError,
  NoRouteError,
  PayloadTooLargeError,
  PaymentFailedError,
  ScenarioError,
} from '../../errors.ts';
import type {
  Clock,
  InvoiceTerms,
  Journal,
  LedgerAccount,
  Node,
  PayInvoiceRequest,
  Payment,
  PaymentPurpose,
  PayRequest,
  RelayLedger,
  Route,
} from '../../node.ts';
import { Budget, type Limits } from './budget.ts';
import { HtlcSlots } from './htlc-slots.ts';
import { feesOf, Ledger, PAYMENT_ENTRY, type PaymentEntry, ROUTES_MAX } from './ledger.ts';

const LOOK_UP_PAUSE_MS = 500;
/** LND may hear of a payment a moment after the call for it broke off: "unknown" counts when it is said as often. */
const UNKNOWN_MIN = 3;
/** A channel that has just come back has its peer tell it what it signed before: "lost" counts when it is said as often in a row. */
const LOST_MIN = 10;
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

export interface InvoiceOrder extends Pick<PayInvoiceRequest, 'request' | 'timeoutMs'> {
  /** The relay's own limit, or less. */
  readonly maxFeeMsat?: number;
}

interface Sending extends Pick<PaymentOrder, 'sessionBudgetMsat'> {
  readonly hash: Uint8Array;
  readonly entry: PaymentEntry;
}

/** false: it failed and moved nothing; null: the relay was stopped before anybody knew. */
type End = Payment | false | null;

export class Payments {
  readonly #options: PaymentsOptions;
  /** Invoices under way, by their keys in the journal. */
  readonly #invoices = new Map<string, Promise<Payment>>();
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
      const ended = this.#lookedUp(hash).then((end) => {
        this.#end(hash, entry, end);
        return end;
      });
      if (entry.purpose === 'invoice') void this.#underWay(hash, ended.then(settledOr)).catch(() => {});
    }
  }

  /**
   * Settled, whatever the caller does meanwhile: an HTLC on its way cannot be called back.
   * @throws FeeLimitError (a budget, or the fee), PaymentFailedError, NoRouteError, InfrastructureError (the journal): nothing was paid;
   * DeadlineError, for carriage: it hangs somewhere, and is counted when it has ended
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
    const { node, plan, clock } = this.#options;
    const entry: PaymentEntry = {
      hops: route.hops.map(({ publicKey }) => publicKey),
      earnedMsat: route.hops.map(({ feeMsat }) => feeMsat),
      amountMsat: route.amountMsat,
      atMs: clock.now(),
      purpose,
      session,
      ...(coveredMsat !== undefined && { coveredMsat }),
    };
    if (route.feeMsat > plan.feeLimitMsat)
      throw new FeeLimitError(`this route costs ${route.feeMsat} msat, the limit is ${plan.feeLimitMsat} msat`);
    const hash = createHash('sha256').update(preimage).digest();
    return this.#send({ hash, entry, sessionBudgetMsat }, () => {
      const request = { ...more, to: route, amountMsat: route.amountMsat, preimage, maxFeeMsat: plan.feeLimitMsat };
      return node.pay({ ...request, ...(records && { records }), ...(timeoutMs && { timeoutMs }) });
    });
  }

  /**
   * Over whichever way LND finds. Once: who asks again is told of the payment there was, and who asks meanwhile waits for it.
   * @throws ScenarioError for a request that is none, and as `pay` does
   */
  async payInvoice(order: InvoiceOrder): Promise<Payment> {
    const { node, signal } = this.#options;
    const terms = await node.decodeInvoice(order.request, { signal });
    if (terms.amountMsat === 0) throw new PaymentFailedError('the invoice names no amount', { hint: 'ask the payee for one that does' });
    return this.#invoices.get(keyOf(terms.hash)) ?? this.#underWay(terms.hash, this.#payInvoice(order, terms));
  }

  async #payInvoice({ request, maxFeeMsat, timeoutMs }: InvoiceOrder, { hash, payee, amountMsat }: InvoiceTerms): Promise<Payment> {
    const { node, plan, clock, signal } = this.#options;
    const before = await node.lookUpPayment(hash, { signal });
    if (before.state === 'settled') return before;
    // Another program's, for ours would stand under way.
    if (before.state === 'pending' || before.state === 'lost') return settledOr(await this.#lookedUp(hash));
    const feeLimitMsat = Math.min(maxFeeMsat ?? plan.feeLimitMsat, plan.feeLimitMsat);
    const cost = { hops: [payee], earnedMsat: [feeLimitMsat], amountMsat };
    const entry: PaymentEntry = { ...cost, atMs: clock.now(), purpose: 'invoice', session: '' };
    return this.#send({ hash, entry }, () => node.payInvoice({ request, maxFeeMsat: feeLimitMsat, ...(timeoutMs && { timeoutMs }) }));
  }

  #underWay(hash: Uint8Array, paying: Promise<Payment>): Promise<Payment> {
    const key = keyOf(hash);
    const ended = paying.finally(() => this.#invoices.delete(key));
    this.#invoices.set(key, ended);
    return ended;
  }

  /** Set aside, written down, sent, counted. */
  async #send({ hash, entry, sessionBudgetMsat }: Sending, send: () => Promise<Payment>): Promise<Payment> {
    const { journal } = this.#options;
    if (!this.#ledger.holds(entry.hops)) throw new FeeLimitError(`payments over more than ${ROUTES_MAX} routes: the ledger keeps no more`);
    this.#budget.reserve(costOf(entry), entry.session, entry.atMs, sessionBudgetMsat);
    this.#open += 1;
    try {
      await journal.write([{ key: keyOf(hash), value: JSON.stringify(entry) }]);
    } catch (error) {
      this.#note([{ key: keyOf(hash), value: null }]);
      this.#over(entry);
      throw error;
    }
    try {
      const paid = await send();
      this.#end(hash, entry, paid);
      return paid;
    } catch (error) {
      const looking = decided(error) ? Promise.resolve<End>(false) : this.#lookedUp(hash);
      const ending = looking.then((end) => {
        this.#end(hash, entry, end);
        return end;
      });
      // It hangs at some node, perhaps for good. Bytes go another way, and its end is waited for without them.
      if (error instanceof DeadlineError && entry.purpose === 'carriage') throw error;
      const paid = await ending;
      if (!paid) throw error instanceof LeydenError ? error : new PaymentFailedError(String(error), { cause: error });
      return paid;
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
  #end(hash: Uint8Array, entry: PaymentEntry, end: End): void {
    if (end !== null)
      this.#note([{ key: keyOf(hash), value: null }, ...(end ? this.#ledger.settled(taken(entry, end)) : this.#ledger.failed())]);
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
  async #lookedUp(hash: Uint8Array): Promise<End> {
    const { node, clock, signal } = this.#options;
    let unknown = 0;
    let lost = 0;
    while (!signal.aborted) {
      try {
        const found = await node.lookUpPayment(hash, { signal });
        unknown = found.state === 'unknown' ? unknown + 1 : 0;
        lost = found.state === 'lost' ? lost + 1 : 0;
        if (found.state === 'settled') return found;
        if (found.state === 'failed') return false;
        if (unknown === UNKNOWN_MIN || lost === LOST_MIN) return false;
      } catch {
        // The node does not answer now: what it knows, it will still know later.
        lost = 0;
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

/** The payment that it ended with. @throws PaymentFailedError, InfrastructureError when nobody knows */
const settledOr = (end: End): Payment => {
  if (end) return end;
  if (end === null) throw new InfrastructureError('the relay was stopped before the payment ended');
  throw new PaymentFailedError('it ended without being settled');
};

/** The way that LND found, in the place of the most that it might have cost. */
const taken = (entry: PaymentEntry, { route }: Payment): PaymentEntry =>
  entry.purpose !== 'invoice' || route === undefined
    ? entry
    : { ...entry, hops: route.map(({ publicKey }) => publicKey), earnedMsat: route.map(({ feeMsat }) => feeMsat) };

const costOf = (entry: PaymentEntry): number => entry.amountMsat + feesOf(entry) - (entry.coveredMsat ?? 0);

const keyOf = (hash: Uint8Array): string => `${KEY}${Buffer.from(hash).toString('hex')}`;
