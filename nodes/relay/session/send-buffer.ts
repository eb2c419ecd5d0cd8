/**
 * One direction of a stream at its sender: bytes stay here until the other end has acknowledged them, so that whatever a carrier
 * loses can be sent again. Offsets count from the stream's first byte.
 */
import { RangeSet } from './ranges.ts';

export interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly fin: boolean;
}

export class SendBuffer {
  readonly #chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #acked = new RangeSet();
  readonly #lost = new RangeSet();
  /** Everything below is acknowledged and gone. */
  #start = 0;
  #end = 0;
  #next = 0;
  #ended = false;
  #discarded = false;
  #fin: 'unsent' | 'sent' | 'lost' | 'acked' = 'unsent';

  /** Bytes that are kept. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** Offset behind the last byte ever sent: what counts against credit. */
  get sentEnd(): number {
    return this.#next;
  }

  /** Everything, the end included, was acknowledged. */
  get done(): boolean {
    return this.#fin === 'acked' && this.#start === this.#end;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ offset: this.#end, bytes });
    this.#end += bytes.length;
  }

  end(): void {
    this.#ended = true;
  }

  /** Is there something to send with credit up to offset `limit`? */
  pending(limit: number): boolean {
    return this.#lost.first !== undefined || this.#next < Math.min(this.#end, limit) || this.#finDue();
  }

  /** How much that is, at least: of what was lost only the first part is counted. */
  pendingBytes(limit: number): number {
    const lost = this.#lost.first;
    return (lost === undefined ? 0 : lost[1] - lost[0]) + Math.max(0, Math.min(this.#end, limit) - this.#next);
  }

  /** The next piece of at most `bytesMax`: what was lost first, then what is new, up to offset `limit`. */
  take(bytesMax: number, limit: number): Piece | undefined {
    const lost = this.#lost.first;
    const [offset, until] = lost ?? [this.#next, Math.max(this.#next, Math.min(this.#end, limit))];
    const length = Math.min(bytesMax, until - offset);
    const fin = this.#ended && offset + length === this.#end && (lost !== undefined || this.#fin !== 'sent') && this.#fin !== 'acked';
    if (length <= 0 && !(fin && this.#finDue())) return undefined;
    if (lost !== undefined) this.#lost.remove(offset, offset + length);
    else this.#next = offset + length;
    if (fin) this.#fin = 'sent';
    return { offset, length, fin };
  }

  /** A copy of what a piece covers. */
  copy({ offset, length }: Piece, target: Uint8Array): void {
    let at = offset;
    for (let index = this.#chunkAt(offset); at < offset + length; index++) {
      const chunk = this.#chunks[index] as { offset: number; bytes: Uint8Array };
      const part = chunk.bytes.subarray(at - chunk.offset, offset + length - chunk.offset);
      target.set(part, at - offset);
      at += part.length;
    }
  }

  acknowledged({ offset, length, fin }: Piece): void {
    if (this.#discarded) return;
    if (fin) this.#fin = 'acked';
    this.#acked.add(offset, offset + length);
    this.#lost.remove(offset, offset + length);
    const first = this.#acked.first;
    if (first === undefined || first[0] > this.#start) return;
    this.#start = first[1];
    let gone = 0;
    while (gone < this.#chunks.length) {
      const chunk = this.#chunks[gone] as { offset: number; bytes: Uint8Array };
      if (chunk.offset + chunk.bytes.length > this.#start) break;
      gone += 1;
    }
    this.#chunks.splice(0, gone);
  }

  lost({ offset, length, fin }: Piece): void {
    if (this.#discarded) return;
    if (fin && this.#fin === 'sent') this.#fin = 'lost';
    for (const [start, end] of this.#acked.missing(offset, offset + length)) this.#lost.add(start, end);
  }

  /** Drops everything: the stream was reset. */
  discard(): void {
    this.#discarded = true;
    this.#chunks.length = 0;
    this.#lost.remove(0, this.#end);
    this.#start = this.#end = this.#next;
    this.#ended = false;
  }

  #finDue(): boolean {
    return this.#ended && this.#next === this.#end && (this.#fin === 'unsent' || this.#fin === 'lost');
  }

  #chunkAt(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle] as { offset: number; bytes: Uint8Array };
      if (chunk.offset + chunk.bytes.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
