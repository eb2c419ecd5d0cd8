/** One direction of a stream at its receiver: puts pieces in order, whatever order and however often they come, within credit. */
import { FrameError } from '../wire/bytes.ts';
import { RangeSet } from './ranges.ts';

/** Pieces that wait for one before them. Bounds what many tiny pieces cost beyond their bytes. */
export const SEGMENTS_MAX = 1024;

export class ReceiveBuffer {
  /** Ascending, disjoint. */
  readonly #segments: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #received = new RangeSet();
  #delivered = 0;
  #highest = 0;
  #final: number | undefined;
  #discarded = false;

  /** Offset behind the highest byte seen: what counts against credit. */
  get highest(): number {
    return this.#highest;
  }

  get final(): number | undefined {
    return this.#final;
  }

  /** Every byte up to the end was taken. */
  get done(): boolean {
    return this.#delivered === this.#final;
  }

  /**
   * False when the piece cannot be kept for want of room and must not be acknowledged; it will come again.
   * @throws FrameError when it lies beyond `limit` or the stream's end.
   */
  insert(offset: number, data: Uint8Array, fin: boolean, limit: number): boolean {
    const end = offset + data.length;
    if (end > limit) throw new FrameError(`data up to ${end} B where credit ends at ${limit} B`);
    this.#checkFinal(end, fin);
    if (!this.#discarded && !this.#keep(offset, data)) return false;
    this.#highest = Math.max(this.#highest, end);
    if (fin) this.#final = end;
    return true;
  }

  /** The next bytes in order, at most so many. */
  take(bytesMax = Number.MAX_SAFE_INTEGER): Uint8Array | undefined {
    const first = this.#segments[0];
    if (first === undefined || first.offset !== this.#delivered || bytesMax === 0) return undefined;
    if (first.bytes.length > bytesMax) {
      this.#segments[0] = { offset: first.offset + bytesMax, bytes: first.bytes.subarray(bytesMax) };
      this.#delivered += bytesMax;
      return first.bytes.subarray(0, bytesMax);
    }
    this.#segments.shift();
    this.#delivered += first.bytes.length;
    return first.bytes;
  }

  /** The stream was reset at the other end after this many bytes: they count as received. @throws FrameError */
  cut(finalBytes: number): void {
    if (finalBytes < this.#highest) throw new FrameError(`a stream reset at ${finalBytes} B after ${this.#highest} B came`);
    this.#highest = finalBytes;
    this.discard();
  }

  /** Nobody reads on: what still comes is counted and dropped. */
  discard(): void {
    this.#discarded = true;
    this.#segments.length = 0;
  }

  #keep(offset: number, data: Uint8Array): boolean {
    const end = offset + data.length;
    const gaps = this.#received.missing(Math.max(offset, this.#delivered), Math.max(end, this.#delivered));
    if (this.#segments.length + gaps.length > SEGMENTS_MAX) return false;
    for (const [start, stop] of gaps) {
      this.#received.add(start, stop);
      this.#place({ offset: start, bytes: owned(data.subarray(start - offset, stop - offset)) });
    }
    return true;
  }

  #checkFinal(end: number, fin: boolean): void {
    if (this.#final !== undefined && (end > this.#final || (fin && end !== this.#final)))
      throw new FrameError(`a stream of ${this.#final} B that goes on to ${end} B`);
    if (fin && end < this.#highest) throw new FrameError(`a stream that ends at ${end} B after ${this.#highest} B came`);
  }

  #place(segment: { readonly offset: number; readonly bytes: Uint8Array }): void {
    let at = this.#segments.length;
    while (at > 0 && (this.#segments[at - 1] as { offset: number }).offset > segment.offset) at -= 1;
    this.#segments.splice(at, 0, segment);
  }
}

/** A small piece must not keep the large packet alive that it came in. */
const owned = (bytes: Uint8Array): Uint8Array => (bytes.length * 2 < bytes.buffer.byteLength ? Uint8Array.from(bytes) : bytes);
