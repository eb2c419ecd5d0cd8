/** The end of a circuit over peer messages, as a session or the bench uses it: it puts the layers on and takes them off. */
import { timingSafeEqual } from 'node:crypto';
import { PayloadTooLargeError, PeerError } from '../../errors.ts';
import type { Circuit } from './carrier.ts';
import { layered, UNIT_NUMBER_MAX } from './circuit-layers.ts';
import { LAYERED_HEADER_BYTES, PEER_UNIT_BYTES_MAX, withHeaderRoom } from './peer-frame.ts';
import type { PeerLeg } from './peer-leg.ts';

export interface PeerCircuitOptions {
  readonly leg: PeerLeg;
  /** At the far end: the neighbour it came through; who opened it is not told. */
  readonly to: string;
  /** Public keys to the far end where we opened it; null: another relay did. */
  readonly path: readonly string[] | null;
  /** What goes out passes these, what comes in those. */
  readonly outward: readonly Buffer[];
  readonly inward: readonly Buffer[];
  /** What the far end answers, where we opened it. */
  readonly proof: Uint8Array | null;
  /** Units that it may send in its life. Default: as many as there are numbers. */
  readonly unitsMax?: number;
  /** Takes what relays on the way ask of the opener. */
  readonly tolls?: ((body: Uint8Array) => void) | undefined;
  drop(): void;
}

export class PeerCircuit implements Circuit {
  readonly carrier = 'peer-message';
  readonly mtu = PEER_UNIT_BYTES_MAX;
  readonly pace = null;
  /** Resolves when the far end answered, rejects when the circuit ends before. */
  readonly opened: Promise<void>;
  readonly #options: PeerCircuitOptions;
  readonly #listeners: ((reason: Error) => void)[] = [];
  readonly #settle: { resolve(): void; reject(error: Error): void };
  #number = 0;
  /** Of units, both ways. */
  carriedBytes = 0;
  #ended: Error | undefined;

  constructor(options: PeerCircuitOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // whoever opens it waits for it; the far end does not
    this.opened = promise;
    this.#settle = { resolve, reject };
  }

  get to(): string {
    return this.#options.to;
  }

  get hops(): number {
    return this.#options.path?.length ?? 1;
  }

  get path(): readonly string[] | undefined {
    return this.#options.path ?? undefined;
  }

  /** Opened by another relay, and ends here. */
  get accepted(): boolean {
    return this.#options.path === null;
  }

  async send(unit: Uint8Array): Promise<'sent'> {
    if (unit.length > this.mtu) throw new PayloadTooLargeError('peer-message', unit.length, this.mtu);
    if (this.#number >= (this.#options.unitsMax ?? UNIT_NUMBER_MAX)) {
      this.close();
      throw new PeerError('the circuit has used up its unit numbers', { hint: 'open another' });
    }
    this.#number += 1;
    this.carriedBytes += unit.length;
    const message = layered(this.#options.outward, this.#number, withHeaderRoom(unit));
    await this.#options.leg.send({ number: this.#number, message });
    return 'sent';
  }

  /** The unit in a message that came, without its layers: a view of memory of its own. */
  read(number: number, message: Uint8Array): Buffer {
    this.carriedBytes += message.length - LAYERED_HEADER_BYTES;
    return layered(this.#options.inward, number, message).subarray(LAYERED_HEADER_BYTES);
  }

  /** The proof that goes back to the opener. */
  answer(proof: Uint8Array): Buffer {
    return layered(this.#options.outward, 0, withHeaderRoom(proof));
  }

  /** @throws FrameError */
  toll(body: Uint8Array): void {
    this.#options.tolls?.(body);
  }

  /** False: somebody else than the far end answered. */
  confirm(message: Uint8Array): boolean {
    const { proof } = this.#options;
    if (proof === null || !timingSafeEqual(this.read(0, message), proof)) return false;
    this.#settle.resolve();
    return true;
  }

  onClosed(listener: (reason: Error) => void): void {
    if (this.#ended === undefined) this.#listeners.push(listener);
    else listener(this.#ended);
  }

  close(): void {
    this.#options.drop();
  }

  ended(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#settle.reject(reason);
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }
}
