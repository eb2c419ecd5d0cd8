/**
 * The streams of one session: opening and ending them, credit in both directions, and whose bytes the next packet takes.
 * Credit follows RFC 9000 §4: on each stream and over all of them the highest offset counts, not what happens to have arrived.
 */
import { RefusedError, SessionError } from '../../errors.ts';
import { FrameError, type Writer } from '../wire/bytes.ts';
import { dataHeaderBytes, encodeDataHeader, encodeFrame, type Frame, HOST_BYTES_MAX, REASON_BYTES_MAX } from '../wire/frames.ts';
import { type Gate, isFree } from './gate.ts';
import { RangeSet } from './ranges.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import type { SentFrame } from './recovery.ts';
import { SendBuffer } from './send-buffer.ts';
import { TunnelStream } from './tunnel-stream.ts';

/** Streams that are open at once in one session. */
export const STREAMS_MAX = 1024;
/** Gaps between stream ids that an exit remembers. */
const OPENED_GAPS_MAX = 1024;
/** Streams that are looked at for something short; the others have their turn in full packets. */
const SHORT_TURNS_MAX = 64;
/** Not worth a frame of its own. */
const PIECE_BYTES_MIN = 16;

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

export interface Stream {
  readonly id: number;
  readonly duplex: TunnelStream;
  /** At an exit, once: the connection stands, or why not. */
  opened(): void;
  refuse(reason: string): void;
}

interface State extends Stream {
  /** Passes the gate uncounted. */
  readonly free: boolean;
  readonly out: SendBuffer;
  readonly in: ReceiveBuffer;
  /** What the other end lets us send. */
  sendLimit: number;
  /** What we let the other end send. */
  receiveLimit: number;
  consumed: number;
  phase: 'opening' | 'open' | 'reset' | 'over';
  closed: boolean;
  settle: { resolve(): void; reject(error: Error): void } | undefined;
}

export class Streams {
  readonly #options: StreamsOptions;
  readonly #streams = new Map<number, State>();
  /** May have something to send; in the order of their turns. */
  readonly #ready = new Set<State>();
  readonly #opened = new RangeSet();
  readonly #creditDue = new Set<State>();
  #sessionCreditDue = false;
  #nextId = 0;
  #sendLimit: number;
  #sent = 0;
  #receiveLimit: number;
  #received = 0;
  #consumed = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#sendLimit = this.#receiveLimit = options.sessionWindowBytes;
  }

  get count(): number {
    return this.#streams.size;
  }

  /** There may be something to send. */
  get pending(): boolean {
    return this.#ready.size > 0 || this.#sessionCreditDue || this.#creditDue.size > 0;
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
      if (frame.bytes <= this.#sendLimit) return true;
      this.#sendLimit = frame.bytes;
      for (const stream of this.#streams.values()) this.#ready.add(stream);
      this.#options.wake();
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
      this.#ready.add(stream);
      this.#options.wake();
    }
    return true;
  }

  /** Writes what fits of credit and data, `whole`: only what fits to its end; what was written is added to `sent`. */
  fill(writer: Writer, sent: SentFrame[], whole: boolean): void {
    this.#fillCredit(writer, sent);
    for (let turns = whole ? Math.min(this.#ready.size, SHORT_TURNS_MAX) : this.#ready.size + STREAMS_MAX; turns > 0; turns--) {
      const [stream] = this.#ready;
      if (stream === undefined) return;
      const credit = Math.min(this.#sendLimit - this.#sent, stream.free ? Number.MAX_SAFE_INTEGER : this.#options.gate().left());
      const limit = Math.min(stream.sendLimit, stream.out.sentEnd + credit);
      this.#ready.delete(stream);
      if (!stream.out.pending(limit)) continue;
      this.#ready.add(stream);
      const room = writer.left - dataHeaderBytes(stream.id, stream.out.sentEnd, writer.left);
      if (room < PIECE_BYTES_MIN) return;
      if (whole && stream.out.pendingBytes(limit) > room) continue;
      const before = stream.out.sentEnd;
      const piece = stream.out.take(room, limit);
      if (piece === undefined) continue;
      const news = stream.out.sentEnd - before;
      this.#sent += news;
      if (news > 0 && !stream.free) this.#options.gate().passed(news);
      encodeDataHeader(writer, { stream: stream.id, ...piece });
      stream.out.copy(piece, writer.space(piece.length));
      sent.push({ kind: 'piece', stream: stream.id, ...piece });
    }
  }

  /** The gate may let something pass that it held back. */
  gateMoved(): void {
    for (const stream of [...this.#streams.values()]) {
      this.#ready.add(stream);
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
    if (frame.kind === 'piece') {
      const stream = this.#streams.get(frame.stream);
      if (stream === undefined) return;
      stream.out.lost(frame);
      this.#ready.add(stream);
    } else if (frame.kind === 'credit') this.#sessionCreditDue = true;
    else if (frame.kind === 'stream-credit') {
      const stream = this.#streams.get(frame.stream);
      if (stream !== undefined) this.#creditDue.add(stream);
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
    this.#ready.clear();
  }

  #create(id: number, free: boolean): State {
    const { streamWindowBytes, queue, wake } = this.#options;
    const [out, incoming] = [new SendBuffer(), new ReceiveBuffer()];
    const duplex = new TunnelStream({
      out,
      in: incoming,
      heldMax: streamWindowBytes,
      admitted: () => (free ? Number.MAX_SAFE_INTEGER : this.#options.gate().left()),
      written: () => {
        this.#ready.add(state);
        wake();
      },
      consumed: (bytes) => this.#taken(state, bytes),
      closed: (clean) => this.#closed(state, clean),
    });
    duplex.on('error', () => {}); // whoever owns it hears it too; nobody may own it yet
    const state: State = {
      id,
      free,
      duplex,
      out,
      in: incoming,
      sendLimit: streamWindowBytes,
      receiveLimit: streamWindowBytes,
      consumed: 0,
      phase: 'opening',
      closed: false,
      settle: undefined,
      opened: () => {
        if (state.phase !== 'opening') return;
        state.phase = 'open';
        queue({ kind: 'opened', stream: id });
        wake();
      },
      refuse: (reason) => {
        if (state.phase !== 'opening') return;
        this.#remove(state);
        queue({ kind: 'refused', stream: id, reason: brief(reason) });
        wake();
        duplex.destroy();
      },
    };
    this.#streams.set(id, state);
    return state;
  }

  #open(id: number, host: string, port: number): boolean {
    if (this.#options.role !== 'exit') throw new FrameError('an exit asks for a connection');
    if (this.#opened.has(id)) return true;
    this.#markOpened(id);
    if (this.#streams.size >= STREAMS_MAX) {
      this.#options.queue({ kind: 'refused', stream: id, reason: `${STREAMS_MAX} streams are open in this session: that is its limit` });
      this.#options.wake();
      return true;
    }
    this.#options.accept(this.#create(id, isFree(host, port)), host, port);
    return true;
  }

  #markOpened(id: number): void {
    this.#opened.add(id, id + 1);
    if (this.#opened.count > OPENED_GAPS_MAX) throw new FrameError('stream ids with too many gaps');
  }

  #settled(stream: State): void {
    if (stream.phase !== 'opening' || this.#options.role !== 'client') return;
    stream.phase = 'open';
    stream.settle?.resolve();
  }

  #refused(stream: State, reason: string): void {
    if (this.#options.role !== 'client' || stream.phase === 'open') return;
    this.#remove(stream);
    stream.settle?.reject(new RefusedError(reason));
    stream.duplex.destroy();
  }

  #data(stream: State, offset: number, data: Uint8Array, fin: boolean): boolean {
    const before = stream.in.highest;
    const news = Math.max(0, offset + data.length - before);
    if (this.#received + news > this.#receiveLimit) throw new FrameError('data beyond the credit of the session');
    // Overtook the OPENED that announces it: both are ours, and one proves the other.
    this.#settled(stream);
    if (!stream.in.insert(offset, data, fin, stream.receiveLimit)) return false;
    this.#received += stream.in.highest - before;
    if (stream.phase === 'reset') {
      this.#release(stream, stream.in.highest);
      if (stream.in.final !== undefined) this.#remove(stream);
      return true;
    }
    stream.duplex.feed();
    this.#sweep(stream);
    return true;
  }

  /** The other end gave the stream up: what it did not send will not come, what we did not send nobody reads. */
  #reset(stream: State | undefined, id: number, finalBytes: number): void {
    if (stream === undefined) {
      if (this.#options.role === 'client' || this.#opened.has(id)) return;
      this.#markOpened(id); // its OPEN is late and must stay closed
      this.#options.queue({ kind: 'reset', stream: id, finalBytes: 0 });
      this.#options.wake();
      return;
    }
    const known = stream.in.highest;
    stream.in.cut(finalBytes);
    this.#received += finalBytes - known;
    if (this.#received > this.#receiveLimit) throw new FrameError('a stream reset beyond the credit of the session');
    this.#release(stream, finalBytes);
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
  #closed(stream: State, clean: boolean): void {
    stream.closed = true;
    if (stream.phase === 'reset' || stream.phase === 'over') return;
    stream.settle?.reject(stream.duplex.errored ?? new SessionError('the stream was closed before it opened'));
    if (clean) this.#sweep(stream);
    else this.#giveUp(stream);
  }

  #giveUp(stream: State): void {
    stream.phase = 'reset';
    this.#options.queue({ kind: 'reset', stream: stream.id, finalBytes: stream.out.sentEnd });
    stream.out.discard();
    stream.in.discard();
    this.#release(stream, stream.in.highest);
    if (stream.in.final !== undefined) this.#remove(stream);
    this.#options.wake();
  }

  #taken(stream: State, bytes: number): void {
    stream.consumed += bytes;
    if (!stream.free) this.#options.gate().passed(bytes);
    const window = this.#options.streamWindowBytes;
    if (stream.in.final === undefined && stream.consumed + window - stream.receiveLimit >= window / 4) {
      this.#creditDue.add(stream);
      this.#options.wake();
    }
    this.#sessionTaken(bytes);
  }

  /** Bytes up to here count as consumed, read or not. */
  #release(stream: State, upTo: number): void {
    this.#sessionTaken(upTo - stream.consumed);
    stream.consumed = upTo;
  }

  #sessionTaken(bytes: number): void {
    this.#consumed += bytes;
    const window = this.#options.sessionWindowBytes;
    if (this.#consumed + window - this.#receiveLimit < window / 4) return;
    this.#sessionCreditDue = true;
    this.#options.wake();
  }

  #fillCredit(writer: Writer, sent: SentFrame[]): void {
    const put = (frame: Extract<Frame, { kind: 'credit' | 'stream-credit' }>): void => {
      encodeFrame(writer, frame);
      sent.push(frame);
    };
    if (this.#sessionCreditDue && writer.left >= 9) {
      this.#sessionCreditDue = false;
      this.#receiveLimit = this.#consumed + this.#options.sessionWindowBytes;
      put({ kind: 'credit', bytes: this.#receiveLimit });
    }
    for (const stream of this.#creditDue) {
      if (writer.left < 17) return;
      this.#creditDue.delete(stream);
      stream.receiveLimit = stream.consumed + this.#options.streamWindowBytes;
      put({ kind: 'stream-credit', stream: stream.id, bytes: stream.receiveLimit });
    }
  }

  /** Forgets a stream that both sides are done with. */
  #sweep(stream: State): void {
    if (stream.closed && stream.phase === 'open' && stream.out.done && stream.in.done) this.#remove(stream);
  }

  #remove(stream: State): void {
    stream.phase = 'over';
    this.#streams.delete(stream.id);
    this.#ready.delete(stream);
    this.#creditDue.delete(stream);
  }
}

const brief = (reason: string): string =>
  Buffer.from(reason.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' '))
    .subarray(0, REASON_BYTES_MAX)
    .toString()
    .replace(/\uFFFD$/u, '');
