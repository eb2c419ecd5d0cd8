/**
 * Chunks smaller than they were. Each is compressed by itself, so that any of them can be asked for alone and none inflates to more than
 * its own 64 KiB, which its place in the file says before a byte of it is believed.
 */
import { brotliCompressSync, brotliDecompressSync, constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FrameError } from '../wire/bytes.ts';
import { RATIO_MAX } from './limits.ts';

export const ENCODINGS = ['identity', 'br', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** 2^16: no more than a chunk can look back to, and what an inflater sets aside at most. */
const WINDOW_BITS = 16;
const BROTLI_QUALITY = 9;
const ZSTD_LEVEL = 19;

export const compress = (encoding: Encoding, chunk: Uint8Array): Uint8Array => {
  if (encoding === 'br') {
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
    const params = { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_LGWIN]: WINDOW_BITS, [BROTLI_PARAM_SIZE_HINT]: chunk.length };
    return brotliCompressSync(chunk, { params });
  }
  if (encoding === 'identity') return chunk;
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog } = constants;
  return zstdCompressSync(chunk, { params: { [ZSTD_c_compressionLevel]: ZSTD_LEVEL, [ZSTD_c_windowLog]: WINDOW_BITS } });
};

/** The chunk as it is stored: what is not smaller, or smaller than anybody may inflate, stays as it is. */
export const stored = (encoding: Encoding, chunk: Uint8Array): Uint8Array => {
  const packed = compress(encoding, chunk);
  return packed.length < chunk.length && packed.length * RATIO_MAX >= chunk.length ? packed : chunk;
};

/** Which of them serves a file that begins so. */
export const bestEncoding = (chunk: Uint8Array): Encoding => {
  const sizes = ENCODINGS.map((encoding) => ({ encoding, bytes: compress(encoding, chunk).length }));
  return sizes.reduce((best, next) => (next.bytes < best.bytes ? next : best)).encoding;
};

/** The chunk that `bytes` stand for: as long as it must be, it was stored as it is. @throws FrameError, never holding more than `length`. */
export const inflate = (encoding: Encoding, bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length === length) return bytes;
  let chunk: Uint8Array;
  try {
    chunk =
      encoding === 'br'
        ? brotliDecompressSync(bytes, { maxOutputLength: length })
        : zstdDecompressSync(bytes, { maxOutputLength: length, params: { [constants.ZSTD_d_windowLogMax]: WINDOW_BITS } });
  } catch (cause) {
    throw new FrameError(`a chunk that does not inflate to ${length} B: ${(cause as Error).message}`, { cause });
  }
  if (chunk.length !== length) throw new FrameError(`a chunk that inflates to ${chunk.length} B where ${length} B were said`);
  return chunk;
};
