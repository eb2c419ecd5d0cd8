/**
 * One circuit on one link, seen from one side: what waits to go out, and credit in both directions. The next relay grants credit as
 * it passes units on, so no relay ever holds more than LEG_WINDOW_BYTES of a circuit, nothing is dropped, and a slow link slows the
 * sender down. Units overtake each other on a link; relays do not mind.
 */
import { PeerError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import { Alarm } from '../alarm.ts';
import { encodePeerFrame, LAYERED_HEADER_BYTES, type Layered, type PeerFrame } from './peer-frame.ts';
import { type Letter, type LetterSource, PeerLink } from './peer-link.ts';

/** Eight units of 64 kB: one more than a link has in flight, and time for credit to come back. */
export const LEG_WINDOW_BYTES = 512 * 1024;
/** Units of one circuit that wait at its first relay; further relays hold no more than credit admits. */
const QUEUE_UNITS_MAX = 512;
/** Credit that does not come for so long was lost with a message, or the link is dead: ask. */
const STALL_MS = 5_000;

interface Outgoing {
  readonly unit: Layered;
  readonly bytes: number;
  sent(): void;
  failed(error: Error): void;
}

export class PeerLeg implements LetterSource {
  readonly peer: string;
  readonly id: number;
  readonly #link: PeerLink;
  readonly #stall: Alarm;
  readonly #clock: Clock;
  readonly #queue: Outgoing[] = [];
  #sentBytes = 0;
  #sendLimit = LEG_WINDOW_BYTES;
  #arrivedBytes = 0;
  #passedBytes = 0;
  #grantedBytes = LEG_WINDOW_BYTES;
  #closed = false;
  /** Units that LND has not confirmed yet. */
  #underWay = 0;
  #onEmpty: (() => void) | undefined;
  #onClosed: (() => void) | undefined;
  #expected: { readonly bytes: number; arrived(): void } | undefined;
  usedMs: number;

  constructor(peer: string, id: number, link: PeerLink, clock: Clock) {
    this.peer = peer;
    this.id = id;
    this.#link = link;
    this.#clock = clock;
    this.usedMs = clock.now();
    this.#stall = new Alarm(clock, () => this.#askForCredit());
  }

  /** Resolves when LND has put it on the wire. @throws PeerError */
  send(unit: Layered): Promise<void> {
    if (this.#closed) return Promise.reject(new PeerError('the circuit is closed'));
    if (this.#queue.length >= QUEUE_UNITS_MAX)
      return Promise.reject(new PeerError(`${QUEUE_UNITS_MAX} units wait on this circuit already`));
    return new Promise((sent, failed) => {
      const bytes = unit.message.length - LAYERED_HEADER_BYTES;
      const outgoing = { unit, bytes, sent, failed };
      // What is short overtakes what is long: the ends put order in.
      if (PeerLink.short(bytes) && this.#credit(bytes)) this.#link.post(this.#letter(outgoing));
      else {
        this.#queue.push(outgoing);
        this.#link.ready(this);
      }
    });
  }

  /** Ahead of data, and beside its credit. */
  say(frame: PeerFrame, failed: (error: Error) => void = () => {}): void {
    this.#link.post({ data: encodePeerFrame(frame), sent: () => {}, failed });
  }

  next(): Letter | undefined {
    const outgoing = this.#queue[0];
    if (outgoing === undefined) return undefined;
    if (!this.#credit(outgoing.bytes)) {
      if (!this.#stall.armed) this.#stall.set(this.#clock.now() + STALL_MS);
      return undefined;
    }
    this.#queue.shift();
    return this.#letter(outgoing);
  }

  /** False when the other side sends far more than it was allowed. One window is forgiven: what was taken for lost may come late. */
  arrived(bytes: number): boolean {
    this.usedMs = this.#clock.now();
    this.#arrivedBytes += bytes;
    this.#tellExpected();
    return this.#arrivedBytes <= this.#grantedBytes + LEG_WINDOW_BYTES;
  }

  /** So many bytes that arrived are gone from here. */
  passed(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes + LEG_WINDOW_BYTES - this.#grantedBytes >= LEG_WINDOW_BYTES / 2) this.#grant();
  }

  credited(bytes: number): void {
    if (bytes <= this.#sendLimit) return;
    this.#sendLimit = bytes;
    this.#stall.clear();
    this.#link.ready(this);
  }

  /** The other side sent this much and waits for credit: what has not arrived by now is lost. */
  stalled(sentBytes: number): void {
    const lost = Math.min(sentBytes - this.#arrivedBytes, LEG_WINDOW_BYTES);
    if (lost > 0) {
      this.#arrivedBytes += lost;
      this.#passedBytes += lost;
      this.#tellExpected();
    }
    this.#grant();
  }

  /** Resolves with the bytes sent in all when nothing waits here any more. Nothing may be sent afterwards. */
  async finish(): Promise<number> {
    if (this.#queue.length + this.#underWay > 0)
      await new Promise<void>((empty) => {
        this.#onEmpty = empty;
      });
    return this.#sentBytes;
  }

  /** Resolves when so many bytes in all have arrived: what was sent before a close may come after it. */
  async expect(bytes: number): Promise<void> {
    if (this.#arrivedBytes < bytes)
      await new Promise<void>((arrived) => {
        this.#expected = { bytes, arrived };
      });
  }

  /** Runs once it is closed. */
  onClosed(listener: () => void): void {
    this.#onClosed = listener;
  }

  close(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClosed?.();
    this.#stall.clear();
    for (const { failed } of this.#queue.splice(0)) failed(reason);
  }

  #grant(): void {
    if (this.#closed) return;
    this.#grantedBytes = this.#passedBytes + LEG_WINDOW_BYTES;
    this.say({ kind: 'credit', id: this.id, bytes: this.#grantedBytes });
  }

  #credit(bytes: number): boolean {
    return this.#sentBytes + bytes <= this.#sendLimit;
  }

  #letter({ unit, bytes, sent, failed }: Outgoing): Letter {
    this.#sentBytes += bytes;
    this.usedMs = this.#clock.now();
    this.#underWay += 1;
    const over = (tell: () => void): void => {
      this.#underWay -= 1;
      tell();
      if (this.#underWay + this.#queue.length === 0) this.#onEmpty?.();
    };
    return {
      data: encodePeerFrame({ kind: 'data', id: this.id, ...unit }),
      sent: () => over(sent),
      failed: (error) => over(() => failed(error)),
    };
  }

  #tellExpected(): void {
    if (this.#expected !== undefined && this.#arrivedBytes >= this.#expected.bytes) this.#expected.arrived();
  }

  #askForCredit(): void {
    if (this.#closed || this.#queue.length === 0) return;
    this.say({ kind: 'stalled', id: this.id, bytes: this.#sentBytes });
    this.#stall.set(this.#clock.now() + STALL_MS);
  }
}
