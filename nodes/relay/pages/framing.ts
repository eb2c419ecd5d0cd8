/** Messages on a stream of bytes, each behind its length. */
import type { Duplex, Readable } from 'node:stream';
import { FrameError } from '../wire/bytes.ts';

const LENGTH_BYTES = 4;

export const framed = (message: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, LENGTH_BYTES);
  return frame;
};

/**
 * Each message in order; no more than one and what the stream hands over at once is ever held. Ends with the stream.
 * @throws FrameError for one above `bytesMax`, or cut off; what the stream fails with.
 */
export async function* messagesOf(stream: Readable, bytesMax: number): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = [];
  let bytes = 0;
  let wanted = LENGTH_BYTES;
  let inside = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held.push(chunk);
    bytes += chunk.length;
    while (bytes >= wanted) {
      const whole = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
      const [part, rest] = [whole.subarray(0, wanted), whole.subarray(wanted)];
      held = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      if (inside) yield part;
      const length = inside ? LENGTH_BYTES : part.readUInt32BE(0);
      if (length > bytesMax) throw new FrameError(`a message of ${length} B: at most ${bytesMax} B expected`);
      inside = !inside;
      wanted = length;
    }
  }
  if (inside || bytes > 0) throw new FrameError('a message that was cut off');
}

/** Resolves when the stream takes more, or is gone. */
export const drained = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
