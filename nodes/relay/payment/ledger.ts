/**
 * What this relay paid and was paid, as sums that stay small: settled payments by route, by session and purpose, and by hour. Each
 * sum is a record of the journal, so that a relay that starts again goes on counting where it ended.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Journal, JournalChange, LedgerAccount, LedgerRoute, PaymentPurpose, RelayLedger } from '../../node.ts';

/** Routes summed apart. */
export const ROUTES_MAX = 100_000;
/** Sessions and purposes summed apart; the one unused longest makes room. */
const ACCOUNTS_MAX = 4_096;
const HOUR_MS = 3_600_000;
/** The hour that runs and 24 whole ones before it: never less than a day, at most an hour more. */
const DAY_HOURS = 24;

export const PURPOSES = [
  'carriage',
  'prepaid',
  'window',
  'contract',
  'circuit',
  'rendezvous',
  'invoice',
] as const satisfies readonly PaymentPurpose[];

/**
 * A payment as the journal holds it while nobody knows its end. LND finds an invoice's way: until it is known the payee stands for it, with
 * the most that the way may cost.
 */
export const PAYMENT_ENTRY = z.strictObject({
  hops: z.array(z.string()).min(1),
  /** What each hop keeps as its fee. */
  earnedMsat: z.array(z.int().min(0)),
  amountMsat: z.int().min(0),
  atMs: z.number(),
  purpose: z.enum(PURPOSES),
  session: z.string(),
  /** Of its cost, what was received for making it: no budget bears that. */
  coveredMsat: z.int().min(0).exactOptional(),
});
export type PaymentEntry = z.infer<typeof PAYMENT_ENTRY>;

const ROUTE_SUM = z.strictObject({
  hops: z.array(z.string()),
  earnedMsat: z.array(z.int()),
  deliveredMsat: z.int(),
  htlcs: z.int(),
});
const ACCOUNT_SUM = z.strictObject({
  session: z.string(),
  purpose: z.enum(PURPOSES),
  deliveredMsat: z.int(),
  feesMsat: z.int(),
  htlcs: z.int(),
  usedMs: z.number(),
});
const TOTALS = z.strictObject({ receivedMsat: z.int(), failed: z.int(), coveredMsat: z.int().default(0) });

interface RouteSum extends z.infer<typeof ROUTE_SUM> {
  readonly key: string;
}
type AccountSum = z.infer<typeof ACCOUNT_SUM>;

const KEY = { route: 'route/', account: 'account/', hour: 'hour/', totals: 'totals' } as const;

export const feesOf = ({ earnedMsat }: Pick<PaymentEntry, 'earnedMsat'>): number => earnedMsat.reduce((sum, fee) => sum + fee, 0);

export class Ledger {
  readonly #routes = new Map<string, RouteSum>();
  /** The one unused longest first. */
  readonly #accounts = new Map<string, AccountSum>();
  readonly #hours = new Map<number, number>();
  #totals = { receivedMsat: 0, failed: 0, coveredMsat: 0 };
  #deliveredMsat = 0;
  #feesMsat = 0;
  #settled = 0;

  constructor(journal: Journal) {
    for (const [key, value] of journal.read(KEY.route)) this.#addRoute({ key, ...ROUTE_SUM.parse(JSON.parse(value)) });
    const accounts = journal.read(KEY.account).map(([key, value]) => [key, ACCOUNT_SUM.parse(JSON.parse(value))] as const);
    for (const [key, sum] of accounts.toSorted(([, one], [, other]) => one.usedMs - other.usedMs)) this.#accounts.set(key, sum);
    for (const [key, value] of journal.read(KEY.hour))
      this.#hours.set(Number(key.slice(KEY.hour.length)), z.int().parse(JSON.parse(value)));
    for (const [, value] of journal.read(KEY.totals)) this.#totals = TOTALS.parse(JSON.parse(value));
  }

  get spentMsat(): number {
    return this.#deliveredMsat + this.#feesMsat - this.#totals.coveredMsat;
  }

  /** An hour ahead of the clock counts too: a clock that was set back frees nothing. */
  spentDayMsat(nowMs: number): number {
    const since = hourOf(nowMs) - DAY_HOURS;
    let spent = 0;
    for (const [hour, msat] of this.#hours) if (hour >= since) spent += msat;
    return spent;
  }

  spentBy(session: string): number {
    let spent = 0;
    for (const purpose of PURPOSES) {
      const sum = this.#accounts.get(accountKey(session, purpose));
      if (sum !== undefined) spent += sum.deliveredMsat + sum.feesMsat;
    }
    return spent;
  }

  accountsOf(session: string): LedgerAccount[] {
    return PURPOSES.flatMap((purpose) => this.#accounts.get(accountKey(session, purpose)) ?? []).map(shown);
  }

  /** Can a payment over these hops be added up? */
  holds(hops: readonly string[]): boolean {
    return this.#routes.size < ROUTES_MAX || this.#routes.has(hops.join());
  }

  /** It settled. What changed, for the journal. */
  settled(entry: PaymentEntry): JournalChange[] {
    const route = this.#routeOf(entry);
    for (const [index, fee] of entry.earnedMsat.entries()) route.earnedMsat[index] = (route.earnedMsat[index] as number) + fee;
    route.deliveredMsat += entry.amountMsat;
    route.htlcs += 1;
    const fees = feesOf(entry);
    this.#deliveredMsat += entry.amountMsat;
    this.#feesMsat += fees;
    this.#settled += 1;
    const { key, ...sum } = route;
    return [{ key, value: JSON.stringify(sum) }, ...this.#account(entry, fees), ...this.#hour(entry, fees), ...this.#covered(entry)];
  }

  /** It failed and moved nothing. */
  failed(): JournalChange[] {
    this.#totals = { ...this.#totals, failed: this.#totals.failed + 1 };
    return [{ key: KEY.totals, value: JSON.stringify(this.#totals) }];
  }

  received(amountMsat: number): JournalChange[] {
    this.#totals = { ...this.#totals, receivedMsat: this.#totals.receivedMsat + amountMsat };
    return [{ key: KEY.totals, value: JSON.stringify(this.#totals) }];
  }

  read(budgetMsat: number): RelayLedger {
    return {
      deliveredMsat: this.#deliveredMsat,
      feesMsat: this.#feesMsat,
      receivedMsat: this.#totals.receivedMsat,
      htlcsSettled: this.#settled,
      htlcsFailed: this.#totals.failed,
      budgetMsat,
      routes: [...this.#routes.values()].map(
        ({ key: _, ...route }): LedgerRoute => ({ ...route, hops: [...route.hops], earnedMsat: [...route.earnedMsat] }),
      ),
      accounts: [...this.#accounts.values()].map(shown),
    };
  }

  #addRoute(sum: RouteSum): void {
    this.#routes.set(sum.hops.join(), sum);
    this.#deliveredMsat += sum.deliveredMsat;
    this.#feesMsat += feesOf(sum);
    this.#settled += sum.htlcs;
  }

  #routeOf({ hops }: PaymentEntry): RouteSum {
    const path = hops.join();
    let sum = this.#routes.get(path);
    if (sum === undefined) {
      const key = `${KEY.route}${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
      sum = { key, hops: [...hops], earnedMsat: hops.map(() => 0), deliveredMsat: 0, htlcs: 0 };
      this.#routes.set(path, sum);
    }
    return sum;
  }

  #account({ session, purpose, amountMsat, atMs }: PaymentEntry, feesMsat: number): JournalChange[] {
    const key = accountKey(session, purpose);
    const before = this.#accounts.get(key) ?? { session, purpose, deliveredMsat: 0, feesMsat: 0, htlcs: 0, usedMs: 0 };
    const sum: AccountSum = {
      ...before,
      deliveredMsat: before.deliveredMsat + amountMsat,
      feesMsat: before.feesMsat + feesMsat,
      htlcs: before.htlcs + 1,
      usedMs: Math.max(before.usedMs, atMs),
    };
    this.#accounts.delete(key);
    this.#accounts.set(key, sum);
    const changes: JournalChange[] = [{ key, value: JSON.stringify(sum) }];
    if (this.#accounts.size > ACCOUNTS_MAX) {
      const [oldest] = this.#accounts.keys() as Iterable<string>;
      this.#accounts.delete(oldest as string);
      changes.push({ key: oldest as string, value: null });
    }
    return changes;
  }

  #covered({ coveredMsat = 0 }: PaymentEntry): JournalChange[] {
    if (coveredMsat === 0) return [];
    this.#totals = { ...this.#totals, coveredMsat: this.#totals.coveredMsat + coveredMsat };
    return [{ key: KEY.totals, value: JSON.stringify(this.#totals) }];
  }

  #hour({ amountMsat, atMs, coveredMsat = 0 }: PaymentEntry, feesMsat: number): JournalChange[] {
    const hour = hourOf(atMs);
    const spent = (this.#hours.get(hour) ?? 0) + amountMsat + feesMsat - coveredMsat;
    this.#hours.set(hour, spent);
    const changes: JournalChange[] = [{ key: `${KEY.hour}${hour}`, value: String(spent) }];
    for (const past of this.#hours.keys())
      if (past < hour - DAY_HOURS) {
        this.#hours.delete(past);
        changes.push({ key: `${KEY.hour}${past}`, value: null });
      }
    return changes;
  }
}

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

const accountKey = (session: string, purpose: PaymentPurpose): string => `${KEY.account}${session}/${purpose}`;

const shown = ({ usedMs: _, ...account }: AccountSum): LedgerAccount => account;
