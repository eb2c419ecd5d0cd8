/** What a session needs of whatever carries its bytes. One file beside this for each way that Lightning nodes have. */
import type { BlindedPath, OnionBytes, PaymentPurpose, ReceivedPayment, Waiting } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';
import type { Round } from '../relay-path.ts';

/** Each unit is a payment: its sender's node must know whom it pays. */
export const paysPerUnit = (kind: CarrierKind): boolean => kind === 'keysend' || kind === 'htlc-record';

/** What a carrier promises of the units it takes, while nothing breaks. test/carrier-contract.ts holds each to it. */
export interface CarrierTraits {
  /** Units arrive in the order they were sent in, however many are under way. */
  readonly ordered: boolean;
  /** What it took arrives or is said to have failed. */
  readonly lossless: boolean;
  /** It says of each unit that it arrived, or did not. */
  readonly verdict: boolean;
}

export const CARRIER_TRAITS: Readonly<Record<CarrierKind, CarrierTraits>> = {
  /** HTLCs of one commitment overtake one another at every node. */
  keysend: { ordered: false, lossless: true, verdict: true },
  'htlc-record': { ordered: false, lossless: true, verdict: true },
  /** What exceeds a limiter or a queue on the way vanishes. */
  'onion-message': { ordered: false, lossless: false, verdict: false },
  /** Several calls to LND are under way at once, and LND takes them up as they come. */
  'peer-message': { ordered: false, lossless: true, verdict: false },
};

export interface Carrier extends CarrierTraits {
  readonly kind: CarrierKind;
  /**
   * A circuit to the relay beside a node (a public key), ready to send.
   * @throws NoRouteError, PeerError, DeadlineError, FeeLimitError
   */
  open(to: string, options?: CircuitOptions): Promise<Circuit>;
}

export interface CircuitOptions extends Waiting {
  /** For onion messages: the largest packet. Default 32834. */
  readonly onionBytesMax?: OnionBytes | undefined;
  /** Where what it costs is booked. */
  readonly account?: CircuitAccount | undefined;
  /** For payments: what each unit brings the other relay, at least. */
  readonly amountMsat?: number;
  /** For peer messages: units over htlc-record come this way, and the relays on it have LND ask them for as long as the circuit stands. */
  readonly records?: boolean;
  /** For onion and peer messages: what the way should go round. */
  readonly round?: Round;
  /** For onion messages: not over a channel that joins the two nodes, whoever is at its other end would know the sender. */
  readonly indirect?: boolean;
  /** For onion messages: the way goes on from `to` along this path. */
  readonly beyond?: BlindedPath;
}

/** Whose a circuit is: what it pays is counted for this session and bounded by its budget. */
export interface CircuitAccount {
  readonly session?: string | undefined;
  readonly sessionBudgetMsat?: number | undefined;
  /** Default 'carriage'. */
  readonly purpose?: PaymentPurpose;
}

/**
 * The way for units to one other relay. Units arrive late, twice, out of order or never, as the carrier has it; what comes back
 * goes to the UnitSink that the carrier was made with, since only the unit itself says whose it is.
 */
export interface Circuit {
  readonly carrier: CarrierKind;
  readonly to: string;
  /** Channels crossed. */
  readonly hops: number;
  /** Public keys of the nodes that units go through, `to` last, where this relay knows them. */
  readonly path?: readonly string[] | undefined;
  /** Largest unit in bytes now; a keysend's changes when its route is asked for again. */
  readonly mtu: number;
  /** For payments: what a unit costs now, fees included. */
  readonly costMsat?: number;
  /**
   * 'arrived': the other node has it. 'sent': on its way, nobody will say more.
   * @throws PaymentFailedError, NoRouteError, FeeLimitError, PayloadTooLargeError, PeerError: it did not and will not arrive.
   */
  send(unit: Uint8Array, sending?: Sending): Promise<'arrived' | 'sent'>;
  readonly pace: Pace | null;
  /** Runs once when the way is gone; at once when it is gone already. */
  onClosed(listener: (reason: Error) => void): void;
  close(): void;
}

export interface Sending extends Waiting {
  /** For payments: what was received for passing this unit on. It must cover the cost, which no budget bears, and pays once only. */
  readonly paid?: ReceivedPayment;
}

/** When the carrier lets the next unit go, and what it learns of how units fared. */
export interface Pace {
  readyAt(unitBytes: number, nowMs: number): number;
  sent(unitBytes: number, nowMs: number): PaceMark;
  /** A unit that goes whatever the pace says, and of which nothing will be heard. */
  spend(unitBytes: number, nowMs: number): void;
  arrived(mark: PaceMark, nowMs: number): void;
  lost(mark: PaceMark, nowMs: number): void;
}

/** The pace's own note on one unit; opaque. */
export type PaceMark = { readonly sentMs: number };

/** What a unit came with. */
export interface Postmark {
  /** Onion messages: what stood in the last hop of the blinded path it came along. */
  readonly encrypted?: Uint8Array;
  readonly payment?: ReceivedPayment;
  /** The rendezvous that passed it on, by the id it was enlisted under. */
  readonly rendezvous?: string;
}

/** Called for every unit that arrives; `back` is the way it came where there is one to send along. */
export type UnitSink = (unit: Uint8Array, back: Circuit | null, carrier: CarrierKind, postmark?: Postmark) => void;

/** All that is known of how a unit came. */
export interface Arrival extends Postmark {
  readonly carrier: CarrierKind;
  readonly back: Circuit | null;
}
