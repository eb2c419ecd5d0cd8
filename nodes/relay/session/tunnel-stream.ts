/** One stream of a session as node sees it: a Duplex that halves like a TCP connection and holds no more than its window. */
import { Duplex } from 'node:stream';
import type { ReceiveBuffer } from './receive-buffer.ts';
import type { SendBuffer } from './send-buffer.ts';

export interface TunnelStreamPort {
  readonly out: SendBuffer;
  readonly in: ReceiveBuffer;
  /** The writer waits while the send buffer holds this much. */
  readonly heldMax: number;
  /** How many bytes may be handed to the reader now. */
  admitted(): number;
  /** Something new lies in `out`. */
  written(): void;
  /** So many bytes left `in` for the reader. */
  consumed(bytes: number): void;
  /** The stream closed, cleanly or before its time. */
  closed(clean: boolean): void;
}

export class TunnelStream extends Duplex {
  readonly #port: TunnelStreamPort;
  #reading = false;
  #ended = false;
  #resumeWrite: (() => void) | undefined;

  constructor(port: TunnelStreamPort) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#port = port;
  }

  /** New bytes lie in order. */
  feed(): void {
    while (this.#reading) {
      const bytes = this.#port.in.take(this.#port.admitted());
      if (bytes === undefined) break;
      this.#port.consumed(bytes.length);
      this.#reading = this.push(bytes);
    }
    if (this.#ended || !this.#port.in.done) return;
    this.#ended = true;
    this.push(null);
  }

  /** Bytes were acknowledged. */
  drained(): void {
    if (this.#resumeWrite === undefined || this.#port.out.held >= this.#port.heldMax) return;
    const resume = this.#resumeWrite;
    this.#resumeWrite = undefined;
    resume();
  }

  override _read(): void {
    this.#reading = true;
    this.feed();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#port.out.append(chunk);
    this.#port.written();
    if (this.#port.out.held < this.#port.heldMax) done();
    else this.#resumeWrite = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#port.out.end();
    this.#port.written();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#resumeWrite = undefined;
    this.#port.closed(error === null && this.readableEnded && this.writableFinished);
    done(error);
  }
}
