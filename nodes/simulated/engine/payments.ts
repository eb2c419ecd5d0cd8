/** Payments under way, in columns: which route each takes, and who hears how it ended. */
import { JOB } from '../event-kinds.ts';
import type { Core } from './core.ts';
import { writes } from './databases.ts';
import { grown, Pool } from './pool.ts';

const NONE = -1;
/** The switch's storeResult and DeleteCircuits, the router's SettleAttempt or FailAttempt. */
const END_WRITES = writes([], 3);

/** A payment that somebody outside the core knows more about than its route. */
export interface OutsidePayment {
  settled(): void;
  /** @param hop index of the hop that refused. */
  failed(failure: number, hop: number): void;
}

/** @param failure the FAILURES number, −1: it settled. @param hop the one that refused; −1: the payer's own channel. */
export type PaymentEnded = (payment: number, tag: number, failure: number, hop: number) => void;

export class Payments {
  readonly #core: Core;
  readonly #outside = new Map<number, OutsidePayment>();
  route = new Int32Array(0);
  tag = new Int32Array(0);
  /** 1: somebody outside answers for it. */
  isOutside = new Uint8Array(0);
  #failure = new Int32Array(0);
  #hop = new Int32Array(0);
  readonly #pool = new Pool((rows) => {
    this.route = grown(this.route, rows, Int32Array);
    this.tag = grown(this.tag, rows, Int32Array);
    this.isOutside = grown(this.isOutside, rows, Uint8Array);
    this.#failure = grown(this.#failure, rows, Int32Array);
    this.#hop = grown(this.#hop, rows, Int32Array);
  });
  /** Hears of every payment that nobody outside answers for. The payment's number and its use of the route are free once this returns. */
  onEnd: PaymentEnded = () => {};

  constructor(core: Core) {
    this.#core = core;
    core.jobs.on(JOB.paymentEnd, (payment) => this.#end(payment));
  }

  /** Payments that have not ended. */
  get size(): number {
    return this.#pool.size;
  }

  /** @param tag whatever the caller knows it by. */
  open(route: number, tag: number, outside: OutsidePayment | null): number {
    const payment = this.#pool.take();
    this.#core.routes.use(route);
    this.route[payment] = route;
    this.tag[payment] = tag;
    this.isOutside[payment] = outside === null ? 0 : 1;
    if (outside !== null) this.#outside.set(payment, outside);
    return payment;
  }

  payer(payment: number): number {
    return this.#core.graph.endNode[this.#core.routes.endOf(this.route[payment]!, 0)]!;
  }

  outside(payment: number): OutsidePayment | undefined {
    return this.#outside.get(payment);
  }

  /** The payer learns that it settled, or which hop refused, after its own work. */
  ended(payment: number, failure: number, hop: number): void {
    const { nodes, jobs, costs } = this.#core;
    this.#failure[payment] = failure;
    this.#hop[payment] = hop;
    const node = this.payer(payment);
    jobs.compute(node, JOB.paymentEnd, payment, nodes.spread(node, costs.paymentEndCpuUs), END_WRITES);
  }

  #end(payment: number): void {
    const { routes, graph, time, trace } = this.#core;
    const route = this.route[payment]!;
    const failure = this.#failure[payment]!;
    const hop = this.#hop[payment]!;
    const outside = this.isOutside[payment] === 1 ? this.#outside.get(payment) : undefined;
    if (outside === undefined) {
      const node = graph.endNode[routes.endOf(route, 0)]!;
      trace.record(failure === NONE ? 'payment-settled' : 'payment-failed', time.nowUs, node, NONE, 0, routes.firstMsatOf(route));
      this.onEnd(payment, this.tag[payment]!, failure, hop);
    } else {
      this.#outside.delete(payment);
      if (failure === NONE) outside.settled();
      else outside.failed(failure, hop);
    }
    this.#pool.give(payment);
    routes.release(route);
  }
}
