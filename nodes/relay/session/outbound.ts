/** Packets on their way out: sealing them, what the carrier says of each, the congestion window, and what must be sent anew. */
import { FeeLimitError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import type { Circuit, PaceMark } from '../carrier/carrier.ts';
import type { Frame, PacketRange } from '../wire/frames.ts';
import { PACKET_NUMBER_MAX, sealPacket } from '../wire/packet.ts';
import type { PacketKeys } from '../wire/packet-keys.ts';
import { CongestionWindow, WINDOWS } from './congestion.ts';
import { PROFILES } from './profile.ts';
import { Recovery, SENT_PACKETS_MAX, type SentFrame, type SentPacket } from './recovery.ts';

/** The other end is told which packets are settled whenever this many more are. */
const SETTLED_EVERY = 32;

type SettledFrame = Extract<Frame, { kind: 'settled' }>;

export interface OutboundOptions {
  readonly id: string;
  readonly circuit: Circuit;
  readonly keys: PacketKeys;
  readonly clock: Clock;
  lost(frames: readonly SentFrame[]): void;
  wake(): void;
  fail(error: Error): void;
}

export class Outbound {
  readonly #options: OutboundOptions;
  readonly #recovery: Recovery;
  readonly #marks = new Map<number, PaceMark>();
  #circuit: Circuit;
  #window: CongestionWindow;
  /** The circuit is gone, and another one not there yet. */
  #held = false;
  #settledTold = 0;
  #owedSinceMs: number | null = null;
  #stats = { unitsSent: 0, unitsLost: 0, bytesSent: 0 };

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#circuit = options.circuit;
    this.#recovery = new Recovery(PROFILES[options.circuit.carrier]);
    this.#window = new CongestionWindow(WINDOWS[options.circuit.carrier]);
  }

  get stats(): { readonly unitsSent: number; readonly unitsLost: number; readonly bytesSent: number } {
    return this.#stats;
  }

  /** Since when the other end owes an acknowledgement and none came; null when it does not. */
  get owedSinceMs(): number | null {
    return this.#owedSinceMs;
  }

  /** Nothing leaves until `move`. */
  hold(): void {
    this.#held = true;
  }

  /** Goes on over this circuit: whatever is not acknowledged is sent anew, since nobody knows what of it arrived. */
  move(circuit: Circuit): void {
    this.#held = false;
    this.#circuit = circuit;
    this.#window = new CongestionWindow(WINDOWS[circuit.carrier]);
    this.#marks.clear();
    const underWay = this.#recovery.restart(PROFILES[circuit.carrier]);
    this.#stats.unitsLost += underWay.length;
    for (const packet of underWay) this.#options.lost(packet.frames);
  }

  /** The longest unit that should go now. */
  unitBytes(interactive: boolean): number {
    return this.#window.unitBytes(this.#circuit.mtu, interactive);
  }

  /** When a unit of this many bytes may go, in ms of the clock. */
  readyAt(unitBytes: number, nowMs: number, interactive = false): number {
    if (this.#held || this.#recovery.size >= SENT_PACKETS_MAX) return Number.POSITIVE_INFINITY;
    const { pace } = this.#circuit;
    const windowAt = this.#window.readyAt(unitBytes, interactive);
    return windowAt === Number.POSITIVE_INFINITY || pace === null ? windowAt : Math.max(windowAt, pace.readyAt(unitBytes, nowMs));
  }

  wakeAt(): number {
    return this.#held ? Number.POSITIVE_INFINITY : this.#recovery.wakeAt();
  }

  /** Sends anew what is lost by now. True when a packet must go whatever the window says. */
  tick(nowMs: number): boolean {
    if (this.#held) return false;
    for (const packet of this.#recovery.lost(nowMs)) this.#lost(packet, nowMs, false);
    const oldest = this.#recovery.probe(nowMs);
    if (oldest === undefined) return false;
    this.#options.lost(oldest.frames);
    return true;
  }

  acknowledged(ranges: readonly PacketRange[], delayMs: number, nowMs: number): SentPacket[] {
    const acked = this.#recovery.acknowledged(ranges, delayMs, nowMs);
    for (const packet of acked) this.#release(packet, nowMs);
    if (acked.length > 0) this.#owedSinceMs = nowMs;
    this.settle();
    return acked;
  }

  /** Nothing waits to be sent: then, with nothing under way, nothing is owed. What a carrier refuses over and over stays owed. */
  settle(): void {
    if (this.#recovery.size === 0) this.#owedSinceMs = null;
  }

  /** Which packets are settled, when the other end should hear of it. */
  settledFrame(): SettledFrame | undefined {
    const below = this.#recovery.settledBelow;
    return below - this.#settledTold < SETTLED_EVERY ? undefined : { kind: 'settled', below };
  }

  settledTold({ below }: SettledFrame): void {
    this.#settledTold = below;
  }

  /** @param frames what must arrive; null: an acknowledgement alone, which nobody tracks. */
  send(plaintext: Uint8Array, frames: readonly SentFrame[] | null, nowMs: number): void {
    const { number, unit } = this.#seal(plaintext);
    this.#stats.unitsSent += 1;
    this.#stats.bytesSent += unit.length;
    const { pace } = this.#circuit;
    const mark = frames !== null ? pace?.sent(unit.length, nowMs) : pace?.spend(unit.length, nowMs);
    if (frames !== null) {
      this.#recovery.sent({ number, bytes: unit.length, sentMs: nowMs, frames, arrivedMs: null, inFlight: true });
      this.#window.sent(unit.length);
      if (mark !== undefined) this.#marks.set(number, mark);
      this.#owedSinceMs ??= nowMs;
    }
    this.#circuit.send(unit).then(
      (verdict) => {
        if (verdict === 'arrived') this.#arrived(number, this.#options.clock.now());
      },
      (error: Error) => this.#refused(number, error),
    );
  }

  /** The last packet, outside of all windows; resolves when it left, or after this long. */
  async farewell(plaintext: Uint8Array, waitMs: number): Promise<void> {
    const waited = new AbortController();
    const sent = this.#circuit.send(this.#seal(plaintext).unit).then(
      () => {},
      () => {}, // the way may be gone: then there is nobody to tell
    );
    await Promise.race([sent, this.#options.clock.sleep(waitMs, { signal: waited.signal }).catch(() => {})]);
    waited.abort();
  }

  #seal(plaintext: Uint8Array): { readonly number: number; readonly unit: Buffer } {
    const number = this.#recovery.takeNumber();
    if (number > PACKET_NUMBER_MAX) throw new RangeError('a bug: a session outlived its packet numbers');
    const { keys, id } = this.#options;
    const key = keys.of(number);
    if (key === undefined) throw new RangeError('a bug: a packet number without a key');
    keys.used(number);
    return { number, unit: sealPacket(key, id, number, plaintext) };
  }

  #arrived(number: number, nowMs: number): void {
    const packet = this.#recovery.arrived(number, nowMs);
    if (packet === undefined) return;
    this.#release(packet, nowMs);
    this.#options.wake();
  }

  #refused(number: number, error: Error): void {
    if (error instanceof FeeLimitError) this.#options.fail(error);
    const packet = this.#recovery.failed(number);
    if (packet !== undefined) this.#lost(packet, this.#options.clock.now(), true);
  }

  #lost(packet: SentPacket, nowMs: number, refused: boolean): void {
    this.#stats.unitsLost += 1;
    if (packet.inFlight) {
      packet.inFlight = false;
      this.#window.lost(packet.bytes, packet.sentMs, nowMs, refused);
    }
    const mark = this.#mark(packet);
    if (mark !== undefined) this.#circuit.pace?.lost(mark, nowMs);
    this.#options.lost(packet.frames);
  }

  #release(packet: SentPacket, nowMs: number): void {
    if (!packet.inFlight) return;
    packet.inFlight = false;
    this.#window.arrived(packet.bytes, nowMs - packet.sentMs, this.#recovery.rtt.minMs);
    const mark = this.#mark(packet);
    if (mark !== undefined) this.#circuit.pace?.arrived(mark, nowMs);
  }

  #mark(packet: SentPacket): PaceMark | undefined {
    const mark = this.#marks.get(packet.number);
    this.#marks.delete(packet.number);
    return mark;
  }
}
