/**
 * The client's side of paying an exit: asks on the stream `contract`, pays by keysend, and believes no count of bytes that its own does
 * not bear out. What an exit claims beyond that is not paid, and says so.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ContractError, DeadlineError, NoRouteError, PaymentFailedError } from '../../errors.ts';
import type { Clock, Node, PaymentPurpose, Quote, ServiceAccount, SessionPayment, Waiting } from '../../node.ts';
import type { PaymentMode } from '../../plan.ts';
import { withDeadline } from '../deadline.ts';
import { CONTRACT_SERVICE, type Gate } from '../session/gate.ts';
import type { Session } from '../session/session.ts';
import { PAYMENT_SECRET } from './exit-account.ts';
import { readLines, sayLine } from './lines.ts';
import { ANSWER, type Answer, type Ask, type Statement } from './messages.ts';
import type { Payments } from './payments.ts';
import { costOf, msatFor } from './price.ts';
import { verifyQuote } from './quote.ts';
import { encodePaymentRecord, PAYMENT_RECORD, preimageOf, tagOf } from './record.ts';

/** The exit's own wait for a payment and some way there. */
const ANSWER_DEADLINE_MS = 45_000;
const QUOTES_MAX = 8;
/** What an exit may count beyond what came here: datagrams that were lost, and what is under way. */
const LOSS_SHARE = 0.05;
const LOSS_BYTES = 128 * 1024;
/** Own bytes that are still on their way to the reader are waited for, looked at this often. */
const LOOK_MS = 100;

export interface PayerOptions {
  readonly session: Session;
  readonly exit: string;
  readonly node: Node;
  readonly clock: Clock;
  readonly payments: Payments;
  readonly feeLimitMsat: number;
  readonly sessionBudgetMsat: number | undefined;
  readonly signal: AbortSignal;
  log(line: string): void;
}

interface Standing {
  readonly quote: Quote;
  /** By this end's clock. */
  readonly byMs: number;
}

export class Payer implements SessionPayment {
  readonly #options: PayerOptions;
  readonly #secret: Buffer;
  readonly #quotes = new Map<string, Standing>();
  readonly #pending = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #stream: Promise<Duplex> | undefined;
  #nextId = 0;
  #turn: Promise<void> = Promise.resolve();
  #sequence = 0;
  #counted = 0;
  #paidMsat = 0;
  #accepted: Standing | undefined;
  #news: Statement | undefined;
  #windows: { maxMsat: number; paying: boolean } | undefined;

  constructor(options: PayerOptions) {
    this.#options = options;
    this.#secret = options.session.exporter(PAYMENT_SECRET);
  }

  /** Counts what this end sends and takes. */
  readonly meter: Gate = {
    left: () => Number.MAX_SAFE_INTEGER,
    passed: (bytes) => {
      this.#counted += bytes;
    },
  };

  async quote(waiting: Waiting = {}): Promise<Quote> {
    const { exit, node, clock } = this.#options;
    const answer = await this.#ask({ ask: 'quote' }, waiting);
    if (!('quote' in answer)) throw new ContractError('the exit answered no quote');
    const { quote } = answer;
    await verifyQuote(quote, { exit, session: tagOf(this.#secret) }, node, waiting);
    this.#quotes.set(quote.nonce, { quote, byMs: clock.now() + quote.validForMs });
    if (this.#quotes.size > QUOTES_MAX) this.#quotes.delete(this.#quotes.keys().next().value as string);
    return quote;
  }

  accept(nonce: string, units: number, waiting: Waiting = {}): Promise<ServiceAccount> {
    return this.#inTurn(() => this.#accept(nonce, units, waiting));
  }

  refresh(units: number, waiting: Waiting = {}): Promise<ServiceAccount> {
    return this.#inTurn(() => this.#refresh(units, waiting));
  }

  /** An offer is accepted and paid before the next one is: one would take the other's place at the exit. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  async #accept(nonce: string, units: number, waiting: Waiting): Promise<ServiceAccount> {
    const standing = this.#quotes.get(nonce);
    if (standing === undefined) throw new ContractError('no quote of this nonce was given here', { hint: 'ask for a quote' });
    if (this.#options.clock.now() > standing.byMs) throw new ContractError('the quote has expired', { hint: 'ask for another' });
    this.#expect(standing.quote.mode, 'contract');
    this.#accepted = standing;
    const { dueMsat } = await this.#account({ ask: 'accept', nonce, units }, waiting);
    const quotedMsat = costOf(units, standing.quote.price);
    if (dueMsat > quotedMsat) throw new ContractError(`the exit asks ${dueMsat} msat for what it quoted at ${quotedMsat} msat`);
    return dueMsat === 0 ? this.account(waiting) : this.#pay(dueMsat, 'contract', waiting);
  }

  async #refresh(units: number, waiting: Waiting): Promise<ServiceAccount> {
    const accepted = this.#accepted;
    if (accepted === undefined) throw new ContractError('there is no contract to refresh', { hint: 'accept a quote' });
    const account = await this.account(waiting);
    this.#believe(account.servedBytes);
    if (this.#options.clock.now() <= accepted.byMs) return this.#accept(accepted.quote.nonce, units, waiting);
    const quote = await this.quote(waiting);
    const { price } = accepted.quote;
    if (quote.price.per !== price.per || quote.price.msat > price.msat)
      throw new ContractError(`the exit asks ${quote.price.msat} msat/${quote.price.per} by now, it was ${price.msat} msat/${price.per}`, {
        hint: 'accept the new quote if that is what you want',
      });
    return this.#accept(quote.nonce, units, waiting);
  }

  async prepay(amountMsat: number, waiting: Waiting = {}): Promise<ServiceAccount> {
    const account = await this.account(waiting);
    this.#expect(account.mode, 'prepaid');
    this.#believe(account.servedBytes);
    return this.#pay(amountMsat, 'prepaid', waiting);
  }

  async payAsServed(maxMsat: number, waiting: Waiting = {}): Promise<ServiceAccount> {
    const account = await this.account(waiting);
    this.#expect(account.mode, 'window');
    this.#windows = { maxMsat, paying: false };
    this.#news = account;
    void this.#payWindows();
    return account;
  }

  async close(waiting: Waiting = {}): Promise<ServiceAccount> {
    this.#windows = undefined;
    return this.#full(await this.#account({ ask: 'close' }, waiting));
  }

  async account(waiting: Waiting = {}): Promise<ServiceAccount> {
    return this.#full(await this.#account({ ask: 'account', after: null }, waiting));
  }

  async #pay(amountMsat: number, purpose: PaymentPurpose, waiting: Waiting): Promise<ServiceAccount> {
    const { exit, node, payments, feeLimitMsat, session, sessionBudgetMsat } = this.#options;
    const route = await node.route({ destination: exit, amountMsat, maxFeeMsat: feeLimitMsat, signal: waiting.signal });
    const sequence = this.#sequence++;
    const preimage = preimageOf(this.#secret, sequence);
    const hash = createHash('sha256').update(preimage).digest();
    const records = [{ type: PAYMENT_RECORD, value: encodePaymentRecord(this.#secret, sequence, hash) }];
    await payments.pay({ route, preimage, records, purpose, session: session.id, sessionBudgetMsat });
    this.#paidMsat += amountMsat;
    return this.#full(await this.#account({ ask: 'account', after: sequence }, waiting));
  }

  /** Pays what is due each time the exit says so; what it cannot explain yet is waited for. */
  async #payWindows(): Promise<void> {
    const { clock, session, signal, log } = this.#options;
    const windows = this.#windows;
    if (windows === undefined || windows.paying) return;
    windows.paying = true;
    try {
      while (this.#windows === windows && session.ended === undefined && !signal.aborted) {
        const news = this.#news;
        if (news === undefined || news.dueMsat === 0 || news.price === null) return;
        // What it says was paid may be older than our last payment: our own sum counts.
        const dueMsat = msatFor(Math.min(news.servedBytes, this.#believable), news.price) - this.#paidMsat;
        if (dueMsat > 0) {
          if (this.#paidMsat + dueMsat > windows.maxMsat)
            throw new ContractError(`${windows.maxMsat} msat were allowed for windows: they are used up`);
          this.#news = undefined;
          await this.#pay(dueMsat, 'window', {});
          continue;
        }
        await clock.sleep(LOOK_MS, { signal });
        if (this.#news === news) this.#news = await this.#account({ ask: 'account', after: null }, {});
      }
    } catch (error) {
      if (session.ended !== undefined || signal.aborted) return;
      // A payment that found no way is tried again when the exit, which stands still then, asks again.
      const again = error instanceof PaymentFailedError || error instanceof NoRouteError;
      log(`contract: a window was not paid${again ? '' : ', nor will others be'}: ${String(error)}`);
      if (!again && this.#windows === windows) this.#windows = undefined;
    } finally {
      windows.paying = false;
    }
  }

  get #believable(): number {
    return Math.ceil(this.#counted * (1 + LOSS_SHARE)) + LOSS_BYTES;
  }

  /** @throws ContractError */
  #believe(servedBytes: number): void {
    if (servedBytes > this.#believable)
      throw new ContractError(`the exit counts ${servedBytes} B served where ${this.#counted} B passed here: it is not paid on`);
  }

  #expect(mode: PaymentMode | 'free', expected: PaymentMode): void {
    if (mode === 'free') throw new ContractError('this exit serves this session for nothing');
    if (mode !== expected) throw new ContractError(`this exit is paid by mode ${mode}, not ${expected}`);
  }

  #full(statement: Statement): ServiceAccount {
    const { payments, session } = this.#options;
    const spentMsat = payments
      .accountsOf(session.id)
      .filter(({ purpose }) => purpose !== 'carriage' && purpose !== 'circuit')
      .reduce((sum, { deliveredMsat, feesMsat }) => sum + deliveredMsat + feesMsat, 0);
    return { ...statement, countedBytes: this.#counted, spentMsat };
  }

  async #account(ask: Ask, waiting: Waiting): Promise<Statement> {
    const answer = await this.#ask(ask, waiting);
    if (!('account' in answer)) throw new ContractError('the exit answered no account');
    return answer.account;
  }

  /** @throws ContractError with the exit's reason, DeadlineError, SessionError */
  async #ask(ask: Ask, { signal }: Waiting): Promise<Answer> {
    const { clock } = this.#options;
    const stream = await this.#open();
    const id = this.#nextId++;
    const late = () => new DeadlineError(`the exit did not answer ${ask.ask} within ${ANSWER_DEADLINE_MS / 1000} s`);
    try {
      const answered = new Promise<Answer>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
      sayLine(stream, { id, ...ask });
      const answer = await withDeadline({ clock, ms: ANSWER_DEADLINE_MS, signal, late }, answered);
      if ('refused' in answer) throw new ContractError(`the exit refused: ${answer.refused}`);
      return answer;
    } finally {
      this.#pending.delete(id);
    }
  }

  #open(): Promise<Duplex> {
    this.#stream ??= this.#connect().catch((error: unknown) => {
      this.#stream = undefined;
      throw error;
    });
    return this.#stream;
  }

  async #connect(): Promise<Duplex> {
    const stream = await this.#options.session.connect(CONTRACT_SERVICE, 0);
    readLines<Answer>(stream, {
      schema: ANSWER,
      take: (answer) => {
        if ('id' in answer) this.#pending.get(answer.id)?.resolve(answer);
        else {
          this.#news = answer.news;
          void this.#payWindows();
        }
      },
      ended: (error) => {
        this.#stream = undefined;
        const reason = error ?? this.#options.session.ended ?? new ContractError('the exit ended the stream of its contract');
        for (const { reject } of this.#pending.values()) reject(reason);
      },
    });
    return stream;
  }
}
