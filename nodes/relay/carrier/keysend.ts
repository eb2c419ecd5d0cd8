/**
 * Carrier A: one unit in one custom record beside a keysend. LND routes and pays; the route is asked for once and pinned, so that
 * its payload limit holds and no path-finding stands between units. What does not arrive is not paid.
 */
import { createHmac } from 'node:crypto';
import { FeeLimitError } from '../../errors.ts';
import type { Clock, Node, Random } from '../../node.ts';
import type { RelayPlan } from '../../plan.ts';
import type { Payments } from '../payment/payments.ts';
import { CARRIER_TRAITS, type Carrier, type Circuit, type CircuitAccount, type Sending } from './carrier.ts';
import { costOf, PinnedRoute } from './pinned-route.ts';

/** "Ley" in ASCII: odd, five bytes as a BigSize, in nobody's list (research: engine.md §8). */
export const KEYSEND_RECORD = 0x4c6579;

const PAYMENT_TIMEOUT_MS = 60_000;

export interface KeysendOptions {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly payments: Payments;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export const keysendCarrier = (options: KeysendOptions): Carrier => ({
  kind: 'keysend',
  ...CARRIER_TRAITS.keysend,
  async open(to, { signal, account, amountMsat } = {}) {
    const pinned = await PinnedRoute.find(to, amountMsat, options, { signal });
    return new KeysendCircuit(to, pinned, options, account);
  },
});

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
