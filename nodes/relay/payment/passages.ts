/**
 * How relays on a circuit over peer messages are paid for what they pass on. A relay carries a window unpaid, asks the circuit's opener
 * (toll.ts) and grants no further credit on the circuit's links until a keysend under their common secret came: it stands still, and
 * nothing of it is lost. The opener pays some way ahead, never for more than it carried itself, and never above a price.
 * Exposure of a relay: PASSAGE_WINDOW_BYTES and one link's credit each way; of the opener: PASSAGE_AHEAD_BYTES and one window, per relay.
 */
import { createHash } from 'node:crypto';
import type { Clock, Node, ReceivedPayment } from '../../node.ts';
import type { Price } from '../../plan.ts';
import type { CircuitAccount } from '../carrier/carrier.ts';
import { FrameError } from '../wire/bytes.ts';
import { ExitAccount } from './exit-account.ts';
import type { Payments } from './payments.ts';
import { MIB, msatFor } from './price.ts';
import { decodePaymentRecord, encodePaymentRecord, PAYMENT_RECORD, preimageOf, tagOf } from './record.ts';
import { decodeToll, encodeToll } from './toll.ts';

export const PASSAGE_WINDOW_BYTES = 256 * 1024;
export const PASSAGE_AHEAD_BYTES = 4 * MIB;
/** Dearer relays are not paid: their circuits stand still, and the log says so. */
export const PASSAGE_PRICE_MAX_MSAT = 100_000;
/** A circuit that is not paid for so long is closed. */
const GRACE_MS = 30_000;
/** What a relay may count beyond what passed here: what is under way on all links. */
const UNDER_WAY_BYTES = 2 * MIB;

export interface PassagesOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly payments: Payments;
  /** What we ask; undefined: nothing. */
  readonly price: Price | undefined;
  readonly feeLimitMsat: number;
  log(line: string): void;
}

/** One circuit through this relay. */
export interface Passage {
  /** So many bytes were passed on; `grant` runs when the link may have credit for them. */
  carried(bytes: number, grant: () => void): void;
  end(): void;
}

export interface PassageHooks {
  /** Tells the opener. */
  ask(body: Buffer): void;
  /** It was not paid. */
  drop(reason: Error): void;
}

export interface Hop {
  readonly publicKey: string;
  readonly secret: Buffer;
}

export class Passages {
  readonly #options: PassagesOptions;
  readonly #known = new Map<string, ExitAccount>();

  constructor(options: PassagesOptions) {
    this.#options = options;
  }

  /** At a relay on the way; undefined: it asks nothing. */
  open(secret: Buffer, { ask, drop }: PassageHooks): Passage | undefined {
    const { price, clock } = this.#options;
    if (price === undefined || price.msat === 0) return undefined;
    const grants: (() => void)[] = [];
    const flush = (): void => {
      for (const grant of grants.splice(0)) grant();
    };
    const terms = { mode: 'window', price, windowBytes: PASSAGE_WINDOW_BYTES, graceMs: GRACE_MS } as const;
    const account = new ExitAccount({ session: { exporter: () => secret, gateMoved: flush, fail: drop }, terms, clock });
    const known = this.#known;
    known.set(account.tag, account);
    account.onNews(({ servedBytes, dueMsat }) => {
      if (dueMsat > 0) ask(encodeToll(secret, { msatPerMib: price.msat, carriedBytes: servedBytes }));
    });
    return {
      carried(bytes, grant) {
        grants.push(grant);
        account.passed(bytes);
        if (account.left() > 0) flush();
      },
      end() {
        account.end();
        known.delete(account.tag);
      },
    };
  }

  /** A keysend that settled here: true when it was for one of these circuits and had not been counted. */
  received({ hash, amountMsat, records }: ReceivedPayment): boolean {
    const record = records.find(({ type }) => type === PAYMENT_RECORD);
    if (record === undefined) return false;
    try {
      const decoded = decodePaymentRecord(record.value);
      return this.#known.get(decoded.tag)?.take(decoded, hash, amountMsat) ?? false;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      return false;
    }
  }

  /** At the opener: what takes the tolls of one circuit and pays them. @param carried bytes that this end sent and took. */
  payer(hops: readonly Hop[], carried: () => number, account: CircuitAccount): (body: Uint8Array) => void {
    const tolls = new Map(hops.map((hop) => [tagOf(hop.secret), new TollPayer(hop, carried, account, this.#options)]));
    return (body) => {
      const { tag, ...toll } = decodeToll(body, (asked) => tolls.get(asked)?.secret);
      tolls.get(tag)?.asked(toll.msatPerMib, toll.carriedBytes);
    };
  }
}

class TollPayer {
  readonly #hop: Hop;
  readonly #carried: () => number;
  readonly #account: CircuitAccount;
  readonly #options: PassagesOptions;
  #sequence = 0;
  #paidMsat = 0;
  #paying = false;
  #refused = false;

  constructor(hop: Hop, carried: () => number, account: CircuitAccount, options: PassagesOptions) {
    this.#hop = hop;
    this.#carried = carried;
    this.#account = account;
    this.#options = options;
  }

  get secret(): Buffer {
    return this.#hop.secret;
  }

  /** While one payment is on its way further asking is heard again later: the relay asks when it stands still. */
  asked(msat: number, carriedBytes: number): void {
    if (this.#paying || this.#refused) return;
    const { log } = this.#options;
    const name = `${this.#hop.publicKey.slice(0, 12)}…`;
    if (msat > PASSAGE_PRICE_MAX_MSAT) {
      this.#refused = true;
      log(`circuit: the relay ${name} asks ${msat} msat/MiB, at most ${PASSAGE_PRICE_MAX_MSAT} are paid`);
      return;
    }
    const believed = Math.min(carriedBytes, this.#carried() + UNDER_WAY_BYTES);
    const dueMsat = msatFor(believed + PASSAGE_AHEAD_BYTES, { msat, per: 'MiB' }) - this.#paidMsat;
    if (dueMsat <= 0) return;
    this.#paying = true;
    this.#pay(dueMsat)
      .catch((error: unknown) => log(`circuit: the relay ${name} was not paid: ${String(error)}`))
      .finally(() => {
        this.#paying = false;
      });
  }

  async #pay(amountMsat: number): Promise<void> {
    const { node, payments, feeLimitMsat } = this.#options;
    const { publicKey, secret } = this.#hop;
    const route = await node.route({ destination: publicKey, amountMsat, maxFeeMsat: feeLimitMsat });
    const sequence = this.#sequence++;
    const preimage = preimageOf(secret, sequence);
    const hash = createHash('sha256').update(preimage).digest();
    const records = [{ type: PAYMENT_RECORD, value: encodePaymentRecord(secret, sequence, hash) }];
    await payments.pay({ ...this.#account, route, preimage, records, purpose: 'circuit' });
    this.#paidMsat += amountMsat;
  }
}
