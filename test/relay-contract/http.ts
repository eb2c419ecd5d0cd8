/** As little HTTP as the origin needs, over any Duplex. */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { originBytes, originSha256 } from '../../nodes/origin.ts';

export const download = async (
  stream: Duplex,
  bytes: number,
  seed: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  stream.write(`GET /bytes/${bytes}?seed=${seed} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
  const body = await bodyOf(stream);
  return { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
};

export const upload = async (stream: Duplex, bytes: number, seed: string): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  stream.write(`POST /sink HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`);
  const next = originBytes(seed);
  for (let left = bytes; left > 0; left -= 16_384) {
    if (!stream.write(next(Math.min(left, 16_384)))) await new Promise((resolve) => stream.once('drain', resolve));
  }
  return JSON.parse((await bodyOf(stream)).toString());
};

export const expected = (bytes: number, seed: string) => ({ bytes, sha256: originSha256(seed, bytes) });

const bodyOf = async (stream: Duplex): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  return all.subarray(all.indexOf('\r\n\r\n') + 4);
};
