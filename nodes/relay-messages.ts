/** Messages between relays, as `RelayClient.messages` offers them. Types only. */
import type { Identity, OnionBytes, Waiting } from './node.ts';
import type { CarrierKind } from './plan.ts';

export interface RelayMessages {
  /**
   * Resolves when the other relay holds the message, and only then. @throws RefusedError with its reason (inbox full, too large, another
   * message of this id), DeadlineError, SessionError, and what opening a session throws.
   */
  send(request: MessageRequest): Promise<MessageSent>;
  /** What came here and was not removed, oldest first. What was listed may make room for newer ones. */
  list(request?: ListRequest): Promise<readonly ReceivedMessage[]>;
  /** False when there is none of this id. */
  remove(id: string, waiting?: Waiting): Promise<boolean>;
}

export interface MessageRequest extends Waiting {
  /** A public key; left out with `replyTo` alone, the answer goes to whoever sent that message, through its own session while it lives. */
  readonly to?: string;
  /** Default 'auto'. */
  readonly carrier?: CarrierKind | 'auto';
  readonly onionBytesMax?: OnionBytes;
  /** Default 'anonymous': the receiver cannot tell who sent it. */
  readonly identity?: Identity;
  /** One of the two. */
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** Id of the message this one answers. */
  readonly replyTo?: string;
  /** 32 hex characters: sent again under the same id, a message is shown once. Default: a fresh one. */
  readonly id?: string;
  /** Default 120 s. */
  readonly timeoutMs?: number;
}

export interface MessageSent {
  readonly id: string;
  /** Sessions that broke on the way: each time it was sent again. */
  readonly retries: number;
}

export interface ListRequest extends Waiting {
  /** Those that came after the message with this number. */
  readonly after?: number;
  readonly limit?: number;
}

export interface ReceivedMessage {
  /** Counts what came here. */
  readonly number: number;
  readonly id: string;
  readonly replyTo?: string;
  /** The sender's public key, proven; absent when it named none. */
  readonly from?: string;
  readonly atMs: number;
  readonly text?: string;
  readonly bytes?: Uint8Array;
}
