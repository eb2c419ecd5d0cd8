/**
 * What is on its way between peers: one wire a direction of a connection (BOLT 8 over TCP), first in, first out, with one pending event,
 * for the message that arrives next. Whatever the connection carries goes through here: updates and commitments of all its channels, peer
 * messages, onion messages. What is on a wire when the connection drops is gone.
 */
import { EVENT } from '../event-kinds.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { grown, Pool } from './pool.ts';

const NONE = -1;
/** Words of a row, and what they are for a wire and for a message. */
const ROW = 4;
const FIRST = 0;
const LAST = 1;
const EPOCH = 2;
const UP = 3;
const KIND = 0;
const REFERENCE = 1;
const NEXT = 2;

/** A direction's link model: whole µs, never before what it was asked before. nodes/link.ts is one. */
export interface Arrivals {
  arrivesAtUs(nowUs: number, bytes: number): number;
}

/** @param reference the message's own number. */
export type Deliver = (reference: number) => void;

export class Wires {
  readonly #time: VirtualTime;
  readonly #wireUs: number;
  readonly #links = new Map<number, Arrivals>();
  readonly #deliver: Deliver[] = [];
  readonly #lose: Deliver[] = [];
  /** Connections over which nothing is handed over for now, and their wires whose first message has arrived meanwhile. */
  readonly #held = new Set<number>();
  readonly #due = new Set<number>();
  #connections: number;
  /** By wire (2 · connection, plus one for the direction back), four words: first and last message, the connection's epoch, whether it is up. */
  #rows: Int32Array;
  /** By message: when it arrives, then three words of its row. */
  #arrivesUs = new Float64Array(0);
  #messageRows = new Int32Array(0);
  readonly #messages = new Pool((rows) => {
    this.#arrivesUs = grown(this.#arrivesUs, rows, Float64Array);
    this.#messageRows = grown(this.#messageRows, ROW * rows, Int32Array);
  });

  /** @param wireUs how long a message takes where no link says otherwise. */
  constructor(time: VirtualTime, wireUs: number, connections: number) {
    this.#time = time;
    this.#wireUs = Math.round(wireUs);
    this.#connections = connections;
    this.#rows = new Int32Array(2 * ROW * connections);
    for (let wire = 0; wire < 2 * connections; wire++) this.#begin(wire, 1);
    time.on(EVENT.wire, (wire, epoch) => this.#arrived(wire, epoch));
  }

  /** @param deliver hears of every message of a kind that arrives, @param lose of those that do not. */
  on(kind: number, deliver: Deliver, lose: Deliver = () => {}): void {
    this.#deliver[kind] = deliver;
    this.#lose[kind] = lose;
  }

  /** A connection more, down. */
  addConnection(): number {
    const connection = this.#connections++;
    if (2 * ROW * connection >= this.#rows.length) this.#rows = grown(this.#rows, Math.max(512, 2 * this.#rows.length), Int32Array);
    for (const wire of [2 * connection, 2 * connection + 1]) this.#begin(wire, 0);
    return connection;
  }

  isUp(connection: number): boolean {
    return this.#rows[2 * connection * ROW + UP] === 1;
  }

  /** Grows with every drop. */
  epoch(connection: number): number {
    return this.#rows[2 * connection * ROW + EPOCH]!;
  }

  /** From now on messages over the wire take as long as `link` says beside the host's own wire; null: no longer. */
  setLink(wire: number, link: Arrivals | null): void {
    if (link === null) this.#links.delete(wire);
    else this.#links.set(wire, link);
  }

  /** The connection must be up. */
  send(wire: number, bytes: number, kind: number, reference: number): void {
    const { nowUs } = this.#time;
    const link = this.#links.size === 0 ? undefined : this.#links.get(wire);
    const message = this.#messages.take();
    this.#arrivesUs[message] = this.#wireUs + (link === undefined ? nowUs : link.arrivesAtUs(nowUs, bytes));
    const messages = this.#messageRows;
    messages[message * ROW + KIND] = kind;
    messages[message * ROW + REFERENCE] = reference;
    messages[message * ROW + NEXT] = NONE;
    const rows = this.#rows;
    const at = wire * ROW;
    const last = rows[at + LAST]!;
    rows[at + LAST] = message;
    if (last !== NONE) messages[last * ROW + NEXT] = message;
    else {
      rows[at + FIRST] = message;
      this.#await(wire);
    }
  }

  /** What arrives waits, in its order, until `release`; a connection that drops loses it. */
  hold(connection: number): void {
    this.#held.add(connection);
  }

  release(connection: number): void {
    this.#held.delete(connection);
    for (const wire of [2 * connection, 2 * connection + 1]) if (this.#due.delete(wire)) this.#await(wire);
  }

  restore(connection: number): void {
    for (const wire of [2 * connection, 2 * connection + 1]) this.#rows[wire * ROW + UP] = 1;
  }

  drop(connection: number): void {
    for (const wire of [2 * connection, 2 * connection + 1]) {
      const at = wire * ROW;
      const first = this.#rows[at + FIRST]!;
      this.#due.delete(wire);
      this.#rows[at + UP] = 0;
      this.#rows[at + EPOCH]! += 1;
      this.#rows[at + FIRST] = NONE;
      this.#rows[at + LAST] = NONE;
      for (let message = first; message !== NONE; ) {
        const row = message * ROW;
        this.#messages.give(message);
        message = this.#messageRows[row + NEXT]!;
        this.#lose[this.#messageRows[row + KIND]!]!(this.#messageRows[row + REFERENCE]!);
      }
    }
  }

  #begin(wire: number, up: number): void {
    this.#rows[wire * ROW + FIRST] = NONE;
    this.#rows[wire * ROW + LAST] = NONE;
    this.#rows[wire * ROW + UP] = up;
  }

  #await(wire: number): void {
    const at = wire * ROW;
    // One that was held arrived long ago.
    const atUs = Math.max(this.#time.nowUs, this.#arrivesUs[this.#rows[at + FIRST]!]!);
    this.#time.scheduleAt(atUs, EVENT.wire, wire, this.#rows[at + EPOCH]!);
  }

  #arrived(wire: number, epoch: number): void {
    const rows = this.#rows;
    const at = wire * ROW;
    if (rows[at + EPOCH] !== epoch) return;
    if (this.#held.size > 0 && this.#held.has(wire >> 1)) {
      this.#due.add(wire);
      return;
    }
    const message = rows[at + FIRST]!;
    const row = message * ROW;
    const messages = this.#messageRows;
    const next = messages[row + NEXT]!;
    rows[at + FIRST] = next;
    if (next === NONE) rows[at + LAST] = NONE;
    else this.#await(wire);
    const kind = messages[row + KIND]!;
    const reference = messages[row + REFERENCE]!;
    this.#messages.give(message);
    this.#deliver[kind]!(reference);
  }
}
