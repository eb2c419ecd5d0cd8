/**
 * Unreliable messages inside a session (RFC 9221): sealed and counted by the congestion window like everything else, never sent
 * again. A flow is a number on which both ends agree, one for each use; a service inside the session hands them out.
 */
import { SessionError } from '../../errors.ts';
import type { DatagramListener } from '../../node.ts';
import type { Writer } from '../wire/bytes.ts';
import { datagramHeaderBytes, encodeFrame, type Frame } from '../wire/frames.ts';
import type { Gate } from './gate.ts';

/** Datagrams that wait to be sent; one more is dropped, as a router would. Their bytes are bounded by Profile.datagramQueueBytes. */
export const DATAGRAMS_QUEUED_MAX = 512;
/** Flows that are listened to in one session. */
export const FLOWS_MAX = 1024;
/** Whatever waited so long for the window or a circuit is of no use to anybody. */
export const DATAGRAM_AGE_MAX_MS = 3_000;

type Datagram = Extract<Frame, { kind: 'datagram' }>;

export class Datagrams {
  readonly #queueBytesMax: number;
  readonly #gate: () => Gate;
  readonly #queue: { readonly frame: Datagram; readonly sinceMs: number }[] = [];
  readonly #listeners = new Map<number, DatagramListener>();
  #queuedBytes = 0;
  #stats = { datagramsSent: 0, datagramsReceived: 0, datagramsDropped: 0 };

  /** @param gate what it holds back waits until it is stale; what arrives is dropped. */
  constructor(queueBytesMax: number, gate: () => Gate) {
    this.#queueBytesMax = queueBytesMax;
    this.#gate = gate;
  }

  get stats(): { readonly datagramsSent: number; readonly datagramsReceived: number; readonly datagramsDropped: number } {
    return this.#stats;
  }

  get pending(): boolean {
    return this.#queue.length > 0;
  }

  /** False when there is no room, or it is longer than `bytesMax`: dropped and counted. */
  queue(flow: number, data: Uint8Array, bytesMax: number, nowMs: number): boolean {
    const full = this.#queue.length >= DATAGRAMS_QUEUED_MAX || this.#queuedBytes + data.length > this.#queueBytesMax;
    if (full || data.length > bytesMax) {
      this.#stats.datagramsDropped += 1;
      return false;
    }
    this.#queue.push({ frame: { kind: 'datagram', flow, data }, sinceMs: nowMs });
    this.#queuedBytes += data.length;
    return true;
  }

  /** Bytes of the next one as a frame, 0 when none waits. What is stale, or too long for packets by now, is dropped first. */
  nextBytes(bytesMax: number, nowMs: number): number {
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) return 0;
      const { flow, data } = next.frame;
      if (data.length <= bytesMax && nowMs - next.sinceMs <= DATAGRAM_AGE_MAX_MS)
        return datagramHeaderBytes(flow, data.length) + data.length;
      this.#take();
      this.#stats.datagramsDropped += 1;
    }
  }

  /** Writes those that fit, oldest first; how many. */
  fill(writer: Writer, bytesMax: number, nowMs: number): number {
    let count = 0;
    for (;;) {
      const bytes = this.nextBytes(bytesMax, nowMs);
      if (bytes === 0 || bytes > writer.left) break;
      const { data } = (this.#queue[0] as { readonly frame: Datagram }).frame;
      if (this.#gate().left() < data.length) break;
      encodeFrame(writer, this.#take());
      this.#gate().passed(data.length);
      count += 1;
    }
    this.#stats.datagramsSent += count;
    return count;
  }

  receive({ flow, data }: Datagram): void {
    const listener = this.#listeners.get(flow);
    if (listener === undefined || this.#gate().left() < data.length) this.#stats.datagramsDropped += 1;
    else {
      this.#gate().passed(data.length);
      this.#stats.datagramsReceived += 1;
      listener(data);
    }
  }

  /** @returns what ends it. @throws SessionError when the flow has a listener, or too many flows have. */
  listen(flow: number, listener: DatagramListener): () => void {
    if (this.#listeners.has(flow)) throw new SessionError(`datagrams of flow ${flow} are listened to already`);
    if (this.#listeners.size >= FLOWS_MAX) throw new SessionError(`${FLOWS_MAX} flows of datagrams are listened to: that is the limit`);
    this.#listeners.set(flow, listener);
    return () => {
      if (this.#listeners.get(flow) === listener) this.#listeners.delete(flow);
    };
  }

  /** The session is over. */
  end(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#listeners.clear();
  }

  #take(): Datagram {
    const { frame } = this.#queue.shift() as { readonly frame: Datagram };
    this.#queuedBytes -= frame.data.length;
    return frame;
  }
}
