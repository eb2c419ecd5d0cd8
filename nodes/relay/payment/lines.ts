/** JSON objects on a stream, one a line, each of bounded length and checked before anybody acts on it. */
import type { Duplex } from 'node:stream';
import type { z } from 'zod';

const LINE_BYTES_MAX = 4_096;
const NEWLINE = 0x0a;

export interface LinesOptions<T> {
  readonly schema: z.ZodType<T>;
  take(message: T): void;
  /** The stream is gone; with the reason where it was ours: a line too long, or one that is none of the schema's. */
  ended(error: Error | null): void;
}

export const sayLine = (stream: Duplex, message: object): void => {
  if (!stream.destroyed && stream.writable) stream.write(`${JSON.stringify(message)}\n`);
};

export const readLines = <T>(stream: Duplex, { schema, take, ended }: LinesOptions<T>): void => {
  let held = Buffer.alloc(0);
  let reason: Error | null = null;
  const give = (error: Error): void => {
    reason = error;
    stream.destroy();
  };
  stream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    for (let end = held.indexOf(NEWLINE); end >= 0 && reason === null; end = held.indexOf(NEWLINE)) {
      const line = held.subarray(0, end);
      held = held.subarray(end + 1);
      if (line.length > LINE_BYTES_MAX) return give(new Error(`a line of ${line.length} B, at most ${LINE_BYTES_MAX} expected`));
      const message = read(schema, line);
      if (message === undefined) return give(new Error('a line that is not understood'));
      take(message.data);
    }
    if (held.length > LINE_BYTES_MAX) give(new Error(`a line longer than ${LINE_BYTES_MAX} B`));
  });
  stream.once('end', () => stream.end());
  stream.on('error', () => {}); // 'close' follows
  stream.once('close', () => ended(reason));
};

const read = <T>(schema: z.ZodType<T>, line: Buffer): { readonly data: T } | undefined => {
  try {
    const parsed = schema.safeParse(JSON.parse(line.toString('utf8')));
    return parsed.success ? { data: parsed.data } : undefined;
  } catch {
    return undefined;
  }
};
