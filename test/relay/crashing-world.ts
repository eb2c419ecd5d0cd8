/** A node that keeps payments as LND does, and a relay's payments that can be cut off at any step: the process dies, node and journal live on. */
import { createHash } from 'node:crypto';
import { PaymentFailedError } from '../../nodes/errors.ts';
import { MemoryJournal } from '../../nodes/journal.ts';
import type { Journal, JournalChange, Node, PayInvoiceRequest, Payment, PaymentState, PayRequest, Route } from '../../nodes/node.ts';
import type { RelayPlan } from '../../nodes/plan.ts';
import { Payments } from '../../nodes/relay/payment/payments.ts';
import { VirtualClock } from './virtual-clock.ts';

export const routeOf = (amountMsat: number, fees: readonly number[] = [1_000, 0]): Route => ({
  hops: fees.map((feeMsat, index) => ({
    publicKey: `02${String(index).padStart(64, 'a')}`,
    channel: `${index}x1x1`,
    forwardMsat: amountMsat,
    feeMsat,
    expiry: 200,
  })),
  amountMsat,
  feeMsat: fees.reduce((sum, fee) => sum + fee, 0),
  payloadBytesMax: 1_156,
  staleAtHeight: 150,
  native: null,
});

/** What the node does with the payment that it is sent as number so many. */
export interface Fate {
  readonly ms: number;
  readonly end: 'settled' | 'failed';
}

/** What invoices cost on the way that the node finds, whatever it might have cost. */
export const INVOICE_FEES_MSAT = [700, 300, 0];
const PAYEE = `03${'b'.repeat(64)}`;
/** Marks a route as the node's own finding. */
const FOUND = Symbol('found');

/** A request here is its amount and a number that stands for the preimage: 10/7. */
const invoiceOf = (request: string) => {
  const [amountMsat, number] = request.split('/').map(Number) as [number, number];
  const preimage = Buffer.alloc(32, number);
  return { amountMsat, preimage, hash: createHash('sha256').update(preimage).digest() };
};

const never = new Promise<never>(() => {});
const PLAN: RelayPlan = { budgetMsat: 1e9, feeLimitMsat: 5_000, allow: [] };

export class CrashingWorld {
  readonly clock = new VirtualClock();
  /** What the node knows, by hash. */
  readonly payments = new Map<string, PaymentState & { costMsat: number }>();
  /** Hashes in the order they were sent, each time. */
  readonly sent: string[] = [];
  /** Hashes that were sent though they were on their way or settled. */
  readonly doubled: string[] = [];
  readonly plan: RelayPlan;
  readonly #fates: readonly Fate[];
  #stepsLeft = Number.POSITIVE_INFINITY;
  #stored = new Map<string, string>();
  #life = 0;

  constructor(fates: readonly Fate[], plan: Partial<RelayPlan> = {}) {
    this.#fates = fates;
    this.plan = { ...PLAN, ...plan };
  }

  get crashed(): boolean {
    return this.#stepsLeft <= 0;
  }

  /** What lies in the journal. */
  get records(): readonly (readonly [string, string])[] {
    return new MemoryJournal(this.#stored).read('');
  }

  /** A new process: the one before never does anything again. It dies after so many steps. */
  start(steps = Number.POSITIVE_INFINITY): Payments {
    this.#life += 1;
    this.#stepsLeft = steps;
    const life = this.#life;
    const step = async (): Promise<void> => {
      if (life !== this.#life || this.crashed) await never;
      this.#stepsLeft -= 1;
      if (this.crashed) await never;
    };
    return new Payments({
      node: this.#node(step),
      plan: this.plan,
      clock: this.clock,
      journal: this.#journal(step),
      signal: new AbortController().signal,
      log: () => {},
    });
  }

  get settledMsat(): number {
    return [...this.payments.values()].reduce((sum, { state, costMsat }) => sum + (state === 'settled' ? costMsat : 0), 0);
  }

  /** A step before what is written counts, and one after it: the process may die on either side of it. */
  #journal(step: () => Promise<void>): Journal {
    const memory = new MemoryJournal(this.#stored);
    let lazy: JournalChange[] = [];
    return {
      read: (prefix) => memory.read(prefix),
      write: async (changes, options = {}) => {
        if (options.lazy) {
          lazy.push(...changes);
          return;
        }
        await step();
        const all = [...lazy, ...changes];
        lazy = [];
        await memory.write(all);
        this.#stored = new Map(memory.read(''));
        await step();
      },
    };
  }

  #node(step: () => Promise<void>): Node {
    const calls: Partial<Node> = {
      name: 'n0',
      pay: async ({ preimage, amountMsat, to }: PayRequest) => {
        await step();
        const hash = createHash('sha256').update(preimage).digest();
        const key = hash.toString('hex');
        const { ms, end } = this.#fates[this.sent.length % this.#fates.length]!;
        const { feeMsat, hops, native } = to as Route;
        const before = this.payments.get(key)?.state;
        if (before === 'pending' || before === 'settled') this.doubled.push(key);
        this.sent.push(key);
        const costMsat = amountMsat + feeMsat;
        this.payments.set(key, { state: 'pending', costMsat });
        const payment: Payment = { hash, amountMsat, feeMsat, hops: 2, ...(native === FOUND && { route: hops }) };
        const ended = this.clock.sleep(ms).then(() => {
          if (end === 'settled') this.payments.set(key, { state: end, ...payment, costMsat });
          else this.payments.set(key, { state: end, reason: 'TEMPORARY_CHANNEL_FAILURE', costMsat });
        });
        await ended;
        await step();
        if (end === 'failed') throw new PaymentFailedError('TEMPORARY_CHANNEL_FAILURE');
        return payment;
      },
      decodeInvoice: async (request: string) => ({ ...invoiceOf(request), payee: PAYEE, memo: '', expiryS: 3_600 }),
      payInvoice: ({ request, ...limits }: PayInvoiceRequest) => {
        const { amountMsat, preimage } = invoiceOf(request);
        return calls.pay!({ to: { ...routeOf(amountMsat, INVOICE_FEES_MSAT), native: FOUND }, amountMsat, preimage, ...limits });
      },
      lookUpPayment: async (hash: Uint8Array) => {
        await step();
        return this.payments.get(Buffer.from(hash).toString('hex')) ?? { state: 'unknown' };
      },
    };
    return calls as Node;
  }
}
