/**
 * Carrier A: one unit in one custom record beside a keysend. LND routes and pays; the route is asked for once and pinned, so that
 * its payload limit holds and no path-finding stands between units. What does not arrive is not paid.
 */
import { createHmac } from 'node:crypto';
import { FeeLimitError, NoRouteError } from '../../errors.ts';
import type { Clock, Node, Random, ReceivedPayment, Route, Waiting } from '../../node.ts';
import type { RelayPlan } from '../../plan.ts';
import { listen } from '../listen.ts';
import type { Payments } from '../payment/payments.ts';
import type { Carrier, Circuit, CircuitAccount, Sending, UnitSink } from './carrier.ts';

/** "Ley" in ASCII: odd, five bytes as a BigSize, in nobody's list (research: engine.md §8). */
export const KEYSEND_RECORD = 0x4c6579;

/** Tried in turn: the least there is, then LND's own default for an outgoing HTLC. */
const AMOUNTS_MSAT = [1, 1_000];
/** The height is asked again this long after it was. */
const HEIGHT_MS = 10_000;
/** A failed payment may mean a stale route: it is asked for anew, this often at most. */
const REROUTE_MS = 2_000;
const PAYMENT_TIMEOUT_MS = 60_000;

export interface KeysendOptions {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly payments: Payments;
  readonly sink: UnitSink;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export const keysendCarrier = async (options: KeysendOptions): Promise<Carrier> => {
  const { node, payments, sink } = options;
  await listen<ReceivedPayment>({
    ...options,
    what: 'received payments',
    subscribe: (waiting) => node.receivedPayments(waiting),
    take: (payment) => {
      const record = payment.records.find(({ type }) => type === KEYSEND_RECORD);
      if (record === undefined) return;
      payments.received(payment.amountMsat);
      sink(record.value, null, 'keysend', { payment });
    },
  });
  return {
    kind: 'keysend',
    async open(to, { signal, account, amountMsat } = {}) {
      const pinned = await PinnedRoute.find(to, amountMsat, options, { signal });
      return new KeysendCircuit(to, pinned, options, account);
    },
  };
};

class KeysendCircuit implements Circuit {
  readonly carrier = 'keysend';
  readonly to: string;
  readonly pace = null;
  readonly #route: PinnedRoute;
  readonly #options: KeysendOptions;
  readonly #account: CircuitAccount;
  /** Preimages follow from it, so that trying a unit again can never pay twice. */
  readonly #secret: Uint8Array;
  #sequence = 0;

  constructor(to: string, route: PinnedRoute, options: KeysendOptions, account: CircuitAccount = {}) {
    this.to = to;
    this.#account = account;
    this.#route = route;
    this.#options = options;
    this.#secret = options.random.bytes(32);
  }

  get hops(): number {
    return this.#route.current.hops.length;
  }

  get mtu(): number {
    return this.#route.current.payloadBytesMax;
  }

  get path(): readonly string[] {
    return this.#route.current.hops.map(({ publicKey }) => publicKey);
  }

  get costMsat(): number {
    return costOf(this.#route.current);
  }

  /** Runs to its verdict whatever the caller does meanwhile: an HTLC on its way cannot be called back. */
  async send(unit: Uint8Array, { paid }: Sending = {}): Promise<'arrived'> {
    // The hash of what was received is another payment's, which LND settles here once: so is this one's.
    const preimage = createHmac('sha256', this.#secret)
      .update(paid === undefined ? String(this.#sequence++) : paid.hash)
      .digest();
    const route = await this.#route.fresh();
    if (paid !== undefined && paid.amountMsat < costOf(route))
      throw new FeeLimitError(`passing this unit on costs ${costOf(route)} msat, ${paid.amountMsat} msat came for it`);
    const coveredMsat = paid === undefined ? {} : { coveredMsat: costOf(route) };
    const records = [{ type: KEYSEND_RECORD, value: unit }];
    try {
      const order = { purpose: 'carriage' as const, ...this.#account, ...coveredMsat };
      await this.#options.payments.pay({ ...order, route, preimage, records, timeoutMs: PAYMENT_TIMEOUT_MS });
    } catch (error) {
      this.#route.suspect();
      throw error;
    }
    return 'arrived';
  }

  onClosed(): void {}

  close(): void {}
}

const costOf = ({ amountMsat, feeMsat }: Route): number => amountMsat + feeMsat;

/** A route kept until it goes stale or a payment over it fails. */
class PinnedRoute {
  current: Route;
  readonly #destination: string;
  readonly #options: KeysendOptions;
  #heightMs: number;
  #suspected = false;
  #routedMs: number;
  #asking: Promise<void> | undefined;

  /** @throws NoRouteError, FeeLimitError */
  static async find(
    destination: string,
    atLeastMsat: number | undefined,
    options: KeysendOptions,
    waiting: Waiting = {},
  ): Promise<PinnedRoute> {
    const { node, plan } = options;
    for (const least of AMOUNTS_MSAT) {
      const amountMsat = Math.max(least, atLeastMsat ?? 0);
      try {
        const route = await node.route({ destination, amountMsat, maxFeeMsat: plan.feeLimitMsat, signal: waiting.signal });
        return new PinnedRoute(destination, route, options);
      } catch (error) {
        if (!(error instanceof NoRouteError) || least === AMOUNTS_MSAT.at(-1)) throw error;
      }
    }
    throw new TypeError('a bug: no amount to try');
  }

  private constructor(destination: string, route: Route, options: KeysendOptions) {
    this.current = route;
    this.#destination = destination;
    this.#options = options;
    this.#heightMs = this.#routedMs = options.clock.now();
  }

  /** A payment over it failed. */
  suspect(): void {
    this.#suspected = true;
  }

  async fresh(): Promise<Route> {
    const nowMs = this.#options.clock.now();
    const due = nowMs - this.#heightMs >= HEIGHT_MS || (this.#suspected && nowMs - this.#routedMs >= REROUTE_MS);
    if (due)
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    await this.#asking;
    return this.current;
  }

  async #ask(): Promise<void> {
    const { node, plan, clock, signal, log } = this.#options;
    try {
      const height = await node.height({ signal });
      this.#heightMs = clock.now();
      if (height <= this.current.staleAtHeight && !this.#suspected) return;
      this.#suspected = false;
      this.#routedMs = clock.now();
      const { amountMsat } = this.current;
      this.current = await node.route({ destination: this.#destination, amountMsat, maxFeeMsat: plan.feeLimitMsat, signal });
    } catch (error) {
      // The old route may serve on; if not, payments over it fail and say why.
      log(`keysend: the route could not be asked for anew: ${String(error)}`);
    }
  }
}
