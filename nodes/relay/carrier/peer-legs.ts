/** The legs of all circuits at this relay: how they are made, and every way in which they end. */
import { PeerError } from '../../errors.ts';
import { withDeadline } from '../deadline.ts';
import { TokenBucket } from '../token-bucket.ts';
import { PeerCircuit } from './peer-circuit.ts';
import { encodePeerFrame } from './peer-frame.ts';
import { PeerLeg } from './peer-leg.ts';
import { PeerLink } from './peer-link.ts';
import type { PeerMessageOptions } from './peer-message.ts';
import { PeerTable, type Side } from './peer-table.ts';

/** A circuit that carried nothing for so long makes room when room is needed. */
const IDLE_MS = 600_000;
const CLOSE_DEADLINE_MS = 10_000;
/** "No such circuit": said to frames that are nobody's, and to openings that are refused. */
const REFUSALS = { perS: 16, burst: 16 };

export class PeerLegs {
  readonly #options: PeerMessageOptions;
  readonly #links = new Map<string, PeerLink>();
  readonly #table = new PeerTable();
  readonly #refusals: TokenBucket;

  constructor(options: PeerMessageOptions) {
    this.#options = options;
    this.#refusals = new TokenBucket(REFUSALS, options.clock.now());
  }

  get(peer: string, id: number): Side | undefined {
    return this.#table.get(peer, id);
  }

  put(side: Side): void {
    this.#table.put(side);
  }

  /** May this peer open a circuit of this id now? */
  free(peer: string, id: number): boolean {
    if (!this.#table.admits(peer)) this.#sweep();
    const { publicKey } = this.#options.node;
    return id % 2 === parity(peer, publicKey) && this.#table.get(peer, id) === undefined && this.#table.admits(peer);
  }

  /** A leg of a circuit that comes from a peer. */
  from(peer: string, id: number): PeerLeg {
    return new PeerLeg(peer, id, this.#link(peer), this.#options.clock);
  }

  /** A leg of a circuit that goes on to a peer. */
  toward(peer: string): PeerLeg {
    const { node, random } = this.#options;
    let id: number;
    do id = Math.floor(random.float() * 2 ** 31) * 2 + parity(node.publicKey, peer);
    while (this.#table.get(peer, id) !== undefined);
    return this.from(peer, id);
  }

  /** Our own side is done: what waits goes first, then the close that says how much it was. */
  finish(leg: PeerLeg): void {
    this.#limited(leg.finish()).then(
      (bytes) => {
        leg.say({ kind: 'close', id: leg.id, bytes });
        this.#forget(leg, new PeerError('the circuit was closed here'));
      },
      (error: Error) => this.drop(leg, error),
    );
  }

  /** The neighbour is done: what it sent before may still come, and goes on before the close does. */
  closing(leg: PeerLeg, bytes: number): void {
    this.#limited(leg.expect(bytes)).then(
      () => {
        const side = this.#forget(leg, new PeerError('a relay on the way closed the circuit'));
        if (side !== undefined && 'layer' in side) this.finish(side.other);
      },
      (error: Error) => this.drop(leg, error),
    );
  }

  /** Something broke: both sides are told at once. */
  drop(leg: PeerLeg, reason: Error): void {
    const side = this.#forget(leg, reason);
    if (side === undefined) return;
    leg.say({ kind: 'close', id: leg.id, bytes: 0 });
    if ('layer' in side) this.drop(side.other, reason);
  }

  /** There is no such circuit, or none is wanted: said to a neighbour that outlived our restart, but not as often as it likes. */
  refuse(peer: string, id: number): void {
    if (!this.#refusals.take(this.#options.clock.now())) return;
    this.#link(peer).post({ data: encodePeerFrame({ kind: 'close', id, bytes: 0 }), sent: () => {}, failed: () => {} });
    this.#tidy(peer);
  }

  #limited<T>(work: Promise<T>): Promise<T> {
    const late = () => new PeerError('a circuit that was being closed stood still');
    return withDeadline({ clock: this.#options.clock, ms: CLOSE_DEADLINE_MS, late }, work);
  }

  #forget(leg: PeerLeg, reason: Error): Side | undefined {
    const side = this.#table.remove(leg);
    if (side === undefined) return undefined;
    leg.close(reason);
    if ('layer' in side) side.passage?.end();
    if (side.other instanceof PeerCircuit) side.other.ended(reason);
    this.#tidy(leg.peer);
    return side;
  }

  #link(peer: string): PeerLink {
    let link = this.#links.get(peer);
    if (link === undefined) {
      const { node, signal } = this.#options;
      link = new PeerLink((type, data) => node.sendPeerMessage({ to: peer, type, data, signal }));
      this.#links.set(peer, link);
    }
    return link;
  }

  /** Whoever opens circuits to keys that nobody has must not make us remember them. */
  #tidy(peer: string): void {
    if (!this.#table.peerHas(peer)) this.#links.delete(peer);
  }

  #sweep(): void {
    const idle = this.#table.idleSince(this.#options.clock.now() - IDLE_MS);
    for (const leg of idle) this.drop(leg, new PeerError('the circuit was idle'));
  }
}

/** The lesser key opens even circuits: both may open at the same moment. */
const parity = (opener: string, other: string): number => (opener < other ? 0 : 1);
