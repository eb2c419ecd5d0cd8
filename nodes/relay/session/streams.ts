/** The streams of one session: opening them, ending them, and what the other end says of each. */
import { RefusedError, SessionError } from '../../errors.ts';
import { FrameError, type Writer } from '../wire/bytes.ts';
import { type Frame, HOST_BYTES_MAX } from '../wire/frames.ts';
import { Credit } from './credit.ts';
import { type Gate, isFree } from './gate.ts';
import { RangeSet } from './ranges.ts';
import type { SentFrame } from './recovery.ts';
import { type Stream, type StreamHome, StreamState } from './stream.ts';
import type { TunnelStream } from './tunnel-stream.ts';
import { Turns } from './turns.ts';

export type { Stream } from './stream.ts';

/** Streams that are open at once in one session. */
export const STREAMS_MAX = 1024;
/** Gaps between stream ids that an exit remembers. */
const OPENED_GAPS_MAX = 1024;

export interface StreamsOptions {
  readonly role: 'client' | 'exit';
  readonly streamWindowBytes: number;
  readonly sessionWindowBytes: number;
  /** A frame that must arrive. */
  queue(frame: SentFrame): void;
  /** There may be something to send. */
  wake(): void;
  /** Counts what passes, and may hold it back. */
  gate(): Gate;
  /** At an exit: the client asks for a connection. */
  accept(stream: Stream, host: string, port: number): void;
}

export class Streams {
  readonly #options: StreamsOptions;
  readonly #home: StreamHome;
  readonly #streams = new Map<number, StreamState>();
  readonly #credit: Credit;
  readonly #turns: Turns;
  readonly #opened = new RangeSet();
  /** Connections that are still being made at this exit, whether or not their stream still lives. */
  readonly #accepting = new Set<StreamState>();
  #nextId = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#credit = new Credit(options.streamWindowBytes, options.sessionWindowBytes, () => options.wake());
    this.#turns = new Turns(this.#credit, () => options.gate());
    this.#home = {
      queue: (frame) => options.queue(frame),
      wake: () => options.wake(),
      admitted: (stream) => (stream.free ? Number.MAX_SAFE_INTEGER : options.gate().left()),
      written: (stream) => this.#maySend(stream),
      taken: (stream, bytes) => {
        if (!stream.free) options.gate().passed(bytes);
        this.#credit.taken(stream, bytes, stream.in.final !== undefined);
      },
      closed: (stream, clean) => this.#closed(stream, clean),
      answered: (stream) => this.#accepting.delete(stream),
      remove: (stream) => this.#remove(stream),
    };
  }

  get count(): number {
    return this.#streams.size;
  }

  /** There may be something to send. */
  get pending(): boolean {
    return this.#turns.pending || this.#credit.pressing;
  }

  /** There is credit to tell where a packet goes anyway. */
  get grants(): boolean {
    return this.#credit.due;
  }

  /** Streams whose owner is done with them while their last bytes are still on the way. */
  get lingering(): boolean {
    for (const stream of this.#streams.values()) if (stream.closed && stream.phase === 'open' && !stream.out.done) return true;
    return false;
  }

  /** Asks the exit for a connection. @throws RefusedError with the exit's reason. */
  async connect(host: string, port: number, signal: AbortSignal | undefined): Promise<TunnelStream> {
    if (this.#streams.size >= STREAMS_MAX) throw new SessionError(`${STREAMS_MAX} streams are open in this session: that is its limit`);
    const hostBytes = Buffer.byteLength(host);
    if (hostBytes === 0 || hostBytes > HOST_BYTES_MAX)
      throw new RefusedError(`a host name of ${hostBytes} B: 1 to ${HOST_BYTES_MAX} B expected`);
    signal?.throwIfAborted();
    const stream = this.#create(this.#nextId++, isFree(host, port));
    const abort = () => stream.duplex.destroy(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#options.queue({ kind: 'open', stream: stream.id, host, port });
    this.#options.wake();
    try {
      await new Promise<void>((resolve, reject) => {
        stream.settle = { resolve, reject };
      });
      return stream.duplex;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** False: the packet must not be acknowledged, for there is no room to keep it. @throws FrameError */
  receive(frame: Extract<Frame, { kind: 'open' | 'opened' | 'refused' | 'data' | 'reset' | 'credit' | 'stream-credit' }>): boolean {
    if (frame.kind === 'credit') {
      if (this.#credit.raise(frame.bytes)) for (const stream of this.#streams.values()) this.#maySend(stream);
      return true;
    }
    if (frame.kind === 'open') return this.#open(frame.stream, frame.host, frame.port);
    const stream = this.#streams.get(frame.stream);
    if (frame.kind === 'reset') this.#reset(stream, frame.stream, frame.finalBytes);
    else if (stream === undefined)
      return true; // over here, and the other end will hear so
    else if (frame.kind === 'data') return this.#data(stream, frame.offset, frame.data, frame.fin);
    else if (frame.kind === 'opened') this.#settled(stream);
    else if (frame.kind === 'refused') this.#refused(stream, frame.reason);
    else if (frame.bytes > stream.sendLimit) {
      stream.sendLimit = frame.bytes;
      this.#maySend(stream);
    }
    return true;
  }

  /** Writes what fits of credit and data, `whole`: only what fits to its end; what was written is added to `sent`. */
  fill(writer: Writer, sent: SentFrame[], whole: boolean): void {
    this.#credit.fill(writer, sent);
    this.#turns.fill(writer, sent, whole);
  }

  /** The gate may let something pass that it held back. */
  gateMoved(): void {
    for (const stream of [...this.#streams.values()]) {
      this.#turns.add(stream);
      stream.duplex.feed();
    }
    this.#options.wake();
  }

  acknowledged(frame: SentFrame): void {
    if (frame.kind !== 'piece') return;
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) return;
    stream.out.acknowledged(frame);
    stream.duplex.drained();
    this.#sweep(stream);
  }

  lost(frame: SentFrame): void {
    if (frame.kind === 'credit') this.#credit.grantSession();
    else if (frame.kind === 'piece' || frame.kind === 'stream-credit') {
      const stream = this.#streams.get(frame.stream);
      if (stream === undefined) return;
      if (frame.kind === 'stream-credit') this.#credit.grant(stream);
      else {
        stream.out.lost(frame);
        this.#maySend(stream);
      }
    } else this.#options.queue(frame);
  }

  /** The session is over. */
  end(error: Error): void {
    for (const stream of [...this.#streams.values()]) {
      stream.phase = 'over';
      stream.settle?.reject(error);
      stream.duplex.destroy(error);
    }
    this.#streams.clear();
    this.#turns.clear();
  }

  #create(id: number, free: boolean): StreamState {
    const stream = new StreamState(id, free, this.#options.streamWindowBytes, this.#home);
    this.#streams.set(id, stream);
    return stream;
  }

  #open(id: number, host: string, port: number): boolean {
    if (this.#options.role !== 'exit') throw new FrameError('an exit asks for a connection');
    if (this.#opened.has(id)) return true;
    this.#markOpened(id);
    // Whoever opens and resets without end gets no more connections made at once than whoever keeps them.
    if (Math.max(this.#streams.size, this.#accepting.size) >= STREAMS_MAX) {
      this.#options.queue({ kind: 'refused', stream: id, reason: `${STREAMS_MAX} streams are open in this session: that is its limit` });
      this.#options.wake();
      return true;
    }
    const stream = this.#create(id, isFree(host, port));
    this.#accepting.add(stream);
    this.#options.accept(stream, host, port);
    return true;
  }

  #markOpened(id: number): void {
    this.#opened.add(id, id + 1);
    if (this.#opened.count > OPENED_GAPS_MAX) throw new FrameError('stream ids with too many gaps');
  }

  #settled(stream: StreamState): void {
    if (stream.phase !== 'opening' || this.#options.role !== 'client') return;
    stream.phase = 'open';
    stream.settle?.resolve();
  }

  #refused(stream: StreamState, reason: string): void {
    if (this.#options.role !== 'client' || stream.phase === 'open') return;
    this.#remove(stream);
    stream.settle?.reject(new RefusedError(reason));
    stream.duplex.destroy();
  }

  #data(stream: StreamState, offset: number, data: Uint8Array, fin: boolean): boolean {
    const before = stream.in.highest;
    this.#credit.check(Math.max(0, offset + data.length - before));
    // Overtook the OPENED that announces it: both are ours, and one proves the other.
    this.#settled(stream);
    if (!stream.in.insert(offset, data, fin, stream.receiveLimit)) return false;
    this.#credit.received(stream.in.highest - before);
    if (stream.phase === 'reset') {
      this.#credit.release(stream, stream.in.highest);
      if (stream.in.final !== undefined) this.#remove(stream);
      return true;
    }
    stream.duplex.feed();
    this.#sweep(stream);
    return true;
  }

  /** The other end gave the stream up: what it did not send will not come, what we did not send nobody reads. */
  #reset(stream: StreamState | undefined, id: number, finalBytes: number): void {
    if (stream === undefined) {
      if (this.#options.role === 'client' || this.#opened.has(id)) return;
      this.#markOpened(id); // its OPEN is late and must stay closed
      this.#options.queue({ kind: 'reset', stream: id, finalBytes: 0 });
      this.#options.wake();
      return;
    }
    this.#credit.check(Math.max(0, finalBytes - stream.in.highest));
    const known = stream.in.highest;
    stream.in.cut(finalBytes);
    this.#credit.received(finalBytes - known);
    this.#credit.release(stream, finalBytes);
    const answered = stream.phase === 'reset';
    this.#remove(stream);
    if (answered) return;
    this.#options.queue({ kind: 'reset', stream: id, finalBytes: stream.out.sentEnd });
    stream.out.discard();
    this.#options.wake();
    const error = new SessionError('the other end reset the stream');
    stream.settle?.reject(error);
    stream.duplex.destroy(error);
  }

  /** Our own side closed it. */
  #closed(stream: StreamState, clean: boolean): void {
    stream.closed = true;
    if (stream.phase === 'reset' || stream.phase === 'over') return;
    stream.settle?.reject(stream.duplex.errored ?? new SessionError('the stream was closed before it opened'));
    if (clean) this.#sweep(stream);
    else this.#giveUp(stream);
  }

  #giveUp(stream: StreamState): void {
    stream.phase = 'reset';
    this.#options.queue({ kind: 'reset', stream: stream.id, finalBytes: stream.out.sentEnd });
    stream.out.discard();
    stream.in.discard();
    this.#credit.release(stream, stream.in.highest);
    if (stream.in.final !== undefined) this.#remove(stream);
    this.#options.wake();
  }

  #maySend(stream: StreamState): void {
    this.#turns.add(stream);
    this.#options.wake();
  }

  /** Forgets a stream that both sides are done with. */
  #sweep(stream: StreamState): void {
    if (stream.closed && stream.phase === 'open' && stream.out.done && stream.in.done) this.#remove(stream);
  }

  #remove(stream: StreamState): void {
    stream.phase = 'over';
    this.#streams.delete(stream.id);
    this.#turns.remove(stream);
    this.#credit.forget(stream);
  }
}
