/**
 * What nodes do with HTLCs: the checks of BOLT 4 and 7 before one is passed on, taken or failed, and the payments that begin and end with
 * them. Nodes are numbers here; where a program beside one has a say, or a payment came over the seam, `outside` is asked.
 */
import { FINAL_EXPIRY_MIN_BLOCKS, OUTGOING_EXPIRY_MIN_BLOCKS } from '../chain.ts';
import { EVENT, JOB } from '../event-kinds.ts';
import { feeOf } from '../fee.ts';
import { REFUSAL } from './channel-state.ts';
import type { Core } from './core.ts';
import { writes } from './databases.ts';
import { type FailureCode, failureNumber } from './htlcs.ts';
import { type HtlcEnds, Links } from './links.ts';
import { ASKS } from './node-columns.ts';
import { type OutsidePayment, Payments } from './payments.ts';
import { NO_END } from './routes.ts';

const NONE = -1;
/** The router's InitPayment and RegisterAttempt, the switch's CommitCircuits, one after the other. */
const PAYMENT_START_WRITES = writes([], 3);
const INCORRECT_DETAILS = failureNumber('INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS');
const TEMPORARY_CHANNEL_FAILURE = failureNumber('TEMPORARY_CHANNEL_FAILURE');

/** Programs beside nodes, and payments that came over the seam. */
export interface Outside {
  /** A program is asked about an HTLC to be passed on; `engine.passOn` when it has answered. */
  forward(node: number, htlc: number): void;
  /** An HTLC of an outside payment has reached its last node: `engine.links` settles or fails it. */
  receive(node: number, htlc: number): void;
  /** The invoice of an HTLC is settled, at this instant. */
  invoiceSettled(htlc: number): void;
  /** A hop refused an HTLC. */
  refused(node: number, htlc: number, failure: number): void;
  /** A node has signed for an HTLC whose records do not fit a message. */
  wedged(node: number, htlc: number): void;
  /** An HTLC with records is gone from both commitments. */
  removed(htlc: number): void;
}

/** @param a and @param b what the timer was set with. */
export type Timer = (a: number, b: number) => void;

export class Engine implements HtlcEnds {
  readonly core: Core;
  readonly links: Links;
  readonly payments: Payments;
  readonly #outside: Outside | null;
  /** Hears of `timerAt`. */
  onTimer: Timer = () => {};
  /** Hears of every HTLC of `pay` that settles, and over which channel. */
  onCarried: (channel: number, msat: number) => void = () => {};

  constructor(core: Core, outside: Outside | null = null) {
    this.core = core;
    this.#outside = outside;
    this.links = new Links(core, this);
    this.payments = new Payments(core);
    core.jobs.on(JOB.paymentStart, (payment) => this.#started(payment));
    core.time.on(EVENT.timer, (a, b) => this.onTimer(a, b));
    core.time.on(EVENT.payment, (route, tag) => this.pay(route, tag));
  }

  /** A keysend over a route that was kept; `payments.onEnd` hears how it ended. @returns its number. */
  pay(route: number, tag: number): number {
    const { nodes, jobs, costs } = this.core;
    const payment = this.payments.open(route, tag, null);
    const node = this.payments.payer(payment);
    const cpuUs = costs.paymentStartCpuUs + costs.paymentOnionCpuUs;
    jobs.compute(node, JOB.paymentStart, payment, nodes.spread(node, cpuUs), PAYMENT_START_WRITES);
    return payment;
  }

  /** The same at a time, in whole µs; whoever releases the route before then has lost it. */
  payAt(atUs: number, route: number, tag: number): void {
    this.core.time.scheduleAt(atUs, EVENT.payment, route, tag);
  }

  /** An event for whoever drives the engine. @param atUs in whole µs. */
  timerAt(atUs: number, a: number, b: number): void {
    this.core.time.scheduleAt(atUs, EVENT.timer, a, b);
  }

  /** For a payment that came over the seam: its first HTLC, now. null: the payer's own channel does not admit it. */
  offerFirst(route: number, outside: OutsidePayment, recordBytes: number): number | null {
    if (!this.#admitsFirst(route)) return null;
    return this.#offerFirst(this.payments.open(route, NONE, outside), recordBytes);
  }

  isExit(htlc: number): boolean {
    const { htlcs, routes } = this.core;
    return htlcs.hop(htlc) === routes.hopsOf(this.payments.route[htlcs.payment(htlc)]!) - 1;
  }

  asksForwards(node: number): boolean {
    return (this.core.nodes.asks[node]! & ASKS.forward) !== 0;
  }

  accepted(htlc: number): void {
    const { htlcs, graph } = this.core;
    const node = graph.endNode[htlcs.end(htlc) ^ 1]!;
    if (this.isExit(htlc)) this.#receive(node, htlc);
    else if (this.asksForwards(node)) this.#outside!.forward(node, htlc);
    else this.passOn(node, htlc, 0);
  }

  settled(htlc: number): void {
    const { htlcs } = this.core;
    const incoming = htlcs.incoming(htlc);
    if (this.payments.isOutside[htlcs.payment(htlc)] === 0) this.onCarried(htlcs.end(htlc) >> 1, htlcs.amountMsat(htlc));
    if (incoming === NONE) this.payments.ended(htlcs.payment(htlc), NONE, NONE);
    else this.links.settle(incoming);
  }

  failed(htlc: number): void {
    const { htlcs } = this.core;
    const incoming = htlcs.incoming(htlc);
    const failure = htlcs.failure(htlc);
    const hop = htlcs.failedHop(htlc);
    if (incoming === NONE) this.payments.ended(htlcs.payment(htlc), failure, hop);
    else this.links.fail(incoming, failure, hop);
  }

  /** @param recordBytes of the wire records that go on with it. @returns the HTLC on the next channel; null: it was refused. */
  passOn(node: number, htlc: number, recordBytes: number): number | null {
    const { htlcs, routes, graph } = this.core;
    const route = this.payments.route[htlcs.payment(htlc)]!;
    const hop = htlcs.hop(htlc);
    const asked = routes.endOf(route, hop + 1);
    const known = asked !== NO_END && graph.endNode[asked] === node;
    const out = known ? this.#endTowards(asked, node, htlc, route, hop) : NO_END;
    if (out === NO_END) {
      const refusal = known ? this.#refusalOf(asked, htlc, route, hop) : null;
      const failure = failureNumber(refusal ?? 'UNKNOWN_NEXT_PEER');
      this.#outside?.refused(node, htlc, failure);
      this.links.fail(htlc, failure, hop);
      return null;
    }
    const payment = htlcs.payment(htlc);
    const next = htlcs.add(out, routes.forwardMsatOf(route, hop), routes.expiryOf(route, hop), payment, hop + 1, htlc, recordBytes);
    this.links.offer(next);
    return next;
  }

  /**
   * LND passes on to a peer, not over a channel: of all channels with that peer any that admits the HTLC will do, drawn where several do
   * (htlcswitch/switch.go, handlePacketAdd).
   */
  #endTowards(asked: number, node: number, htlc: number, route: number, hop: number): number {
    const { graph, nodes } = this.core;
    let chosen = NO_END;
    let fit = 0;
    let end = asked;
    do {
      if (this.#refusalOf(end, htlc, route, hop) === null) {
        fit += 1;
        // The n-th takes the place of those before with a chance of one in n, which makes all equally likely.
        if (fit === 1 || nodes.random.float(node) * fit < 1) chosen = end;
      }
      end = graph.beside[end]!;
    } while (end !== asked);
    return chosen;
  }

  /** What LND looks at, in its order: whether the link is there, then BOLT 7's policy of the channel out as it is now (htlcswitch/link.go, CheckHtlcForward). */
  #refusalOf(out: number, htlc: number, route: number, hop: number): FailureCode | null {
    const { htlcs, routes, graph, state, chain } = this.core;
    if (!state.forwards(out >> 1)) return 'UNKNOWN_NEXT_PEER';
    const amountMsat = routes.forwardMsatOf(route, hop);
    const expiry = routes.expiryOf(route, hop);
    if (amountMsat < graph.htlcMinMsat[out]!) return 'AMOUNT_BELOW_MINIMUM';
    if (amountMsat > graph.htlcMaxMsat[out]!) return 'TEMPORARY_CHANNEL_FAILURE';
    if (expiry <= chain.height + OUTGOING_EXPIRY_MIN_BLOCKS) return 'EXPIRY_TOO_SOON';
    if (state.refusal(out, amountMsat) !== REFUSAL.none) return 'TEMPORARY_CHANNEL_FAILURE';
    const feeMsat = feeOf(graph.feeBaseMsat[out]!, graph.feePpm[out]!, amountMsat);
    if (htlcs.amountMsat(htlc) - amountMsat < feeMsat) return 'FEE_INSUFFICIENT';
    return htlcs.expiry(htlc) - expiry < graph.cltvDelta[out]! ? 'INCORRECT_CLTV_EXPIRY' : null;
  }

  #receive(node: number, htlc: number): void {
    const { htlcs, nodes } = this.core;
    const payment = htlcs.payment(htlc);
    if (this.payments.isOutside[payment] === 1 || (nodes.asks[node]! & ASKS.exit) !== 0) this.#outside!.receive(node, htlc);
    else if (this.isRightForLast(htlc)) this.settleInvoice(htlc);
    else this.links.failNow(htlc, INCORRECT_DETAILS, htlcs.hop(htlc));
  }

  /** Whether what reached the last node is what it was to receive, in time (LND's FinalCltvRejectDelta). */
  isRightForLast(htlc: number): boolean {
    const { htlcs, routes, chain } = this.core;
    const promisedMsat = routes.forwardMsatOf(this.payments.route[htlcs.payment(htlc)]!, htlcs.hop(htlc));
    return htlcs.amountMsat(htlc) >= promisedMsat && htlcs.expiry(htlc) >= chain.height + FINAL_EXPIRY_MIN_BLOCKS;
  }

  /** Its invoice was written when the round was worked through. */
  settleInvoice(htlc: number): void {
    this.links.settleNow(htlc);
    this.#outside?.invoiceSettled(htlc);
  }

  wedged(htlc: number): void {
    const { htlcs, graph } = this.core;
    this.#outside?.wedged(graph.endNode[htlcs.end(htlc)]!, htlc);
  }

  removed(htlc: number): void {
    this.#outside?.removed(htlc);
  }

  #started(payment: number): void {
    if (this.#admitsFirst(this.payments.route[payment]!)) this.#offerFirst(payment, 0);
    else this.payments.ended(payment, TEMPORARY_CHANNEL_FAILURE, NONE);
  }

  #admitsFirst(route: number): boolean {
    const { routes, state } = this.core;
    const end = routes.endOf(route, 0);
    return end !== NO_END && state.refusal(end, routes.firstMsatOf(route)) === REFUSAL.none;
  }

  #offerFirst(payment: number, recordBytes: number): number {
    const { htlcs, routes } = this.core;
    const route = this.payments.route[payment]!;
    const htlc = htlcs.add(routes.endOf(route, 0), routes.firstMsatOf(route), routes.firstExpiryOf(route), payment, 0, NONE, recordBytes);
    this.links.offer(htlc);
    return htlc;
  }
}
