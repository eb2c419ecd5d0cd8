/** Takes messages off a stream, one after the other, and answers each with a receipt once it is in the inbox, or with why not. */
import type { Duplex } from 'node:stream';
import { encodeReceipt, type Header, MESSAGE_BYTES_MAX, type Message, type Receipt, readHeader, Source } from './wire.ts';

/** Of messages that are arriving, over all streams; one that does not fit is refused as `busy`. */
const ARRIVING_BYTES_MAX = 16 * 1024 * 1024;

export interface Receiving {
  /** Bytes promised to messages that are arriving. */
  arrivingBytes: number;
  /** @returns the receipt */
  take(message: Message): Receipt;
}

/** Until the stream ends. @throws FrameError for rubbish, and what the stream throws. */
export const receiveMessages = async (stream: Duplex, receiving: Receiving): Promise<void> => {
  const source = new Source(stream);
  for (;;) {
    const header = await readHeader(source);
    if (header === null) break;
    const refused = refusal(header, receiving);
    if (refused !== null) {
      // Its body is not read: the stream ends with the reason.
      stream.end(encodeReceipt(refused));
      return;
    }
    receiving.arrivingBytes += header.bytes;
    let body: Buffer | null;
    try {
      body = header.bytes === 0 ? Buffer.alloc(0) : await source.take(header.bytes);
    } finally {
      receiving.arrivingBytes -= header.bytes;
    }
    if (body === null) break;
    stream.write(encodeReceipt(receiving.take({ ...header, body })));
  }
  stream.end();
};

const refusal = ({ bytes }: Header, { arrivingBytes }: Receiving): Receipt | null => {
  if (bytes > MESSAGE_BYTES_MAX) return 'too-large';
  return arrivingBytes + bytes > ARRIVING_BYTES_MAX ? 'busy' : null;
};
