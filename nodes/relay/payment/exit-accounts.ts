/**
 * How this relay's exit is paid: an account for each session whose carrier pays nothing, found again by the tag in a payment's record,
 * and the service `contract` by which the client asks, accepts and hears of it.
 */
import { ContractError, LeydenError } from '../../errors.ts';
import type { Clock, Node, Random, ReceivedPayment } from '../../node.ts';
import type { CarrierKind, ExitTerms } from '../../plan.ts';
import { isFree } from '../session/gate.ts';
import type { Accept, Session } from '../session/session.ts';
import type { Stream } from '../session/streams.ts';
import { FrameError } from '../wire/bytes.ts';
import { ExitAccount } from './exit-account.ts';
import { readLines, sayLine } from './lines.ts';
import { type Answer, REQUEST, type Request, type Statement } from './messages.ts';
import { QUOTE_VALID_MS, signQuote, UNITS_MAX } from './quote.ts';
import { decodePaymentRecord, PAYMENT_RECORD } from './record.ts';

/** Over these every unit is a payment to the exit already. */
const CARRIAGE_PAYS: ReadonlySet<string> = new Set(['keysend', 'htlc-record']);
/** Requests of one client that are being answered. */
const REQUESTS_MAX = 16;
/** How long an answer waits for a payment that the client has seen settle. */
const PAYMENT_DEADLINE_MS = 30_000;
const LOOK_MS = 20;
/** A quote is a signature of the node's: so many a minute for one session. */
const QUOTES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;
const NONCE_BYTES = 16;

const carriagePays = (carrier: CarrierKind): boolean => CARRIAGE_PAYS.has(carrier);

export interface ExitAccountsOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly random: Random;
  /** undefined: this exit serves for nothing. */
  readonly terms: ExitTerms | undefined;
  readonly signal: AbortSignal;
  log(line: string): void;
}

interface Known {
  readonly session: Session;
  readonly account: ExitAccount;
  readonly quotedMs: number[];
}

const FREE: Statement = {
  mode: 'free',
  state: 'free',
  price: null,
  servedBytes: 0,
  paidMsat: 0,
  dueMsat: 0,
  creditMsat: 0,
  leftBytes: null,
  leftMs: null,
};

export class ExitAccounts {
  readonly #options: ExitAccountsOptions;
  /** By tag. Sessions are bounded, and those that ended make room. */
  readonly #known = new Map<string, Known>();
  readonly #tags = new WeakMap<Session, string>();

  constructor(options: ExitAccountsOptions) {
    this.#options = options;
  }

  /** Streams of a session that is to be paid pass its gate; until anything was paid they are refused. */
  charging(accept: Accept): Accept {
    return (stream, host, port, session) => {
      const refusal = isFree(host, port) ? null : (this.#of(session)?.account.refusal() ?? null);
      if (refusal === null) accept(stream, host, port, session);
      else stream.refuse(refusal);
    };
  }

  /** A keysend that settled here: true when it was for one of these sessions and had not been counted. */
  received({ hash, amountMsat, records }: ReceivedPayment): boolean {
    const record = records.find(({ type }) => type === PAYMENT_RECORD);
    if (record === undefined) return false;
    try {
      const decoded = decodePaymentRecord(record.value);
      if (this.#known.get(decoded.tag)?.account.take(decoded, hash, amountMsat)) return true;
      this.#options.log(`contract: ${amountMsat} msat came for no session that is open here`);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#options.log(`contract: a payment's record is not understood: ${error.message}`);
    }
    return false;
  }

  /** The service `contract`. */
  readonly serve = (stream: Stream, session: Session): void => {
    const known = this.#of(session);
    const { duplex } = stream;
    stream.opened();
    const say = (answer: Answer): void => {
      if (!duplex.writableNeedDrain) sayLine(duplex, answer);
    };
    const quiet = known?.account.onNews((news) => say({ news }));
    let pending = 0;
    readLines<Request>(duplex, {
      schema: REQUEST,
      take: (request) => {
        if (pending >= REQUESTS_MAX) return void duplex.destroy();
        pending += 1;
        void this.#answered(request, known).then((answer) => {
          pending -= 1;
          say(answer);
        });
      },
      ended: () => quiet?.(),
    });
  };

  async #answered(request: Request, known: Known | undefined): Promise<Answer> {
    try {
      return await this.#answer(request, known);
    } catch (error) {
      if (error instanceof LeydenError) return { id: request.id, refused: error.message };
      this.#options.log(`contract: ${request.ask} failed: ${String(error)}`);
      return { id: request.id, refused: 'it failed at the exit' };
    }
  }

  async #answer(request: Request, known: Known | undefined): Promise<Answer> {
    const { id } = request;
    if (known === undefined) {
      if (request.ask === 'account') return { id, account: FREE };
      throw new ContractError('this exit serves this session for nothing');
    }
    const { account } = known;
    if (request.ask === 'quote') return { id, quote: await this.#quote(known) };
    if (request.ask === 'accept') account.accept(request.nonce, request.units);
    else if (request.ask === 'close') account.close();
    else if (request.after !== null) await this.#counted(account, request.after);
    return { id, account: account.statement() };
  }

  async #quote({ account, quotedMs }: Known) {
    const { node, clock, random, signal } = this.#options;
    const { mode, price, windowBytes } = this.#options.terms as ExitTerms;
    const atMs = clock.now();
    while (quotedMs[0] !== undefined && quotedMs[0] < atMs - MINUTE_MS) quotedMs.shift();
    if (quotedMs.length >= QUOTES_PER_MINUTE) throw new ContractError(`more than ${QUOTES_PER_MINUTE} quotes a minute`);
    quotedMs.push(atMs);
    const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString('hex');
    const window = mode === 'window' ? windowBytes : 0;
    const terms = { exit: node.publicKey, session: account.tag, mode, price, windowBytes: window, unitsMax: UNITS_MAX };
    const quote = await signQuote({ ...terms, atMs, validForMs: QUOTE_VALID_MS, nonce }, node, { signal });
    account.quoted(nonce, price, atMs + QUOTE_VALID_MS);
    return quote;
  }

  /** The client's node may know of the settlement before this one has told us. */
  async #counted(account: ExitAccount, sequence: number): Promise<void> {
    const { clock, signal } = this.#options;
    const untilMs = clock.now() + PAYMENT_DEADLINE_MS;
    while (!account.counted(sequence) && clock.now() < untilMs && !signal.aborted) await clock.sleep(LOOK_MS, { signal }).catch(() => {});
  }

  /** undefined: nothing is to be paid. */
  #of(session: Session): Known | undefined {
    const { terms, clock } = this.#options;
    if (terms === undefined || carriagePays(session.circuit.carrier)) return undefined;
    const tag = this.#tags.get(session);
    if (tag !== undefined) return this.#known.get(tag);
    this.#forgetEnded();
    const account = new ExitAccount({ session, terms, clock });
    const known = { session, account, quotedMs: [] };
    this.#tags.set(session, account.tag);
    this.#known.set(account.tag, known);
    session.setGate(account);
    return known;
  }

  #forgetEnded(): void {
    for (const [tag, { session, account }] of this.#known)
      if (session.ended !== undefined) {
        account.end();
        this.#known.delete(tag);
      }
  }
}
