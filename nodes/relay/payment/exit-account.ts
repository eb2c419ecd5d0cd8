/**
 * One session's account at an exit that is paid: the gate before its bytes, the payments that came for it, and what the client is told.
 * A service that ran out stands still; when it is not paid within the grace, the session ends.
 */
import { ContractError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import type { ExitTerms, Price } from '../../plan.ts';
import { Alarm } from '../alarm.ts';
import type { Gate } from '../session/gate.ts';
import { RangeSet } from '../session/ranges.ts';
import type { Session } from '../session/session.ts';
import type { Statement } from './messages.ts';
import { msatFor, priceText } from './price.ts';
import { UNITS_MAX } from './quote.ts';
import { authentic, type PaymentRecord, tagOf } from './record.ts';
import { openService, type Service } from './service.ts';

/** Label of the secret by which both ends know a payment as this session's. */
export const PAYMENT_SECRET = 'payment';
/** Gaps between the sequence numbers of payments: one that failed leaves one. */
const GAPS_MAX = 1_024;
/** Quotes that stand at once; one more makes the oldest lapse. */
const QUOTES_MAX = 8;
/** In mode window the client is asked to pay at so much of a window, so that it need not stand still meanwhile. */
const ASK_SHARE = 0.5;
/** Who stands still is told again: what was said, or the payment for it, may have been lost. */
const TELL_AGAIN_MS = 5_000;

export interface ExitAccountOptions {
  readonly session: Pick<Session, 'exporter' | 'gateMoved' | 'fail'>;
  readonly terms: ExitTerms;
  readonly clock: Clock;
}

export class ExitAccount implements Gate {
  readonly tag: string;
  readonly #options: ExitAccountOptions;
  readonly #secret: Buffer;
  readonly #service: Service;
  readonly #sequences = new RangeSet();
  readonly #quotes = new Map<string, { readonly price: Price; readonly byMs: number }>();
  readonly #listeners = new Set<(statement: Statement) => void>();
  readonly #alarm: Alarm;
  /** Since when it stands still; null: it does not. */
  #standsMs: number | null = null;
  #askedMsat = 0;
  #toldMs = 0;

  constructor(options: ExitAccountOptions) {
    this.#options = options;
    this.#secret = options.session.exporter(PAYMENT_SECRET);
    this.tag = tagOf(this.#secret);
    this.#service = openService(options.terms);
    this.#alarm = new Alarm(options.clock, () => this.#look());
  }

  left(): number {
    return this.#service.leftBytes(this.#now);
  }

  passed(bytes: number): void {
    this.#service.served(bytes);
    if (this.left() === 0) this.#look();
    else if (this.#options.terms.mode === 'window') this.#ask();
  }

  /** Why a new stream is refused; null: it is not. */
  refusal(): string | null {
    const { mode, price } = this.#options.terms;
    const { state } = this.statement();
    if (state === 'closed') return 'payment required: the service was closed';
    return state === 'unpaid' ? `payment required: ${priceText(price)}, mode ${mode}` : null;
  }

  /** The price stands until then, by the exit's clock. */
  quoted(nonce: string, price: Price, byMs: number): void {
    this.#quotes.set(nonce, { price, byMs });
    const [oldest] = this.#quotes.keys();
    if (this.#quotes.size > QUOTES_MAX) this.#quotes.delete(oldest as string);
  }

  /** @throws ContractError, FeeLimitError */
  accept(nonce: string, units: number): void {
    const quote = this.#quotes.get(nonce);
    if (quote === undefined) throw new ContractError('no quote of this nonce stands in this session', { hint: 'ask for a quote' });
    if (this.#now > quote.byMs) throw new ContractError('the quote has expired', { hint: 'ask for another' });
    if (units > UNITS_MAX) throw new ContractError(`${units} units at once, at most ${UNITS_MAX} are sold`);
    this.#service.accept({ units, ...quote }, this.#now);
    this.#look();
  }

  /** False: it is not this session's, or was counted before. */
  take(record: PaymentRecord, hash: Uint8Array, amountMsat: number): boolean {
    const { sequence } = record;
    if (!authentic(this.#secret, record, hash) || this.#sequences.has(sequence)) return false;
    this.#sequences.add(sequence, sequence + 1);
    if (this.#sequences.count > GAPS_MAX) this.#options.session.fail(new SessionError('payments with too many gaps'));
    this.#service.paid(amountMsat, this.#now);
    this.#askedMsat = 0;
    this.#look();
    this.#tell();
    return true;
  }

  counted(sequence: number): boolean {
    return this.#sequences.has(sequence);
  }

  close(): void {
    this.#service.close();
    this.#look();
  }

  statement(): Statement {
    const { terms } = this.#options;
    const { grant, paidMsat, closed } = this.#service.state;
    const left = this.left();
    const stopped = closed ? 'closed' : paidMsat === 0 && grant.servedBytes === 0 ? 'unpaid' : 'paused';
    return {
      mode: terms.mode,
      state: left > 0 ? 'active' : stopped,
      price: terms.price,
      servedBytes: grant.servedBytes,
      paidMsat,
      dueMsat: this.#service.dueMsat(this.#now),
      creditMsat: this.#service.creditMsat(),
      leftBytes: grant.per === 'MiB' ? left : null,
      leftMs: grant.per === 'min' ? Math.max(0, grant.untilMs - this.#now) : null,
    };
  }

  /** Told whenever the service stops or goes on, or something is due. @returns what ends it. */
  onNews(listener: (statement: Statement) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The session is over. */
  end(): void {
    this.#alarm.clear();
    this.#listeners.clear();
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  /** Stands it still? Does it go on? Is the grace over? */
  #look(): void {
    const { session, terms } = this.#options;
    const nowMs = this.#now;
    const stands = this.left() === 0;
    const began = this.statement().state !== 'unpaid';
    if (stands && began && this.#standsMs === null) {
      this.#standsMs = nowMs;
      this.#tell();
    } else if (!stands && this.#standsMs !== null) {
      this.#standsMs = null;
      this.#tell();
    }
    if (!stands) session.gateMoved();
    if (this.#standsMs !== null && nowMs >= this.#standsMs + terms.graceMs) {
      session.fail(new SessionError(`payment required: the service ran out and was not paid within ${terms.graceMs / 1000} s`));
      return;
    }
    if (!stands) this.#alarm.set(this.#service.endsMs());
    else if (this.#standsMs === null) this.#alarm.clear();
    else {
      if (nowMs >= this.#toldMs + TELL_AGAIN_MS) this.#tell();
      this.#alarm.set(Math.min(this.#standsMs + terms.graceMs, this.#toldMs + TELL_AGAIN_MS));
    }
  }

  #ask(): void {
    const { price, windowBytes } = this.#options.terms;
    const due = this.#service.dueMsat(this.#now);
    if (due <= this.#askedMsat || due < msatFor(Math.ceil(windowBytes * ASK_SHARE), price)) return;
    this.#askedMsat = Number.MAX_SAFE_INTEGER;
    this.#tell();
  }

  #tell(): void {
    this.#toldMs = this.#now;
    const statement = this.statement();
    for (const listener of this.#listeners) listener(statement);
  }
}
