/**
 * Packets that were sent and are not settled: acknowledged, or given up and their frames sent anew. Loss is found by sequence and
 * time as in RFC 9002 §6; a carrier with a verdict (Profile.verdict) tells at once. Numbers are ms of the clock handed in.
 */
import { FrameError } from '../wire/bytes.ts';
import type { Frame, PacketRange } from '../wire/frames.ts';
import type { Profile } from './profile.ts';
import { Rtt } from './rtt.ts';
import type { Piece } from './send-buffer.ts';

/** What a packet held that must arrive: frames as they were, and stream data by where it lies in its send buffer. */
export type SentFrame =
  | Exclude<Frame, { kind: 'data' | 'ack' | 'settled' | 'datagram' }>
  | ({ readonly kind: 'piece'; readonly stream: number } & Piece);

export interface SentPacket {
  readonly number: number;
  readonly bytes: number;
  readonly sentMs: number;
  readonly frames: readonly SentFrame[];
  /** When the carrier's verdict came; null while it is awaited or where there is none. */
  arrivedMs: number | null;
  /** Still counted by the congestion window. */
  inFlight: boolean;
}

/** Packets that a session tracks at most. */
export const SENT_PACKETS_MAX = 4096;
/** Waits double this often at most: over a minute of silence several probes must go, or loss alone would end a session. */
const PROBE_BACKOFF_MAX = 2;

export class Recovery {
  rtt: Rtt;
  #profile: Profile;
  readonly #packets = new Map<number, SentPacket>();
  #nextNumber = 0;
  #largestAcked = -1;
  #largestAckedSentMs = Number.NEGATIVE_INFINITY;
  #progressMs = 0;
  #probes = 0;
  #awaitingVerdict = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.rtt = new Rtt(profile.initialRttMs);
  }

  get size(): number {
    return this.#packets.size;
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Every packet below it is settled. */
  get settledBelow(): number {
    for (const number of this.#packets.keys()) return number;
    return this.#nextNumber;
  }

  /** The session moved to another circuit: forgets what is under way, numbers go on. @returns what it was. */
  restart(profile: Profile): SentPacket[] {
    const packets = [...this.#packets.values()];
    this.#packets.clear();
    this.#profile = profile;
    this.rtt = new Rtt(profile.initialRttMs);
    this.#probes = 0;
    this.#awaitingVerdict = 0;
    return packets;
  }

  takeNumber(): number {
    return this.#nextNumber++;
  }

  sent(packet: SentPacket): void {
    if (this.#packets.size === 0) this.#progressMs = packet.sentMs;
    this.#packets.set(packet.number, packet);
    if (this.#profile.verdict) this.#awaitingVerdict += 1;
  }

  /** @returns what is newly acknowledged. @throws FrameError for packets that were never sent. */
  acknowledged(ranges: readonly PacketRange[], delayMs: number, nowMs: number): SentPacket[] {
    const newest = (ranges[0] as PacketRange)[1];
    if (newest >= this.#nextNumber) throw new FrameError(`an acknowledgement of packet ${newest}, ${this.#nextNumber} were sent`);
    const acked = [...this.#packets.values()].filter(({ number }) => ranges.some(([first, last]) => first <= number && number <= last));
    for (const packet of acked) {
      this.#forget(packet);
      if (packet.number === newest && !this.#profile.verdict) this.rtt.sample(nowMs - packet.sentMs, delayMs);
      this.#largestAcked = Math.max(this.#largestAcked, packet.number);
      this.#largestAckedSentMs = Math.max(this.#largestAckedSentMs, packet.sentMs);
    }
    if (acked.length > 0) this.#progress(nowMs);
    return acked;
  }

  /** The carrier's word that a packet arrived: it is still kept until the other end has read it. */
  arrived(number: number, nowMs: number): SentPacket | undefined {
    const packet = this.#packets.get(number);
    if (packet === undefined || packet.arrivedMs !== null) return undefined;
    packet.arrivedMs = nowMs;
    this.#awaitingVerdict -= 1;
    this.rtt.sample(nowMs - packet.sentMs, 0);
    this.#progress(nowMs);
    return packet;
  }

  /** The carrier's word that it did not. */
  failed(number: number): SentPacket | undefined {
    const packet = this.#packets.get(number);
    if (packet !== undefined) this.#forget(packet);
    return packet;
  }

  /** What counts as lost by now: removed, its frames are the caller's to send anew. */
  lost(nowMs: number): SentPacket[] {
    const lost = [...this.#packets.values()].filter((packet) => this.#lostAt(packet) <= nowMs);
    for (const packet of lost) this.#forget(packet);
    return lost;
  }

  /** The oldest packet, to be sent anew because nothing was heard for so long. It stays: its acknowledgement may still come. */
  probe(nowMs: number): SentPacket | undefined {
    if (this.#probeAt() > nowMs) return undefined;
    this.#probes = Math.min(this.#probes + 1, PROBE_BACKOFF_MAX);
    this.#progressMs = nowMs;
    for (const packet of this.#packets.values()) return packet;
    return undefined;
  }

  /** When to look again. */
  wakeAt(): number {
    let at = this.#probeAt();
    for (const packet of this.#packets.values()) at = Math.min(at, this.#lostAt(packet));
    return at;
  }

  #lostAt(packet: SentPacket): number {
    if (packet.number > this.#largestAcked) return Number.POSITIVE_INFINITY;
    const { verdict, verdictLateMs, reorderMs, reorderPackets } = this.#profile;
    if (verdict) {
      // It settled at the other LND, yet a packet sent well after that was read and this one was not: its relay missed it.
      const missed = packet.arrivedMs !== null && packet.arrivedMs + reorderMs < this.#largestAckedSentMs;
      if (missed) return 0;
      return packet.arrivedMs === null ? packet.sentMs + verdictLateMs : Number.POSITIVE_INFINITY;
    }
    if (this.#largestAcked - packet.number >= reorderPackets) return 0;
    // The latest as well as the smoothed (RFC 9002, 6.1.2): what came through a queue may have overtaken one that is still in it.
    const roundTripMs = Math.max(this.rtt.smoothedMs, this.rtt.latestMs);
    return packet.sentMs + Math.max(1.125 * roundTripMs, roundTripMs + reorderMs);
  }

  /** While the carrier owes a verdict nothing is probed: it has its own deadline. */
  #probeAt(): number {
    if (this.#packets.size === 0 || this.#awaitingVerdict > 0) return Number.POSITIVE_INFINITY;
    const { smoothedMs, variationMs } = this.rtt;
    const waitMs = Math.max(this.#profile.probeMinMs, smoothedMs + 4 * variationMs + this.#profile.ackIdleMs);
    return this.#progressMs + waitMs * 2 ** this.#probes;
  }

  #progress(nowMs: number): void {
    this.#progressMs = nowMs;
    this.#probes = 0;
  }

  #forget(packet: SentPacket): void {
    this.#packets.delete(packet.number);
    if (this.#profile.verdict && packet.arrivedMs === null) this.#awaitingVerdict -= 1;
  }
}
