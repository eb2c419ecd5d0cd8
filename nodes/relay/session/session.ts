/**
 * A session between two relays: sealed packets, acknowledged and sent anew when lost, with streams and datagrams inside. Whatever a
 * circuit drops, doubles, delays or reorders, every stream's bytes come out once and in order; whatever it alters is dropped. A
 * session outlives its circuit: the client opens another one, and the exit answers on that by which the newest packet came. Both
 * ends are the same but for who opens circuits and streams. Time comes from the clock handed in.
 */
import { createHmac } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { SessionError } from '../../errors.ts';
import type { Clock, DatagramListener, SessionDatagrams, SessionStats, Waiting } from '../../node.ts';
import { Alarm } from '../alarm.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { FrameError } from '../wire/bytes.ts';
import { type Frame, REASON_BYTES_MAX } from '../wire/frames.ts';
import type { TransportKeys } from '../wire/noise.ts';
import { PacketKeys } from '../wire/packet-keys.ts';
import { Arrivals, framesOf } from './arrivals.ts';
import { Datagrams } from './datagrams.ts';
import { type Gate, OPEN_GATE } from './gate.ts';
import { Inbound } from './inbound.ts';
import { Interactive, keystroke } from './interactive.ts';
import { Outbound } from './outbound.ts';
import { datagramBytesMax, encoded, FLOW_MAX, Packing, SHORT_UNIT_BYTES } from './packing.ts';
import { Pings } from './pings.ts';
import { PROFILES, SESSION_WINDOW_STREAMS } from './profile.ts';
import type { SentFrame } from './recovery.ts';
import { type Sending, sendDue } from './sending.ts';
import { type Stream, Streams } from './streams.ts';
import { type Resumption, Way } from './way.ts';

/** Nothing was heard for so long while something was owed, or while there was no circuit: the session is over. */
export const SESSION_DEAD_MS = 120_000;
/** An exit forgets a client that says nothing at all for so long, when it wants the room. */
export const SESSION_IDLE_MS = 600_000;
/** How long closing waits for last bytes to be acknowledged, and for the farewell to leave. */
const LINGER_MS = 10_000;

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
  /** At an exit: the circuit for a way back that the client chose anew. @throws FrameError when it makes no sense. */
  readonly turn?: (way: Uint8Array) => Promise<Circuit>;
  /** At a client; without, the session ends with its circuit. */
  readonly resumption?: Resumption;
  /** Runs once. */
  readonly onEnd: (reason: Error) => void;
}

export class Session implements SessionDatagrams {
  readonly id: string;
  /** At an exit: the node that calls, proven; null when it did not say. */
  readonly client: string | null;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #arrivals: Arrivals;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #streams: Streams;
  readonly #datagrams: Datagrams;
  readonly #packing: Packing;
  readonly #pings = new Pings();
  readonly #way: Way;
  readonly #sending: Sending;
  readonly #alarm: Alarm;
  readonly #over = new AbortController();
  readonly #interactive = new Interactive();
  #pumping = false;
  #gate = OPEN_GATE;
  #ended: Error | undefined;
  #onDrained: (() => void) | undefined;
  #heardMs: number;

  constructor(options: SessionOptions) {
    const { id, circuit, clock, keys } = options;
    const profile = PROFILES[circuit.carrier];
    this.id = id;
    this.client = options.client ?? null;
    this.#options = options;
    this.#clock = clock;
    this.#heardMs = clock.now();
    this.#inbound = new Inbound(profile);
    this.#arrivals = new Arrivals(new PacketKeys(keys.chaining, keys.receive), this.#inbound);
    this.#outbound = new Outbound({
      id,
      circuit,
      clock,
      keys: new PacketKeys(keys.chaining, keys.send),
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
    this.#packing = new Packing({ inbound: this.#inbound, outbound: this.#outbound, streams: this.#streams, datagrams: this.#datagrams });
    this.#alarm = new Alarm(clock, () => this.#wake());
    this.#way = new Way({
      role: options.role,
      circuit,
      clock,
      resumption: options.resumption,
      turn: options.turn,
      over: this.#over.signal,
      held: () => this.#outbound.hold(),
      moved: (moved) => {
        this.#inbound.moved(PROFILES[moved.carrier]);
        this.#outbound.move(moved);
        this.#wake();
      },
      say: (frame) => this.#enqueue(frame),
      pingId: () => this.#pings.askId(),
      fail: (error) => this.fail(error),
    });
    this.#sending = {
      outbound: this.#outbound,
      packing: this.#packing,
      way: this.#way,
      interactive: this.#interactive,
      ping: () => this.#enqueue({ kind: 'ping', id: this.#pings.takeId() }),
      alive: () => this.#ended === undefined,
    };
    this.#way.begin();
    this.#wake();
  }

  /** The one it uses, or used last. */
  get circuit(): Circuit {
    return this.#way.circuit;
  }

  /** Units that were dropped on arrival: forged, altered, or here before. */
  get rejected(): number {
    return this.#arrivals.rejected;
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
    const startMs = this.#clock.now();
    const id = this.#pings.takeId();
    const answer = this.#pings.answer(id, signal);
    if (this.#pings.waits(id)) this.#enqueue({ kind: 'ping', id });
    this.#interactive.sign(startMs);
    this.#wake();
    return (await answer) - startMs;
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
    return datagramBytesMax(this.#way.circuit);
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
    const { units, bytes } = this.#arrivals;
    const { moves, circuit } = this.#way;
    const { path } = circuit;
    return { ...this.#outbound.stats, ...this.#datagrams.stats, unitsReceived: units, bytesReceived: bytes, moves, ...(path && { path }) };
  }

  /**
   * A packet that names this session, and the circuit on which it came where that is known. Never throws: what is not authentic is
   * dropped, what is malformed ends the session.
   */
  receive(unit: Uint8Array, back: Circuit | null = null): void {
    if (this.#ended !== undefined) return;
    const packet = this.#arrivals.open(unit);
    if (packet === undefined) return;
    const nowMs = this.#clock.now();
    this.#heardMs = nowMs;
    // As in QUIC's migration: only what is newer than all before says where the client is now.
    if (packet.newest) this.#way.newest(back);
    try {
      const frames = framesOf(packet);
      if (unit.length <= SHORT_UNIT_BYTES && frames.some(keystroke)) this.#interactive.sign(nowMs);
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
    this.#finish(new SessionError('the session was closed here'));
    await this.#farewell('done');
  }

  /** Ends at once with this error; the other end is told where that may help. */
  fail(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#finish(error);
    void this.#farewell(error.name);
  }

  async #farewell(reason: string): Promise<void> {
    const close = encoded({ kind: 'close', reason: Buffer.from(reason).toString('utf8', 0, REASON_BYTES_MAX) });
    if (this.#way.lost === undefined) await this.#outbound.farewell(close, LINGER_MS);
    this.#way.circuit.close();
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
        this.#interactive.sign(nowMs);
        this.#enqueue({ kind: 'pong', id: frame.id });
        return true;
      case 'pong':
        this.#pings.answered(frame.id, nowMs);
        return true;
      case 'datagram':
        this.#datagrams.receive(frame);
        return true;
      case 'way':
        this.#way.turn(frame, nowMs);
        return true;
      case 'close':
        this.#finish(new SessionError(`the other relay closed the session: ${frame.reason}`));
        this.#way.circuit.close();
        return true;
      case 'data':
        this.#way.heardData();
        return this.#ended !== undefined || this.#streams.receive(frame);
      default:
        return this.#ended !== undefined || this.#streams.receive(frame);
    }
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
      this.fail(this.#dead());
      return;
    }
    if (nowMs >= this.#way.doubtAt(this.#outbound.owedSinceMs)) this.#way.doubt();
    if (nowMs >= this.#listenAt()) this.#way.listen();
    const readyAt = sendDue(this.#sending, nowMs);
    if (!this.#packing.pending) this.#outbound.settle();
    if (this.#way.lost === undefined && this.#inbound.dueAt() <= nowMs) this.#packing.sendAck(nowMs, this.#way.circuit);
    if (this.#onDrained !== undefined && !this.#streams.lingering) this.#onDrained();
    const ackAt = this.#way.lost === undefined ? this.#inbound.dueAt() : Number.POSITIVE_INFINITY;
    const askAt = Math.min(this.#way.doubtAt(this.#outbound.owedSinceMs), this.#listenAt());
    this.#alarm.set(Math.min(this.#outbound.wakeAt(), ackAt, readyAt, this.#deadAt(), askAt));
  }

  #resend(frames: readonly SentFrame[]): void {
    for (const frame of frames) {
      const answered = frame.kind === 'ping' && !this.#pings.waits(frame.id);
      if (!answered) this.#streams.lost(frame);
    }
    this.#wake();
  }

  #enqueue(frame: SentFrame): void {
    if (!this.#packing.enqueue(frame)) this.fail(new SessionError('the other relay asks for more answers than it fetches'));
  }

  #deadAt(): number {
    if (this.#way.lost !== undefined) return this.#way.lost.sinceMs + SESSION_DEAD_MS;
    const owedMs = this.#outbound.owedSinceMs;
    return owedMs === null ? Number.POSITIVE_INFINITY : Math.max(owedMs, this.#heardMs) + SESSION_DEAD_MS;
  }

  /** A client with streams open that is owed nothing, and says nothing, would not notice that its way back is gone. */
  #listenAt(): number {
    const listens = this.#streams.count > 0 && !this.#packing.pending && this.#outbound.owedSinceMs === null;
    return listens ? this.#way.listenAt(this.#heardMs) : Number.POSITIVE_INFINITY;
  }

  #dead(): SessionError {
    const seconds = SESSION_DEAD_MS / 1000;
    if (this.#way.lost !== undefined)
      return new SessionError(`no other circuit took the place of the one that was lost within ${seconds} s`, {
        cause: this.#way.lost.cause,
      });
    const hint = 'the other relay, or a node on the way, has stopped; over keysend its budget may be used up';
    return new SessionError(`nothing was heard from the other relay for ${seconds} s`, { hint });
  }

  #finish(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#over.abort(error);
    this.#alarm.clear();
    this.#onDrained?.();
    this.#streams.end(error);
    this.#datagrams.end();
    this.#pings.end(error);
    this.#options.onEnd(error);
  }

  #assertAlive(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

const asksForAck = ({ kind }: Frame): boolean => kind !== 'ack' && kind !== 'settled' && kind !== 'close';
