/** What a session needs of whatever carries its bytes. One file beside this for each way that Lightning nodes have. */
import type { OnionBytes, Waiting } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';

export interface Carrier {
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
}

/** Whose a circuit is: what it pays is counted for this session and bounded by its budget. */
export interface CircuitAccount {
  readonly session?: string | undefined;
  readonly sessionBudgetMsat?: number | undefined;
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
  /** Largest unit in bytes now; a keysend's changes when its route is asked for again. */
  readonly mtu: number;
  /**
   * 'arrived': the other node has it. 'sent': on its way, nobody will say more.
   * @throws PaymentFailedError, NoRouteError, FeeLimitError, PayloadTooLargeError, PeerError: it did not and will not arrive.
   */
  send(unit: Uint8Array, waiting?: Waiting): Promise<'arrived' | 'sent'>;
  readonly pace: Pace | null;
  /** Runs once when the way is gone; at once when it is gone already. */
  onClosed(listener: (reason: Error) => void): void;
  close(): void;
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

/** Called for every unit that arrives; `back` is the way it came where there is one to send along. */
export type UnitSink = (unit: Uint8Array, back: Circuit | null, carrier: CarrierKind) => void;
