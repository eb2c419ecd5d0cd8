/** What happens at a relay, as whoever listens hears it: `RelayClient.events` and the API's /v1/events. Types only. No keys, preimages or payload of tunnels. */
import type { CarrierKind } from './plan.ts';

/** `role`: which end of it this relay is. */
export type RelayEvent =
  | {
      readonly kind: 'session-opened';
      readonly session: string;
      readonly role: 'client' | 'exit';
      readonly carrier: CarrierKind;
      readonly hops: number;
    }
  | { readonly kind: 'session-resumed'; readonly session: string; readonly role: 'client' | 'exit' }
  | { readonly kind: 'session-closed'; readonly session: string; readonly role: 'client' | 'exit'; readonly reason: string }
  | ConnectionRefused
  | DatagramDropped
  | MessageEvent
  /** Since the relay began, told at most once a second. */
  | {
      readonly kind: 'payments';
      readonly deliveredMsat: number;
      readonly feesMsat: number;
      readonly receivedMsat: number;
      readonly htlcsSettled: number;
      readonly htlcsFailed: number;
    }
  | { readonly kind: 'contract'; readonly contract: string; readonly state: string; readonly reason?: string }
  | { readonly kind: 'page'; readonly site: string; readonly path: string; readonly bytes: number; readonly role: 'client' | 'server' }
  /** The listener was too slow, and so many events are lost to it. */
  | { readonly kind: 'missed'; readonly count: number };

export interface ConnectionRefused {
  readonly kind: 'connection-refused';
  readonly session: string;
  readonly role: 'client' | 'exit';
  readonly host: string;
  readonly port: number;
  readonly reason: string;
}

/** Told once for each flow and reason; sessions and SOCKS5 count them all. */
export interface DatagramDropped {
  readonly kind: 'datagram-dropped';
  readonly session: string;
  readonly host: string;
  readonly port: number;
  readonly reason: 'too-long' | 'no-room';
  readonly bytes: number;
  /** The longest that the carrier takes now. */
  readonly limitBytes: number;
}

export interface MessageEvent {
  readonly kind: 'message';
  readonly id: string;
  readonly replyTo?: string;
  /** The sender's public key, proven; absent when it named none. */
  readonly from?: string;
  readonly text?: string;
  /** base64, of a message that is no text. */
  readonly bytes?: string;
}

/** With the relay's clock. */
export type TimedEvent = RelayEvent & { readonly atMs: number };
