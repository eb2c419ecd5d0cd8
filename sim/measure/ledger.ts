/** What every node's balance should have changed by, predicted from the payments that the bench and its relays made. */
import type { LedgerRoute, Payment, Route } from '../../nodes/node.ts';

export interface LedgerEntry {
  /** Public key of the payer. */
  readonly payer: string;
  readonly route: LedgerRoute;
}

export interface Ledger {
  /** A payment of the bench's own that settled over this route. */
  settled(payer: string, route: Route, payment: Payment): void;
  failed(): void;
  /** Settled and failed payments, and the predicted change per public key in msat. */
  readonly htlcsSettled: number;
  readonly htlcsFailed: number;
  readonly entries: readonly LedgerEntry[];
}
