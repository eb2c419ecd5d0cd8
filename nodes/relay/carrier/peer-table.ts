/** Which circuits cross this relay, by neighbour and by the id they have on that neighbour's link. */
import type { Passage } from '../payment/passages.ts';
import { PeerCircuit } from './peer-circuit.ts';
import type { PeerLeg } from './peer-leg.ts';

/** Circuits that one neighbour may have through or to here, and all of them together. */
const CIRCUITS_PER_PEER_MAX = 1_024;
const LEGS_MAX = 8_192;

/** One leg and what stands behind it: the next link, or this relay itself. */
export type Side = { readonly leg: PeerLeg; readonly other: PeerCircuit } | Onward;

export interface Onward {
  readonly leg: PeerLeg;
  readonly other: PeerLeg;
  /** What comes in over `leg` passes this layer on its way. */
  readonly layer: Buffer;
  /** Both ways' account where this relay is paid for passing on. */
  readonly passage?: Passage | undefined;
}

export class PeerTable {
  readonly #sides = new Map<string, Map<number, Side>>();
  #count = 0;

  get(peer: string, id: number): Side | undefined {
    return this.#sides.get(peer)?.get(id);
  }

  peerHas(peer: string): boolean {
    return this.#sides.has(peer);
  }

  /** May this neighbour open one more? */
  admits(peer: string): boolean {
    return (this.#sides.get(peer)?.size ?? 0) < CIRCUITS_PER_PEER_MAX && this.#count < LEGS_MAX;
  }

  put(side: Side): void {
    const { peer, id } = side.leg;
    const known = this.#sides.get(peer);
    if (known === undefined) this.#sides.set(peer, new Map([[id, side]]));
    else known.set(id, side);
    this.#count += 1;
  }

  /** undefined when it is gone already, or its id belongs to another leg by now. */
  remove(leg: PeerLeg): Side | undefined {
    const known = this.#sides.get(leg.peer);
    const side = known?.get(leg.id);
    if (known === undefined || side?.leg !== leg) return undefined;
    known.delete(leg.id);
    if (known.size === 0) this.#sides.delete(leg.peer);
    this.#count -= 1;
    return side;
  }

  /** Legs of circuits that others opened, and that carried nothing since. */
  idleSince(ms: number): PeerLeg[] {
    const idle: PeerLeg[] = [];
    for (const known of this.#sides.values())
      for (const { leg, other } of known.values()) {
        const unused = other instanceof PeerCircuit ? other.accepted : other.usedMs < ms;
        if (leg.usedMs < ms && unused) idle.push(leg);
      }
    return idle;
  }
}
