/** The end of a circuit over peer messages, as a session or the bench uses it. */
import type { Circuit } from './carrier.ts';
import { PEER_UNIT_BYTES_MAX } from './peer-frame.ts';
import type { PeerLeg } from './peer-leg.ts';

export class PeerCircuit implements Circuit {
  readonly carrier = 'peer-message';
  /** At the far end: the neighbour it came through; who opened it is not told. */
  readonly to: string;
  readonly hops: number;
  /** Opened by another relay, and ends here. */
  readonly accepted: boolean;
  readonly mtu = PEER_UNIT_BYTES_MAX;
  readonly pace = null;
  /** Resolves when the far end answered, rejects when the circuit ends before. */
  readonly opened: Promise<void>;
  readonly #leg: PeerLeg;
  readonly #drop: () => void;
  readonly #listeners: ((reason: Error) => void)[] = [];
  readonly #settle: { resolve(): void; reject(error: Error): void };
  #ended: Error | undefined;

  /** @param hops channels to the far end where we opened it; null: another relay did. */
  constructor(leg: PeerLeg, to: string, hops: number | null, drop: () => void) {
    this.#leg = leg;
    this.to = to;
    this.hops = hops ?? 1;
    this.accepted = hops === null;
    this.#drop = drop;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // whoever opens it waits for it; the far end does not
    this.opened = promise;
    this.#settle = { resolve, reject };
  }

  async send(unit: Uint8Array): Promise<'sent'> {
    await this.#leg.send(unit);
    return 'sent';
  }

  onClosed(listener: (reason: Error) => void): void {
    if (this.#ended === undefined) this.#listeners.push(listener);
    else listener(this.#ended);
  }

  close(): void {
    this.#drop();
  }

  confirm(): void {
    this.#settle.resolve();
  }

  ended(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#settle.reject(reason);
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }
}
