/**
 * One direction of one connection: bytes read from one socket are written to the other when the link's model says they arrive.
 * Half-closes and resets travel the same way. What is held is bounded: then the sender is no longer read, and TCP slows it down.
 */
import type { Socket } from 'node:net';
import { isClean, type LinkDirection } from '../../link.ts';
import type { Alarm, Alarms } from './alarms.ts';
import type { ErrorHistogram } from './error-histogram.ts';

/** As a TCP window: no more than this is on its way at a time. */
const HELD_BYTES_MAX = 4 << 20;
/** And no longer queue before the rate than this, as a router's buffer: what waits longer is of no use to anybody. */
const QUEUE_MS_MAX = 250;
const HELD_BYTES_MIN = 65_536;
/** A rate is given out in pieces of a millisecond, or of one TCP segment where that is more. */
const PIECE_MS = 1;
const SEGMENT_BYTES = 1_448;
const MS_PER_S = 1_000;
/** What is due within this goes now: half a millisecond early is as near as half a millisecond late. */
const EARLY_US = 500;

type Piece = { readonly dueUs: number } & ({ readonly bytes: Buffer } | { readonly end: 'half-close' | 'reset' });

export interface PipeOptions {
  readonly source: Socket;
  readonly sink: Socket;
  readonly direction: LinkDirection;
  readonly alarms: Alarms;
  readonly error: ErrorHistogram;
  readonly count: (bytes: number) => void;
  /** Bytes read sooner than this count as sent then: the sender's handshake was not through yet. */
  readonly sentFromUs: number;
}

export class Pipe {
  readonly #options: PipeOptions;
  readonly #alarm: Alarm;
  #pieces: Piece[] = [];
  #heldBytes = 0;
  #lastDueUs = 0;
  #held = false;
  /** The sink takes no more for now: what is late then is not late by our doing. */
  #full = false;

  constructor(options: PipeOptions) {
    this.#options = options;
    const { source, sink, alarms } = options;
    this.#alarm = alarms.alarm(() => this.#deliver());
    source.on('data', (bytes) => this.#take(bytes as Buffer));
    source.on('end', () => this.#enqueue({ end: 'half-close', dueUs: this.#dueUs(0) }));
    source.on('close', (failed) => {
      if (failed) this.#enqueue({ end: 'reset', dueUs: this.#dueUs(0) });
    });
    sink.on('drain', () => this.#drained());
    sink.on('close', () => this.#drop());
  }

  /** Nothing passes until `release`; nothing is lost. */
  hold(): void {
    this.#held = true;
    this.#options.source.pause();
    this.#alarm.clear();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#excuse();
    if (!this.#full) this.#options.source.resume();
    this.#deliver();
  }

  /** What waited until now did so for a reason: it is due now. */
  #excuse(): void {
    const nowUs = this.#options.alarms.nowUs();
    this.#pieces = this.#pieces.map((piece) => ({ ...piece, dueUs: Math.max(piece.dueUs, nowUs) }));
  }

  #take(bytes: Buffer): void {
    const { source, direction, count } = this.#options;
    count(bytes.length);
    if (isClean(direction.link) && this.#pieces.length === 0) {
      this.#pass(bytes);
      return;
    }
    const { rateBytesPerS, delayMs } = direction.link;
    const dueUs = this.#dueUs(bytes.length);
    if (rateBytesPerS === null) this.#enqueue({ bytes, dueUs });
    else {
      const pieceBytes = Math.max(SEGMENT_BYTES, Math.ceil((rateBytesPerS * PIECE_MS) / MS_PER_S));
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        const behindUs = ((bytes.length - at - piece.length) * 1e6) / rateBytesPerS;
        this.#enqueue({ bytes: piece, dueUs: dueUs - behindUs });
      }
    }
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > heldBytesMax(rateBytesPerS, delayMs)) source.pause();
  }

  #dueUs(bytes: number): number {
    const { direction, alarms, sentFromUs } = this.#options;
    return direction.arrivesAtUs(Math.max(alarms.nowUs(), sentFromUs), bytes);
  }

  #enqueue(piece: Piece): void {
    this.#lastDueUs = Math.max(this.#lastDueUs, piece.dueUs);
    this.#pieces.push({ ...piece, dueUs: this.#lastDueUs });
    if (this.#pieces.length === 1) this.#deliver();
  }

  #deliver(): void {
    if (this.#held || this.#full) return;
    const { alarms, sink } = this.#options;
    const nowUs = alarms.nowUs();
    let next = 0;
    for (; next < this.#pieces.length; next++) {
      const piece = this.#pieces[next]!;
      if (piece.dueUs > nowUs + EARLY_US || this.#full) break;
      if ('bytes' in piece) this.#write(piece.bytes, nowUs - piece.dueUs);
      else if (piece.end === 'half-close') sink.end();
      else sink.resetAndDestroy();
    }
    this.#pieces.splice(0, next);
    const [first] = this.#pieces;
    if (first !== undefined && !this.#full) this.#alarm.set(first.dueUs);
  }

  #write(bytes: Buffer, errorUs: number): void {
    this.#options.error.add(errorUs);
    this.#heldBytes -= bytes.length;
    this.#pass(bytes);
    this.#readOn();
  }

  #pass(bytes: Buffer): void {
    const { sink, source } = this.#options;
    if (!sink.writable || sink.write(bytes)) return;
    this.#full = true;
    source.pause();
  }

  #drained(): void {
    this.#full = false;
    if (this.#held) return;
    this.#excuse();
    this.#deliver();
    this.#readOn();
  }

  #readOn(): void {
    const { source, direction } = this.#options;
    const { rateBytesPerS, delayMs } = direction.link;
    if (source.isPaused() && !this.#held && !this.#full && this.#heldBytes <= heldBytesMax(rateBytesPerS, delayMs) / 2) source.resume();
  }

  #drop(): void {
    this.#alarm.clear();
    this.#pieces = [];
  }
}

const heldBytesMax = (rateBytesPerS: number | null, delayMs: number): number =>
  rateBytesPerS === null
    ? HELD_BYTES_MAX
    : Math.min(HELD_BYTES_MAX, Math.max(HELD_BYTES_MIN, (rateBytesPerS * (delayMs + QUEUE_MS_MAX)) / MS_PER_S));
