/** A message and its receipt as they stand in a stream. */
import type { Duplex } from 'node:stream';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';

export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
const ID_BYTES = 16;
const HEADER_BYTES = 1 + 2 * ID_BYTES + 4;
const FLAG = { text: 1, reply: 2 } as const;

export interface Message {
  /** 32 hex characters. */
  readonly id: string;
  readonly replyTo: string | null;
  readonly isText: boolean;
  readonly body: Buffer;
}

export type Header = Omit<Message, 'body'> & { readonly bytes: number };

const RECEIPTS = ['delivered', 'full', 'busy', 'too-large', 'conflict', 'malformed'] as const;
export type Receipt = (typeof RECEIPTS)[number];

export const encodeMessage = ({ id, replyTo, isText, body }: Message): Buffer => {
  const flags = (isText ? FLAG.text : 0) | (replyTo === null ? 0 : FLAG.reply);
  const header = new Writer(HEADER_BYTES)
    .uint(flags, 1)
    .bytes(Buffer.from(id, 'hex'))
    .bytes(replyTo === null ? Buffer.alloc(ID_BYTES) : Buffer.from(replyTo, 'hex'))
    .uint(body.length, 4)
    .done();
  return Buffer.concat([header, body]);
};

/** The header of the next message; null at the stream's end. @throws FrameError */
export const readHeader = async (source: Source): Promise<Header | null> => {
  const bytes = await source.take(HEADER_BYTES);
  return bytes === null ? null : decodeHeader(bytes);
};

export const decodeHeader = (bytes: Uint8Array): Header => {
  const reader = new Reader(bytes);
  const flags = reader.uint(1);
  if (flags > (FLAG.text | FLAG.reply)) throw new FrameError(`message flags ${flags}`);
  const id = reader.bytes(ID_BYTES).toString('hex');
  const replyTo = reader.bytes(ID_BYTES).toString('hex');
  const length = reader.uint(4);
  reader.end();
  return { id, replyTo: (flags & FLAG.reply) === 0 ? null : replyTo, isText: (flags & FLAG.text) !== 0, bytes: length };
};

export const encodeReceipt = (receipt: Receipt): Buffer => Buffer.of(RECEIPTS.indexOf(receipt));

/** @throws FrameError for what is none, or when the stream ends before it. */
export const readReceipt = async (source: Source): Promise<Receipt> => {
  const bytes = await source.take(1);
  const receipt = bytes === null ? undefined : RECEIPTS[bytes[0] as number];
  if (receipt === undefined) throw new FrameError(bytes === null ? 'the stream ended before the receipt' : `receipt ${bytes[0]}`);
  return receipt;
};

/** Bytes of a stream, taken in lengths that the protocol says. */
export class Source {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(stream: Duplex) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** null when the stream ended exactly here. @throws FrameError when it ends within, and what the stream throws. */
  async take(length: number): Promise<Buffer | null> {
    while (this.#heldBytes < length) {
      const next = await this.#chunks.next();
      if (next.done) {
        if (this.#heldBytes === 0) return null;
        throw new FrameError(`the stream ended after ${this.#heldBytes} of ${length} B`);
      }
      this.#held.push(next.value);
      this.#heldBytes += next.value.length;
    }
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = all.length > length ? [all.subarray(length)] : [];
    this.#heldBytes = all.length - length;
    return all.subarray(0, length);
  }
}
