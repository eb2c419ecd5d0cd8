/** What every node's balance should have changed by, predicted from the payments that the bench and its relays made. */
import type { LedgerRoute, Payment, RelayLedger, Route, TrafficEnded } from '../../nodes/node.ts';

export interface LedgerEntry {
  /** Public key of the payer. */
  readonly payer: string;
  readonly route: LedgerRoute;
}

export interface Ledger {
  /** A payment of the bench's own that settled over this route. */
  settled(payer: string, route: Route, payment: Payment): void;
  failed(): void;
  /** Payments that the network made within itself, by node name. */
  traffic(ended: TrafficEnded): void;
  /** Settled and failed payments, and the predicted change per public key in msat. */
  readonly htlcsSettled: number;
  readonly htlcsFailed: number;
  readonly entries: readonly LedgerEntry[];
}

export interface Carried {
  readonly htlcs: number;
  readonly msat: number;
}

/** The bench's own payments, summed per payer and route. */
export class PaymentLedger implements Ledger {
  readonly #routes = new Map<string, LedgerEntry>();
  /** By node name: what traffic within the network moved. */
  readonly trafficChanges = new Map<string, Change>();
  /** By the channel's number in the plan. */
  readonly trafficCarried = new Map<number, Carried>();
  trafficFeesMsat = 0;
  trafficSettled = 0;
  htlcsSettled = 0;
  htlcsFailed = 0;

  settled(payer: string, route: Route, payment: Payment): void {
    const hops = route.hops.map((hop) => hop.publicKey);
    const once = { hops, earnedMsat: route.hops.map((hop) => hop.feeMsat), deliveredMsat: payment.amountMsat, htlcs: 1 };
    const key = [payer, ...hops].join(' ');
    const before = this.#routes.get(key);
    this.#routes.set(key, { payer, route: before === undefined ? once : added(before.route, once) });
    this.htlcsSettled += 1;
  }

  failed(): void {
    this.htlcsFailed += 1;
  }

  traffic({ changes, carried, htlcsSettled, htlcsFailed, feesMsat }: TrafficEnded): void {
    for (const { channel, htlcs, msat } of carried) {
      const before = this.trafficCarried.get(channel) ?? { htlcs: 0, msat: 0 };
      this.trafficCarried.set(channel, { htlcs: before.htlcs + htlcs, msat: before.msat + msat });
    }
    for (const [name, more] of changes) {
      const before = this.trafficChanges.get(name) ?? NOTHING;
      this.trafficChanges.set(name, sum(before, more));
    }
    this.htlcsSettled += htlcsSettled;
    this.htlcsFailed += htlcsFailed;
    this.trafficSettled += htlcsSettled;
    this.trafficFeesMsat += feesMsat;
  }

  get entries(): readonly LedgerEntry[] {
    return [...this.#routes.values()];
  }
}

/** What a relay paid between two looks at its ledger, as entries of ours; `payer` is its node's public key. */
export function relayEntries(payer: string, before: RelayLedger, after: RelayLedger): LedgerEntry[] {
  const earlier = new Map(before.routes.map((route) => [route.hops.join(' '), route]));
  return after.routes
    .map((route) => ({ payer, route: subtracted(route, earlier.get(route.hops.join(' '))) }))
    .filter(({ route }) => route.htlcs > 0);
}

export interface Change {
  /** Delivered and fees, as the payer of its own payments. */
  readonly paidMsat: number;
  /** Fees kept for forwarding. */
  readonly earnedMsat: number;
  readonly receivedMsat: number;
}

export const NOTHING: Change = { paidMsat: 0, earnedMsat: 0, receivedMsat: 0 };

export function sum(one: Change, other: Change): Change {
  return {
    paidMsat: one.paidMsat + other.paidMsat,
    earnedMsat: one.earnedMsat + other.earnedMsat,
    receivedMsat: one.receivedMsat + other.receivedMsat,
  };
}

/** Per public key. A node that no payment touched is not in it. */
export function predictedChanges(entries: readonly LedgerEntry[]): Map<string, Change> {
  const changes = new Map<string, Change>();
  const add = (key: string, more: Partial<Change>) => {
    const before = changes.get(key) ?? { paidMsat: 0, earnedMsat: 0, receivedMsat: 0 };
    changes.set(key, {
      paidMsat: before.paidMsat + (more.paidMsat ?? 0),
      earnedMsat: before.earnedMsat + (more.earnedMsat ?? 0),
      receivedMsat: before.receivedMsat + (more.receivedMsat ?? 0),
    });
  };
  for (const { payer, route } of entries) {
    add(payer, { paidMsat: route.deliveredMsat + feesMsat(route) });
    route.hops.forEach((hop, index) => {
      add(hop, { earnedMsat: route.earnedMsat[index] ?? 0 });
    });
    add(route.hops.at(-1)!, { receivedMsat: route.deliveredMsat });
  }
  return changes;
}

export function feesMsat(route: LedgerRoute): number {
  return route.earnedMsat.reduce((sum, fee) => sum + fee, 0);
}

function added(one: LedgerRoute, other: LedgerRoute): LedgerRoute {
  return {
    hops: one.hops,
    earnedMsat: one.earnedMsat.map((earned, index) => earned + (other.earnedMsat[index] ?? 0)),
    deliveredMsat: one.deliveredMsat + other.deliveredMsat,
    htlcs: one.htlcs + other.htlcs,
  };
}

function subtracted(after: LedgerRoute, before: LedgerRoute | undefined): LedgerRoute {
  if (before === undefined) return after;
  return {
    hops: after.hops,
    earnedMsat: after.earnedMsat.map((earned, index) => earned - (before.earnedMsat[index] ?? 0)),
    deliveredMsat: after.deliveredMsat - before.deliveredMsat,
    htlcs: after.htlcs - before.htlcs,
  };
}
