/** TCP connections inside the model: two ends of a pipe, bytes on the way for as long as virtual time says, one chunk at a time each way. */
import { Duplex } from 'node:stream';
import type { Costs } from './costs.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What an end holds before its writer must wait. */
const BUFFER_BYTES = 65_536;

export function socketPair(time: VirtualTime, costs: Costs, carried: (bytes: number) => void): [Duplex, Duplex] {
  const a = new SocketEnd(time, costs, carried);
  const b = new SocketEnd(time, costs, carried);
  a.far = b;
  b.far = a;
  return [a, b];
}

class SocketEnd extends Duplex {
  far!: SocketEnd;
  readonly #time: VirtualTime;
  readonly #costs: Costs;
  readonly #carried: (bytes: number) => void;
  /** The far end's write is done once this end's reader asks for more. */
  #wanted: (() => void) | undefined;

  constructor(time: VirtualTime, costs: Costs, carried: (bytes: number) => void) {
    super({ allowHalfOpen: true, readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#time = time;
    this.#costs = costs;
    this.#carried = carried;
  }

  override _read(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const bytes = Buffer.from(chunk);
    this.#carried(bytes.length);
    this.#later(bytes.length, () => {
      if (this.far.destroyed) done(reset());
      else if (this.far.push(bytes)) done();
      else this.far.#wanted = done;
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#later(0, () => {
      if (!this.far.destroyed) this.far.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const pending = this.#wanted;
    this.#wanted = undefined;
    pending?.();
    // An end that goes before both directions were through resets the other, as TCP does.
    const clean = error === null && this.readableEnded && this.writableFinished;
    this.#later(0, () => {
      if (!clean && !this.far.destroyed) this.far.destroy(this.far.readableEnded && this.far.writableFinished ? undefined : reset());
    });
    done(error);
  }

  #later(bytes: number, run: () => void): void {
    this.#time.after(this.#costs.socketUs + bytes * this.#costs.socketUsPerByte, () => {
      this.#time.wake();
      run();
    });
  }
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}
