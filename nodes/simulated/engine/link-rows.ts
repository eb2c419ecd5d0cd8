/** What a link's end remembers between events, a row of one cache line each: its counters, its three lists of HTLCs, and who it is. */
import type { Htlcs } from './htlcs.ts';

export const NONE = -1;

/** 64 bytes. */
const ROW = 16;
const FLAGS = 0;
const UNSIGNED = 1;
const SIGNED = 2;
const NODE = 3;
const WIRE = 4;
const COMMIT_INTERVAL = 5;
/** HTLCs of the round that was locked in last, which its node has not answered. */
const UNANSWERED = 6;
/** How often the ticker was stopped. */
const STOPS = 7;
/** Lists of HTLCs that the other end told of, each a head and a tail: told, then signed for by them, then in our own signature. */
export const LIST = { told: 8, owed: 10, locking: 12 } as const;
type List = (typeof LIST)[keyof typeof LIST];

export interface LinkNumbers {
  readonly node: number;
  readonly wire: number;
  readonly commitIntervalUs: number;
}

export class LinkRows {
  readonly #words: Int32Array;
  readonly #htlcs: Htlcs;

  constructor(htlcs: Htlcs, ends: number) {
    this.#htlcs = htlcs;
    this.#words = new Int32Array(ends * ROW);
  }

  /** @param of is asked once for each end. */
  describe(end: number, { node, wire, commitIntervalUs }: LinkNumbers): void {
    const words = this.#words;
    const at = end * ROW;
    words[at + NODE] = node;
    words[at + WIRE] = wire;
    words[at + COMMIT_INTERVAL] = commitIntervalUs;
    for (const list of Object.values(LIST)) words.fill(NONE, at + list, at + list + 2);
  }

  node(end: number): number {
    return this.#words[end * ROW + NODE]!;
  }

  wire(end: number): number {
    return this.#words[end * ROW + WIRE]!;
  }

  commitIntervalUs(end: number): number {
    return this.#words[end * ROW + COMMIT_INTERVAL]!;
  }

  unanswered(end: number): number {
    return this.#words[end * ROW + UNANSWERED]!;
  }

  addUnanswered(end: number, more: number): void {
    this.#words[end * ROW + UNANSWERED]! += more;
  }

  /** A ticker that was started before knows by it that it was stopped. */
  stops(end: number): number {
    return this.#words[end * ROW + STOPS]!;
  }

  stop(end: number): void {
    this.#words[end * ROW + STOPS]! += 1;
  }

  has(end: number, flag: number): boolean {
    return (this.#words[end * ROW + FLAGS]! & flag) !== 0;
  }

  set(end: number, flag: number): void {
    this.#words[end * ROW + FLAGS]! |= flag;
  }

  clear(end: number, flags: number): void {
    this.#words[end * ROW + FLAGS]! &= ~flags;
  }

  /** Updates of ours that no signature of ours has yet; one more. */
  addUnsigned(end: number): void {
    this.#words[end * ROW + UNSIGNED]! += 1;
  }

  unsigned(end: number): number {
    return this.#words[end * ROW + UNSIGNED]!;
  }

  /** All of them go into a signature. */
  signUnsigned(end: number): void {
    const at = end * ROW;
    this.#words[at + SIGNED] = this.#words[at + UNSIGNED]!;
    this.#words[at + UNSIGNED] = 0;
  }

  /** Updates in our last signature. */
  signed(end: number): number {
    return this.#words[end * ROW + SIGNED]!;
  }

  isEmpty(end: number, list: List): boolean {
    return this.#words[end * ROW + list] === NONE;
  }

  /** An HTLC stands in one list at a time. */
  push(end: number, list: List, htlc: number): void {
    const at = end * ROW + list;
    const last = this.#words[at + 1]!;
    this.#htlcs.setNext(htlc, NONE);
    if (last === NONE) this.#words[at] = htlc;
    else this.#htlcs.setNext(last, htlc);
    this.#words[at + 1] = htlc;
  }

  /** The first `count` go behind what the other list has. */
  move(end: number, from: List, to: List, count: number): void {
    const at = end * ROW + from;
    for (let moved = 0; moved < count; moved++) {
      const htlc = this.#words[at]!;
      this.#words[at] = this.#htlcs.next(htlc);
      this.push(end, to, htlc);
    }
    if (this.#words[at] === NONE) this.#words[at + 1] = NONE;
  }

  /** All of it, to a list that is empty. */
  moveAll(end: number, from: List, to: List): void {
    const words = this.#words;
    const row = end * ROW;
    words[row + to] = words[row + from]!;
    words[row + to + 1] = words[row + from + 1]!;
    words[row + from] = NONE;
    words[row + from + 1] = NONE;
  }

  first(end: number, list: List): number {
    return this.#words[end * ROW + list]!;
  }

  /** Empties it: the first, from which `htlcs.next` leads on. */
  take(end: number, list: List): number {
    const at = end * ROW + list;
    const first = this.#words[at]!;
    this.#words[at] = NONE;
    this.#words[at + 1] = NONE;
    return first;
  }
}
