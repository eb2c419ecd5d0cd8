/** What a relay lets its callers do with the node it stands beside, as `RelayClient.own`. Types only. */
import type { Waiting } from './node.ts';

export interface RelayOwnNode {
  /** LND's zbase32 signature by the node's key. */
  sign(message: Uint8Array, waiting?: Waiting): Promise<string>;
  /** The public key that signed, null when the signature is none of a node in the graph. */
  verify(message: Uint8Array, signature: string, waiting?: Waiting): Promise<string | null>;
  peers(waiting?: Waiting): Promise<readonly string[]>;
  /** `socket` is host:port. */
  connect(publicKey: string, socket: string, waiting?: Waiting): Promise<void>;
  disconnect(publicKey: string, waiting?: Waiting): Promise<void>;
}
