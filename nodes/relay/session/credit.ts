/**
 * Credit in both directions, as RFC 9000 §4 has it: on each stream and over all of them the highest offset counts, not what happens
 * to have arrived. So a reader that stops costs one window, and no more.
 */
import { FrameError, type Writer } from '../wire/bytes.ts';
import { encodeFrame, type Frame } from '../wire/frames.ts';
import type { SentFrame } from './recovery.ts';

const CREDIT_BYTES_MAX = 9;
const STREAM_CREDIT_BYTES_MAX = 17;

/** A stream as its receiver: what the other end may send, and what left it for the reader. */
export interface Credited {
  readonly id: number;
  receiveLimit: number;
  consumed: number;
}

export class Credit {
  readonly #streamWindow: number;
  readonly #sessionWindow: number;
  readonly #wake: () => void;
  readonly #due = new Set<Credited>();
  #sessionDue = false;
  #pressing = false;
  #sendLimit: number;
  #sent = 0;
  #receiveLimit: number;
  #received = 0;
  #consumed = 0;

  constructor(streamWindow: number, sessionWindow: number, wake: () => void) {
    this.#streamWindow = streamWindow;
    this.#sessionWindow = this.#sendLimit = this.#receiveLimit = sessionWindow;
    this.#wake = wake;
  }

  /** A quarter of a window is worth telling where a packet goes anyway. */
  get due(): boolean {
    return this.#sessionDue || this.#due.size > 0;
  }

  /** Half of a window is worth a packet of its own. */
  get pressing(): boolean {
    return this.#pressing;
  }

  /** What may still be sent over all streams. */
  get sendLeft(): number {
    return this.#sendLimit - this.#sent;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** The other end allows so much in all; false when that is nothing new. */
  raise(limit: number): boolean {
    if (limit <= this.#sendLimit) return false;
    this.#sendLimit = limit;
    return true;
  }

  /** @throws FrameError when so many more are beyond what was allowed over all streams. */
  check(bytes: number): void {
    if (this.#received + bytes > this.#receiveLimit) throw new FrameError('data beyond the credit of the session');
  }

  received(bytes: number): void {
    this.#received += bytes;
  }

  /** So many bytes left a stream for its reader; `ends`: nothing more will come on it. */
  taken(stream: Credited, bytes: number, ends: boolean): void {
    stream.consumed += bytes;
    const owed = stream.consumed + this.#streamWindow - stream.receiveLimit;
    if (!ends && owed >= this.#streamWindow / 4) this.#due.add(stream);
    if (!ends && owed >= this.#streamWindow / 2) this.#press();
    this.#sessionTaken(bytes);
  }

  /** Bytes of a stream up to here count as consumed, read or not. */
  release(stream: Credited, upTo: number): void {
    this.#sessionTaken(upTo - stream.consumed);
    stream.consumed = upTo;
  }

  /** This stream's limit must be told, again if it was lost. */
  grant(stream: Credited): void {
    this.#due.add(stream);
    this.#press();
  }

  grantSession(): void {
    this.#sessionDue = true;
    this.#press();
  }

  forget(stream: Credited): void {
    this.#due.delete(stream);
  }

  fill(writer: Writer, sent: SentFrame[]): void {
    const put = (frame: Extract<Frame, { kind: 'credit' | 'stream-credit' }>): void => {
      encodeFrame(writer, frame);
      sent.push(frame);
    };
    if (this.#sessionDue && writer.left >= CREDIT_BYTES_MAX) {
      this.#sessionDue = false;
      this.#receiveLimit = this.#consumed + this.#sessionWindow;
      put({ kind: 'credit', bytes: this.#receiveLimit });
    }
    for (const stream of this.#due) {
      if (writer.left < STREAM_CREDIT_BYTES_MAX) return;
      this.#due.delete(stream);
      stream.receiveLimit = stream.consumed + this.#streamWindow;
      put({ kind: 'stream-credit', stream: stream.id, bytes: stream.receiveLimit });
    }
    this.#pressing = false;
  }

  #sessionTaken(bytes: number): void {
    this.#consumed += bytes;
    const owed = this.#consumed + this.#sessionWindow - this.#receiveLimit;
    if (owed < this.#sessionWindow / 4) return;
    this.#sessionDue = true;
    // Where readers stand still on some streams, half of a window may never come together.
    const left = this.#receiveLimit - this.#received;
    if (owed >= this.#sessionWindow / 2 || left < this.#sessionWindow / 4) this.#press();
  }

  #press(): void {
    this.#pressing = true;
    this.#wake();
  }
}
