/** What a relay says of itself to whoever asks, before any session. Types only. */
import type { Waiting } from './node.ts';
import type { CarrierKind, PaymentMode, Price } from './plan.ts';

export interface RelayHello {
  readonly publicKey: string;
  /** Of units and sessions; who speaks another cannot open a session there. */
  readonly protocol: number;
  readonly carriers: readonly CarrierKind[];
  /** What its exit asks where the carrier itself pays nothing; null: nothing. */
  readonly service: { readonly mode: PaymentMode; readonly price: Price } | null;
  /** What passing on over peer messages costs; null: nothing. */
  readonly passage: Price | null;
  readonly limits: {
    /** Open at once. */
    readonly sessions: number;
    /** Mode window: served before it is paid. */
    readonly windowBytes: number | null;
  };
}

export interface RelayHelloRequest extends Waiting {
  /** Public key of the node that it stands beside. */
  readonly of: string;
  /** Default: peer messages where relays stand all along the way, else onion messages. Neither costs anything. */
  readonly carrier?: 'peer-message' | 'onion-message';
}
