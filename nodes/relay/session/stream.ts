/** One stream of a session: both its buffers, how far each side may send, and where in its life it is. */
import { REASON_BYTES_MAX } from '../wire/frames.ts';
import type { Credited } from './credit.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import type { SentFrame } from './recovery.ts';
import { SendBuffer } from './send-buffer.ts';
import { TunnelStream } from './tunnel-stream.ts';
import type { Sending } from './turns.ts';

/** A stream as whoever accepts it sees it. */
export interface Stream {
  readonly id: number;
  readonly duplex: TunnelStream;
  /** At an exit, one of both, once, whatever became of the stream meanwhile: the connection stands, or why not. */
  opened(): void;
  refuse(reason: string): void;
}

/** What a stream needs of the table that it stands in. */
export interface StreamHome {
  /** A frame that must arrive. */
  queue(frame: SentFrame): void;
  wake(): void;
  /** How many bytes may be handed to its reader now. */
  admitted(stream: StreamState): number;
  written(stream: StreamState): void;
  taken(stream: StreamState, bytes: number): void;
  closed(stream: StreamState, clean: boolean): void;
  /** Whoever was asked to accept it has answered. */
  answered(stream: StreamState): void;
  remove(stream: StreamState): void;
}

export class StreamState implements Stream, Credited, Sending {
  readonly id: number;
  readonly free: boolean;
  readonly duplex: TunnelStream;
  readonly out = new SendBuffer();
  readonly in = new ReceiveBuffer();
  sendLimit: number;
  receiveLimit: number;
  consumed = 0;
  phase: 'opening' | 'open' | 'reset' | 'over' = 'opening';
  closed = false;
  settle: { resolve(): void; reject(error: Error): void } | undefined;
  readonly #home: StreamHome;

  /** @param free passes the session's gate uncounted. */
  constructor(id: number, free: boolean, windowBytes: number, home: StreamHome) {
    this.id = id;
    this.free = free;
    this.#home = home;
    this.sendLimit = this.receiveLimit = windowBytes;
    this.duplex = new TunnelStream({
      out: this.out,
      in: this.in,
      heldMax: windowBytes,
      admitted: () => home.admitted(this),
      written: () => home.written(this),
      consumed: (bytes) => home.taken(this, bytes),
      closed: (clean) => home.closed(this, clean),
    });
    this.duplex.on('error', () => {}); // whoever owns it hears it too; nobody may own it yet
  }

  opened(): void {
    this.#home.answered(this);
    if (this.phase !== 'opening') return;
    this.phase = 'open';
    this.#home.queue({ kind: 'opened', stream: this.id });
    this.#home.wake();
  }

  refuse(reason: string): void {
    this.#home.answered(this);
    if (this.phase !== 'opening') return;
    this.#home.remove(this);
    this.#home.queue({ kind: 'refused', stream: this.id, reason: brief(reason) });
    this.#home.wake();
    this.duplex.destroy();
  }
}

const brief = (reason: string): string =>
  Buffer.from(reason.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' '))
    .subarray(0, REASON_BYTES_MAX)
    .toString()
    .replace(/\uFFFD$/u, '');
