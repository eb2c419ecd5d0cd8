/** Whose bytes the next packet takes: streams that may have something to send, one after another. */
import type { Writer } from '../wire/bytes.ts';
import { dataHeaderBytes, encodeDataHeader } from '../wire/frames.ts';
import type { Credit } from './credit.ts';
import type { Gate } from './gate.ts';
import type { SentFrame } from './recovery.ts';
import type { SendBuffer } from './send-buffer.ts';

/** Streams that are looked at for something short; the others have their turn in full packets. */
const SHORT_TURNS_MAX = 64;
/** Pieces of streams in one packet. */
const PIECES_MAX = 1024;
/** Not worth a frame of its own. */
const PIECE_BYTES_MIN = 16;

export interface Sending {
  readonly id: number;
  readonly out: SendBuffer;
  /** Passes the gate uncounted. */
  readonly free: boolean;
  /** What the other end lets us send. */
  sendLimit: number;
}

export class Turns {
  readonly #credit: Credit;
  readonly #gate: () => Gate;
  /** In the order of their turns. */
  readonly #ready = new Set<Sending>();

  /** @param gate counts what passes, and may hold it back. */
  constructor(credit: Credit, gate: () => Gate) {
    this.#credit = credit;
    this.#gate = gate;
  }

  get pending(): boolean {
    return this.#ready.size > 0;
  }

  add(stream: Sending): void {
    this.#ready.add(stream);
  }

  remove(stream: Sending): void {
    this.#ready.delete(stream);
  }

  clear(): void {
    this.#ready.clear();
  }

  /** Writes what fits of data, `whole`: only what fits to its end; what was written is added to `sent`. */
  fill(writer: Writer, sent: SentFrame[], whole: boolean): void {
    for (let turns = whole ? Math.min(this.#ready.size, SHORT_TURNS_MAX) : this.#ready.size + PIECES_MAX; turns > 0; turns--) {
      const [stream] = this.#ready;
      if (stream === undefined) return;
      const left = Math.min(this.#credit.sendLeft, stream.free ? Number.MAX_SAFE_INTEGER : this.#gate().left());
      const limit = Math.min(stream.sendLimit, stream.out.sentEnd + left);
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
      this.#credit.sent(news);
      if (news > 0 && !stream.free) this.#gate().passed(news);
      encodeDataHeader(writer, { stream: stream.id, ...piece });
      stream.out.copy(piece, writer.space(piece.length));
      sent.push({ kind: 'piece', stream: stream.id, ...piece });
    }
  }
}
