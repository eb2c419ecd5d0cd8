/**
 * Carrier D: units in BOLT 1 custom messages, passed on link by link by the relays beside the nodes on the way. Each relay knows its
 * two neighbours on a circuit and nothing more, except that the opening names the hops that are still ahead.
 */
import { DeadlineError, PeerError } from '../../errors.ts';
import type { Clock, Node, PeerMessage, Random } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import { listen } from '../listen.ts';
import { shortestPath } from '../path.ts';
import { FrameError } from '../wire/bytes.ts';
import type { Carrier, UnitSink } from './carrier.ts';
import { PeerCircuit } from './peer-circuit.ts';
import { decodePeerFrame, encodePeerFrame, PEER_MESSAGE_TYPE, type PeerFrame } from './peer-frame.ts';
import { PeerLeg } from './peer-leg.ts';
import { PeerLink } from './peer-link.ts';
import { PeerTable, type Side } from './peer-table.ts';

/** A circuit that carried nothing for so long makes room when room is needed. */
const IDLE_MS = 600_000;
const OPEN_DEADLINE_MS = 20_000;
const CLOSE_DEADLINE_MS = 10_000;
/** Answers per second to frames of circuits that are not known here. */
const STRAY_ANSWERS_PER_S = 16;

export interface PeerMessageOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: UnitSink;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export const peerMessageCarrier = async (options: PeerMessageOptions): Promise<Carrier> => {
  const circuits = new PeerCircuits(options);
  await listen<PeerMessage>({
    ...options,
    what: 'peer messages',
    subscribe: (waiting) => options.node.peerMessages(waiting),
    take: ({ from, type, data }) => {
      if (type === PEER_MESSAGE_TYPE) circuits.receive(from, data);
    },
  });
  return {
    kind: 'peer-message',
    async open(to, { signal } = {}) {
      const path = shortestPath(await options.node.graph({ signal }), options.node.publicKey, to);
      return circuits.open(path, signal);
    },
  };
};

class PeerCircuits {
  readonly #options: PeerMessageOptions;
  readonly #links = new Map<string, PeerLink>();
  readonly #table = new PeerTable();
  #strays = { answered: 0, sinceMs: 0 };

  constructor(options: PeerMessageOptions) {
    this.#options = options;
  }

  /** @throws PeerError, DeadlineError */
  async open(path: readonly string[], signal: AbortSignal | undefined): Promise<PeerCircuit> {
    const leg = this.#newLeg(path[0] as string);
    const circuit = this.#endpoint(leg, path.at(-1) as string, path.length);
    leg.say({ kind: 'open', id: leg.id, rest: path.slice(1) }, (cause) =>
      this.#drop(leg, new PeerError('the first peer is not there', { cause })),
    );
    try {
      const late = () =>
        new DeadlineError(`no circuit to ${circuit.to.slice(0, 12)}… within ${OPEN_DEADLINE_MS / 1000} s`, {
          hint: 'over peer messages a relay must run beside every node on the way',
        });
      await withDeadline({ clock: this.#options.clock, ms: OPEN_DEADLINE_MS, signal, late }, circuit.opened);
      return circuit;
    } catch (error) {
      circuit.close();
      throw error;
    }
  }

  receive(from: string, data: Uint8Array): void {
    try {
      this.#take(from, decodePeerFrame(data));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#options.log(`peer messages: from ${from.slice(0, 12)}…: ${error.message}`);
    }
  }

  #take(from: string, frame: PeerFrame): void {
    const side = this.#table.get(from, frame.id);
    if (frame.kind === 'open') this.#opening(from, frame.id, frame.rest);
    else if (side === undefined) this.#stray(from, frame);
    else this.#frame(side, frame);
  }

  #frame({ leg, other }: Side, frame: Exclude<PeerFrame, { kind: 'open' }>): void {
    switch (frame.kind) {
      case 'opened':
        if (other instanceof PeerCircuit) other.confirm();
        else other.say({ kind: 'opened', id: other.id });
        break;
      case 'close':
        this.#closing(leg, frame.bytes);
        break;
      case 'credit':
        leg.credited(frame.bytes);
        break;
      case 'stalled':
        leg.stalled(frame.bytes);
        break;
      case 'data':
        this.#carry(leg, other, frame.unit);
    }
  }

  #carry(leg: PeerLeg, other: PeerLeg | PeerCircuit, unit: Uint8Array): void {
    if (!leg.arrived(unit.length)) this.#drop(leg, new PeerError('a peer sent more than its credit'));
    else if (other instanceof PeerCircuit) {
      leg.passed(unit.length);
      this.#options.sink(unit, other, 'peer-message');
    } else {
      other.send(unit).then(
        () => leg.passed(unit.length),
        (cause: Error) => this.#drop(leg, new PeerError('the next peer is gone', { cause })),
      );
    }
  }

  #opening(from: string, id: number, [next, ...behind]: readonly string[]): void {
    const { node, clock } = this.#options;
    if (!this.#table.admits(from)) this.#sweep();
    const sound =
      id % 2 === parity(from, node.publicKey) && this.#table.get(from, id) === undefined && next !== from && next !== node.publicKey;
    if (!sound || !this.#table.admits(from)) {
      this.#sayClosed(from, id);
      return;
    }
    const leg = new PeerLeg(from, id, this.#link(from), clock);
    if (next === undefined) {
      this.#endpoint(leg, from, null).confirm();
      leg.say({ kind: 'opened', id });
      return;
    }
    const onward = this.#newLeg(next);
    this.#table.put({ leg, other: onward });
    this.#table.put({ leg: onward, other: leg });
    onward.say({ kind: 'open', id: onward.id, rest: behind }, (cause) =>
      this.#drop(leg, new PeerError('the next peer is not there', { cause })),
    );
  }

  #endpoint(leg: PeerLeg, to: string, hops: number | null): PeerCircuit {
    const circuit = new PeerCircuit(leg, to, hops, () => this.#finish(leg));
    this.#table.put({ leg, other: circuit });
    return circuit;
  }

  #newLeg(peer: string): PeerLeg {
    const { node, random, clock } = this.#options;
    let id: number;
    do id = Math.floor(random.float() * 2 ** 31) * 2 + parity(node.publicKey, peer);
    while (this.#table.get(peer, id) !== undefined);
    return new PeerLeg(peer, id, this.#link(peer), clock);
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

  /** Our own side is done: what waits goes first, then the close that says how much it was. */
  #finish(leg: PeerLeg): void {
    this.#limited(leg.finish()).then(
      (bytes) => {
        leg.say({ kind: 'close', id: leg.id, bytes });
        this.#forget(leg, new PeerError('the circuit was closed here'));
      },
      (error: Error) => this.#drop(leg, error),
    );
  }

  /** The neighbour is done: what it sent before may still come, and goes on before the close does. */
  #closing(leg: PeerLeg, bytes: number): void {
    this.#limited(leg.expect(bytes)).then(
      () => {
        const other = this.#forget(leg, new PeerError('a relay on the way closed the circuit'));
        if (other instanceof PeerLeg) this.#finish(other);
      },
      (error: Error) => this.#drop(leg, error),
    );
  }

  #limited<T>(work: Promise<T>): Promise<T> {
    const late = () => new PeerError('a circuit that was being closed stood still');
    return withDeadline({ clock: this.#options.clock, ms: CLOSE_DEADLINE_MS, late }, work);
  }

  /** Something broke: both sides are told at once. */
  #drop(leg: PeerLeg, reason: Error): void {
    const other = this.#forget(leg, reason);
    if (other === undefined) return;
    leg.say({ kind: 'close', id: leg.id, bytes: 0 });
    if (other instanceof PeerLeg) this.#drop(other, reason);
  }

  #forget(leg: PeerLeg, reason: Error): PeerLeg | PeerCircuit | undefined {
    const side = this.#table.remove(leg);
    if (side === undefined) return undefined;
    leg.close(reason);
    if (side.other instanceof PeerCircuit) side.other.ended(reason);
    // Whoever opens circuits to keys that nobody has must not make us remember them.
    if (!this.#table.peerHas(leg.peer)) this.#links.delete(leg.peer);
    return side.other;
  }

  #sweep(): void {
    const idle = this.#table.idleSince(this.#options.clock.now() - IDLE_MS);
    for (const leg of idle) this.#drop(leg, new PeerError('the circuit was idle'));
  }

  /** Late frames of a circuit that is over, or a neighbour that outlived our restart: told, but not as often as it likes. */
  #stray(from: string, frame: PeerFrame): void {
    if (frame.kind === 'close') return;
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#strays.sinceMs >= 1_000) this.#strays = { answered: 0, sinceMs: nowMs };
    if (this.#strays.answered >= STRAY_ANSWERS_PER_S) return;
    this.#strays.answered += 1;
    this.#sayClosed(from, frame.id);
  }

  #sayClosed(peer: string, id: number): void {
    this.#link(peer).post({ data: encodePeerFrame({ kind: 'close', id, bytes: 0 }), sent: () => {}, failed: () => {} });
  }
}

/** The lesser key opens even circuits: both may open at the same moment. */
const parity = (opener: string, other: string): number => (opener < other ? 0 : 1);
