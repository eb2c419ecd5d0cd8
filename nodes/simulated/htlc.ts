/** One HTLC on one channel, and what its onion says: plain values that the links pass about. */
import type { TlvRecord } from '../node.ts';
import type { Channel } from './channel.ts';
import type { LinkEnd } from './link.ts';

/** BOLT 4's words, as LND spells them. */
export type FailureCode =
  | 'TEMPORARY_CHANNEL_FAILURE'
  | 'UNKNOWN_NEXT_PEER'
  | 'AMOUNT_BELOW_MINIMUM'
  | 'FEE_INSUFFICIENT'
  | 'INCORRECT_CLTV_EXPIRY'
  | 'EXPIRY_TOO_SOON'
  | 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS';

export interface Failure {
  readonly code: FailureCode;
  /** Index of the hop that refused. */
  readonly hop: number;
}

/** One layer: what this hop passes on (the last: receives), and over which channel it was reached. */
export interface PathHop {
  readonly publicKey: string;
  readonly channel: Channel;
  readonly forwardMsat: number;
  readonly feeMsat: number;
  readonly expiry: number;
}

export interface Onion {
  readonly hops: readonly PathHop[];
  readonly records: readonly TlvRecord[];
  /** A keysend's; null: an invoice is paid, whose payee alone knows it. */
  readonly preimage: Uint8Array | null;
  /** The invoice's payment secret: who has not seen the request cannot probe for it. */
  readonly secret?: Uint8Array;
}

/** Who hears how it ended: the payer's attempt, or the link that it came in by. */
export interface HtlcOrigin {
  settled(): void;
  failed(failure: Failure): void;
}

export interface Htlc {
  readonly hash: string;
  readonly amountMsat: number;
  readonly expiry: number;
  readonly onion: Onion;
  /** Of this update_add_htlc alone: nobody passes them on unasked. */
  readonly wireRecords: readonly TlvRecord[];
  /** Index in the onion of the node that receives this HTLC. */
  readonly hop: number;
  readonly origin: HtlcOrigin;
}

export interface HtlcHandler {
  /** Both commitments hold it: pass it on, take it, or fail it. */
  accepted(at: LinkEnd, htlc: Htlc): void;
}
