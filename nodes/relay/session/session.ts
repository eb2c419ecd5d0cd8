/**
 * A session between two relays over one circuit: sealed packets, acknowledged and sent anew when lost, with streams inside.
 * Whatever the circuit drops, doubles, delays or reorders, every stream's bytes come out once and in order; whatever it alters is
 * dropped. Both ends are the same but for who opens streams. Time comes from the clock handed in.
 */
import { createHmac } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { SessionError } from '../../errors.ts';
import type { Clock, DatagramListener, SessionDatagrams, SessionStats, Waiting } from '../../node.ts';
import { Alarm } from '../alarm.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { FrameError, Writer } from '../wire/bytes.ts';
import { datagramHeaderBytes, decodeFrames, encodeFrame, type Frame, frameBytes, REASON_BYTES_MAX } from '../wire/frames.ts';
import type { TransportKeys } from '../wire/noise.ts';
import { openPacket, PACKET_OVERHEAD_BYTES } from '../wire/packet.ts';
import { Datagrams } from './datagrams.ts';
import { type Gate, OPEN_GATE } from './gate.ts';
import { Inbound } from './inbound.ts';
import { Outbound } from './outbound.ts';
import { PROFILES, SESSION_WINDOW_STREAMS } from './profile.ts';
import type { SentFrame } from './recovery.ts';
import { type Stream, Streams } from './streams.ts';

/** Nothing was heard for so long while something was owed: the session is over. */
export const SESSION_DEAD_MS = 60_000;
/** An exit forgets a client that says nothing at all for so long, when it wants the room. */
export const SESSION_IDLE_MS = 600_000;
/** How long closing waits for last bytes to be acknowledged, and for the farewell to leave. */
const LINGER_MS = 10_000;
/** Pings that wait for their answer. */
const PINGS_MAX = 256;
/** A short packet: over onion messages it fits the 1,366 B onion up to six hops (721 B at five). */
const SHORT_UNIT_BYTES = 600;
/** Frames other than data that wait to be sent; a peer that asks for more answers than it fetches is cut off. */
const QUEUED_FRAMES_MAX = 16_384;

/** Flows fit two bytes. */
const FLOW_MAX = 2 ** 14 - 1;
const DATAGRAM_HEADER_BYTES_MAX = datagramHeaderBytes(FLOW_MAX, 65_535);

export type Accept = (stream: Stream, host: string, port: number, session: Session) => void;

export interface SessionOptions {
  /** 16 hex characters. */
  readonly id: string;
  readonly role: 'client' | 'exit';
  readonly circuit: Circuit;
  readonly keys: TransportKeys;
  readonly clock: Clock;
  /** At an exit: the client's node key where its handshake proved one. */
  readonly client?: string | null;
  /** At an exit: a client asks for a connection. */
  readonly accept?: Accept;
  /** Runs once. */
  readonly onEnd: (reason: Error) => void;
}

export class Session implements SessionDatagrams {
  readonly id: string;
  readonly circuit: Circuit;
  /** At an exit: the node that calls, proven; null when it did not say. */
  readonly client: string | null;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #streams: Streams;
  readonly #datagrams: Datagrams;
  readonly #alarm: Alarm;
  readonly #queue: SentFrame[] = [];
  readonly #pings = new Map<number, { resolve(atMs: number): void; reject(error: Error): void }>();
  #scratch = Buffer.alloc(0);
  #nextPing = 0;
  #pumping = false;
  #datagramTurn = true;
  #gate = OPEN_GATE;
  #ended: Error | undefined;
  #onDrained: (() => void) | undefined;
  #heardMs: number;
  #received = { units: 0, bytes: 0 };
  /** Units that were dropped on arrival: forged, altered, or here before. */
  rejected = 0;

  constructor(options: SessionOptions) {
    const profile = PROFILES[options.circuit.carrier];
    this.id = options.id;
    this.circuit = options.circuit;
    this.client = options.client ?? null;
    this.#options = options;
    this.#clock = options.clock;
    this.#heardMs = options.clock.now();
    this.#inbound = new Inbound(profile);
    this.#outbound = new Outbound({
      ...options,
      profile,
      lost: (frames) => this.#resend(frames),
      wake: () => this.#wake(),
      fail: (error) => this.fail(error),
    });
    this.#streams = new Streams({
      role: options.role,
      streamWindowBytes: profile.streamWindowBytes,
      sessionWindowBytes: profile.streamWindowBytes * SESSION_WINDOW_STREAMS,
      queue: (frame) => this.#enqueue(frame),
      wake: () => this.#wake(),
      gate: () => this.#gate,
      accept: (stream, host, port) => options.accept?.(stream, host, port, this),
    });
    this.#datagrams = new Datagrams(profile.datagramQueueBytes, () => this.#gate);
    this.#alarm = new Alarm(options.clock, () => this.#wake());
    options.circuit.onClosed((cause) => this.fail(new SessionError('the way to the other relay is gone', { cause })));
    this.#wake();
  }

  get ended(): Error | undefined {
    return this.#ended;
  }

  get streamCount(): number {
    return this.#streams.count;
  }

  /** @throws RefusedError with the exit's reason, SessionError when the session ends before. */
  async connect(host: string, port: number, { signal }: Waiting = {}): Promise<Duplex> {
    this.#assertAlive();
    return this.#streams.connect(host, port, signal);
  }

  /** There and back, in ms of the clock. */
  async ping({ signal }: Waiting = {}): Promise<number> {
    this.#assertAlive();
    signal?.throwIfAborted();
    if (this.#pings.size >= PINGS_MAX) throw new SessionError(`${PINGS_MAX} pings wait for their answer: that is the limit`);
    const id = this.#nextPing++;
    const startMs = this.#clock.now();
    let abort = () => {};
    try {
      const atMs = await new Promise<number>((resolve, reject) => {
        abort = () => reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#pings.set(id, { resolve, reject });
        this.#enqueue({ kind: 'ping', id });
        this.#wake();
      });
      return atMs - startMs;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#pings.delete(id);
    }
  }

  /** Puts whatever this end passes on, both ways, through a gate; free services excepted. */
  setGate(gate: Gate): void {
    this.#gate = gate;
    this.#streams.gateMoved();
  }

  /** The gate may let something pass that it held back. */
  gateMoved(): void {
    if (this.#ended === undefined) this.#streams.gateMoved();
  }

  /** 32 bytes that both ends of this session know and nobody else (RFC 5705's idea), others for each label. */
  exporter(label: string): Buffer {
    const { role, keys } = this.#options;
    return createHmac('sha256', role === 'client' ? keys.send : keys.receive)
      .update(`leyden/1 ${label}`)
      .update(keys.hash)
      .digest();
  }

  get datagramBytesMax(): number {
    return this.circuit.mtu - PACKET_OVERHEAD_BYTES - DATAGRAM_HEADER_BYTES_MAX;
  }

  sendDatagram(flow: number, bytes: Uint8Array): boolean {
    if (flow < 0 || flow > FLOW_MAX) throw new RangeError(`a flow of ${flow}: 0 to ${FLOW_MAX} expected`);
    if (this.#ended !== undefined || !this.#datagrams.queue(flow, bytes, this.datagramBytesMax, this.#clock.now())) return false;
    this.#wake();
    return true;
  }

  onDatagram(flow: number, listener: DatagramListener): () => void {
    this.#assertAlive();
    return this.#datagrams.listen(flow, listener);
  }

  stats(): SessionStats {
    return { ...this.#outbound.stats, ...this.#datagrams.stats, unitsReceived: this.#received.units, bytesReceived: this.#received.bytes };
  }

  /** A packet that names this session. Never throws: what is not authentic is dropped, what is malformed ends the session. */
  receive(unit: Uint8Array): void {
    if (this.#ended !== undefined) return;
    const packet = this.#open(unit);
    if (packet === undefined) return;
    const nowMs = this.#clock.now();
    this.#heardMs = nowMs;
    this.#received.units += 1;
    this.#received.bytes += unit.length;
    try {
      const frames = [...decodeFrames(packet.plaintext)];
      let keep = true;
      for (const frame of frames) keep = this.#frame(frame, nowMs) && keep;
      if (keep) this.#inbound.received(packet.number, frames.some(asksForAck), nowMs);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.fail(new SessionError(`the other relay broke the protocol: ${error.message}`, { cause: error }));
    }
    this.#wake();
  }

  /** Lets last bytes arrive, says farewell and ends. Streams that are still open are reset. */
  async close(): Promise<void> {
    if (this.#ended === undefined && this.#streams.lingering) await this.#drained();
    if (this.#ended !== undefined) return;
    const farewell = this.#seal([{ kind: 'close', reason: 'done' }]);
    this.#finish(new SessionError('the session was closed here'));
    await this.#outbound.farewell(farewell, LINGER_MS);
    this.circuit.close();
  }

  /** Ends at once with this error; the other end is told where that may help. */
  fail(error: Error): void {
    if (this.#ended !== undefined) return;
    const farewell = this.#seal([{ kind: 'close', reason: Buffer.from(error.name).toString('utf8', 0, REASON_BYTES_MAX) }]);
    this.#finish(error);
    void this.#outbound.farewell(farewell, LINGER_MS).then(() => this.circuit.close());
  }

  /** Resolves when every stream that its owner closed is through, or after LINGER_MS. */
  async #drained(): Promise<void> {
    const waited = new AbortController();
    this.#onDrained = () => waited.abort();
    await this.#clock.sleep(LINGER_MS, { signal: waited.signal }).catch(() => {});
    this.#onDrained = undefined;
  }

  #frame(frame: Frame, nowMs: number): boolean {
    switch (frame.kind) {
      case 'ack':
        for (const packet of this.#outbound.acknowledged(frame.ranges, frame.delayUs / 1000, nowMs))
          for (const sent of packet.frames) this.#streams.acknowledged(sent);
        return true;
      case 'settled':
        this.#inbound.settledBelow(frame.below);
        return true;
      case 'ping':
        this.#enqueue({ kind: 'pong', id: frame.id });
        return true;
      case 'pong':
        this.#pings.get(frame.id)?.resolve(nowMs);
        return true;
      case 'datagram':
        this.#datagrams.receive(frame);
        return true;
      case 'close':
        this.#finish(new SessionError(`the other relay closed the session: ${frame.reason}`));
        this.circuit.close();
        return true;
      default:
        return this.#ended !== undefined || this.#streams.receive(frame);
    }
  }

  #open(unit: Uint8Array): { readonly number: number; readonly plaintext: Buffer } | undefined {
    try {
      const packet = openPacket(this.#options.keys.receive, unit);
      if (!this.#inbound.replayed(packet.number)) return packet;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
    this.rejected += 1;
    return undefined;
  }

  #wake(): void {
    if (this.#pumping || this.#ended !== undefined) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ended !== undefined) return;
    const nowMs = this.#clock.now();
    if (nowMs >= this.#deadAt()) {
      const hint = 'the other relay, or a node on the way, has stopped; over keysend its budget may be used up';
      this.fail(new SessionError(`nothing was heard from the other relay for ${SESSION_DEAD_MS / 1000} s`, { hint }));
      return;
    }
    let probe = this.#outbound.tick(nowMs);
    // Datagrams are not sent anew: where they alone are under way, something must still ask for an answer.
    if (probe && !this.#pending) this.#enqueue({ kind: 'ping', id: this.#nextPing++ });
    let readyAt = Number.POSITIVE_INFINITY;
    while (this.#ended === undefined && this.#pending) {
      readyAt = this.#outbound.readyAt(this.circuit.mtu, nowMs);
      const full = probe || readyAt <= nowMs;
      // What is short need not wait for the room of a full packet: a keystroke beside a download.
      const short = !full && this.#outbound.readyAt(SHORT_UNIT_BYTES, nowMs) <= nowMs;
      if (!(full || short) || !this.#sendNext(nowMs, full ? this.circuit.mtu : SHORT_UNIT_BYTES, short)) break;
      probe = false;
    }
    if (!this.#pending) {
      readyAt = Number.POSITIVE_INFINITY;
      this.#outbound.settle();
    }
    if (this.#inbound.dueAt() <= nowMs) this.#sendAck(nowMs);
    if (this.#onDrained !== undefined && !this.#streams.lingering) this.#onDrained();
    this.#alarm.set(
      Math.min(this.#outbound.wakeAt(), this.#inbound.dueAt(), readyAt > nowMs ? readyAt : Number.POSITIVE_INFINITY, this.#deadAt()),
    );
  }

  get #pending(): boolean {
    return this.#queue.length > 0 || this.#streams.pending || this.#datagrams.pending;
  }

  /** One packet with whatever waits, or in a short one only what fits as a whole; false when nothing does. */
  #sendNext(nowMs: number, unitBytes: number, short: boolean): boolean {
    const writer = new Writer(this.#plaintext(Math.min(unitBytes, this.circuit.mtu) - PACKET_OVERHEAD_BYTES));
    const sent: SentFrame[] = [];
    const ack = this.#inbound.ack(nowMs);
    const first = this.#datagramTurn || !this.#streams.pending;
    // A datagram cannot be cut: beside it goes only what leaves it its room.
    const room = () => writer.left - (first ? this.#datagrams.nextBytes(this.datagramBytesMax, nowMs) : 0);
    const rides = ack !== undefined && this.#inbound.rides(frameBytes(ack), nowMs) && frameBytes(ack) <= room();
    if (rides) encodeFrame(writer, ack);
    const settled = this.#outbound.settledFrame();
    const tells = settled !== undefined && frameBytes(settled) <= room();
    if (tells) encodeFrame(writer, settled);
    while (this.#queue.length > 0 && frameBytes(this.#queue[0] as Frame) <= writer.left) {
      const frame = this.#queue.shift() as Exclude<SentFrame, { kind: 'piece' }>;
      encodeFrame(writer, frame);
      sent.push(frame);
    }
    // Where both wait, every other packet is the streams'.
    let datagrams = first ? this.#datagrams.fill(writer, this.datagramBytesMax, nowMs) : 0;
    this.#streams.fill(writer, sent, short);
    if (!first) datagrams = this.#datagrams.fill(writer, this.datagramBytesMax, nowMs);
    if (sent.length === 0 && datagrams === 0) return false;
    this.#datagramTurn = !first || !this.#datagrams.pending;
    if (rides) this.#inbound.sent();
    if (tells) this.#outbound.settledTold(settled);
    this.#outbound.send(writer.done(), sent, nowMs);
    return true;
  }

  /** The same memory for every packet: sealing copies it. */
  #plaintext(bytes: number): Buffer {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafe(bytes);
    return this.#scratch.subarray(0, bytes);
  }

  #sendAck(nowMs: number): void {
    const ack = this.#inbound.ack(nowMs);
    this.#inbound.sent();
    if (ack !== undefined) this.#outbound.send(encoded([ack]), null, nowMs);
  }

  #resend(frames: readonly SentFrame[]): void {
    for (const frame of frames) {
      const answered = frame.kind === 'ping' && !this.#pings.has(frame.id);
      if (!answered) this.#streams.lost(frame);
    }
    this.#wake();
  }

  #enqueue(frame: SentFrame): void {
    if (this.#queue.length >= QUEUED_FRAMES_MAX) this.fail(new SessionError('the other relay asks for more answers than it fetches'));
    else this.#queue.push(frame);
  }

  #seal(frames: readonly Frame[]): Buffer {
    return this.#outbound.seal(encoded(frames));
  }

  #deadAt(): number {
    const owedMs = this.#outbound.owedSinceMs;
    return owedMs === null ? Number.POSITIVE_INFINITY : Math.max(owedMs, this.#heardMs) + SESSION_DEAD_MS;
  }

  #finish(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#alarm.clear();
    this.#onDrained?.();
    this.#streams.end(error);
    this.#datagrams.end();
    for (const { reject } of this.#pings.values()) reject(error);
    this.#options.onEnd(error);
  }

  #assertAlive(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

const asksForAck = ({ kind }: Frame): boolean => kind !== 'ack' && kind !== 'settled' && kind !== 'close';

const encoded = (frames: readonly Frame[]): Buffer => {
  const writer = new Writer(frames.reduce((sum, frame) => sum + frameBytes(frame), 0));
  for (const frame of frames) encodeFrame(writer, frame);
  return writer.done();
};
