/** What the next packet holds: acknowledgements that ride along, frames that wait, datagrams and streams in turns. */
import type { Circuit } from '../carrier/carrier.ts';
import { Writer } from '../wire/bytes.ts';
import { datagramHeaderBytes, encodeFrame, type Frame, frameBytes } from '../wire/frames.ts';
import { PACKET_OVERHEAD_BYTES } from '../wire/packet.ts';
import type { Datagrams } from './datagrams.ts';
import type { Inbound } from './inbound.ts';
import type { Outbound } from './outbound.ts';
import type { SentFrame } from './recovery.ts';
import type { Streams } from './streams.ts';

/** A short packet: over onion messages it fits the 1,366 B onion up to six hops (721 B at five). */
export const SHORT_UNIT_BYTES = 600;
/** Frames other than data that wait to be sent; a peer that asks for more answers than it fetches is cut off. */
const QUEUED_FRAMES_MAX = 16_384;
/** Flows fit two bytes. */
export const FLOW_MAX = 2 ** 14 - 1;
const DATAGRAM_HEADER_BYTES_MAX = datagramHeaderBytes(FLOW_MAX, 65_535);

type QueuedFrame = Exclude<SentFrame, { kind: 'piece' }>;

export interface PackingOptions {
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly streams: Streams;
  readonly datagrams: Datagrams;
}

export class Packing {
  readonly #options: PackingOptions;
  readonly #queue: QueuedFrame[] = [];
  #scratch = Buffer.alloc(0);
  #datagramTurn = true;

  constructor(options: PackingOptions) {
    this.#options = options;
  }

  get pending(): boolean {
    return this.#queue.length > 0 || this.#options.streams.pending || this.#options.datagrams.pending;
  }

  /** False: too many wait already. */
  enqueue(frame: SentFrame): boolean {
    if (this.#queue.length >= QUEUED_FRAMES_MAX) return false;
    this.#queue.push(frame as QueuedFrame);
    return true;
  }

  /** One packet with whatever waits, or in a short one only what fits as a whole; false when nothing does. */
  send(nowMs: number, unitBytes: number, circuit: Circuit, short: boolean): boolean {
    const { inbound, outbound, streams, datagrams } = this.#options;
    const datagramBytes = datagramBytesMax(circuit);
    const writer = new Writer(this.#plaintext(Math.min(unitBytes, circuit.mtu) - PACKET_OVERHEAD_BYTES));
    const sent: SentFrame[] = [];
    const first = this.#datagramTurn || !streams.pending;
    // A datagram cannot be cut: beside it goes only what leaves it its room.
    const room = () => writer.left - (first ? datagrams.nextBytes(datagramBytes, nowMs) : 0);
    const ack = inbound.ack(nowMs);
    const rides = ack !== undefined && inbound.rides(frameBytes(ack), nowMs) && frameBytes(ack) <= room();
    if (rides) encodeFrame(writer, ack);
    const settled = outbound.settledFrame();
    const tells = settled !== undefined && frameBytes(settled) <= room();
    if (tells) encodeFrame(writer, settled);
    while (this.#queue.length > 0 && frameBytes(this.#queue[0] as Frame) <= writer.left) {
      const frame = this.#queue.shift() as QueuedFrame;
      encodeFrame(writer, frame);
      sent.push(frame);
    }
    // Where both wait, every other packet is the streams'.
    let count = first ? datagrams.fill(writer, datagramBytes, nowMs) : 0;
    streams.fill(writer, sent, short);
    if (!first) count = datagrams.fill(writer, datagramBytes, nowMs);
    if (sent.length === 0 && count === 0) return false;
    this.#datagramTurn = !first || !datagrams.pending;
    if (rides) inbound.sent();
    if (tells) outbound.settledTold(settled);
    outbound.send(writer.done(), sent, nowMs);
    return true;
  }

  /** An acknowledgement, with what credit there is to tell where a packet that is tracked may go. */
  sendAck(nowMs: number, circuit: Circuit): void {
    const { inbound, outbound, streams } = this.#options;
    if (streams.grants && outbound.readyAt(SHORT_UNIT_BYTES, nowMs) <= nowMs && this.send(nowMs, SHORT_UNIT_BYTES, circuit, true)) return;
    const ack = inbound.ack(nowMs);
    inbound.sent();
    if (ack !== undefined) outbound.send(encoded(ack), null, nowMs);
  }

  /** The same memory for every packet: sealing copies it. */
  #plaintext(bytes: number): Buffer {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafe(bytes);
    return this.#scratch.subarray(0, bytes);
  }
}

/** The longest datagram that a packet of this circuit takes. */
export const datagramBytesMax = (circuit: Circuit): number => circuit.mtu - PACKET_OVERHEAD_BYTES - DATAGRAM_HEADER_BYTES_MAX;

export const encoded = (frame: Frame): Buffer => {
  const writer = new Writer(frameBytes(frame));
  encodeFrame(writer, frame);
  return writer.done();
};
