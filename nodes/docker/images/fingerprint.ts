/** Names an image by what goes into it, so that the same content is never built twice and changed content never passes for old. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TarEntry } from './tar.ts';

/** Enough that two contents on one machine never meet; short enough to read in `docker images`. */
const HEX_DIGITS = 12;

/** Of strings, in order; each ends where it ends. */
export function fingerprint(parts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, HEX_DIGITS);
}

/** Of a context: paths, modes and contents. */
export async function contextFingerprint(entries: Iterable<TarEntry>): Promise<string> {
  const parts: string[] = [];
  for (const { path, content, mode = 0o644 } of entries) {
    const bytes = content instanceof Uint8Array ? content : await readFile(content.file);
    parts.push(path, mode.toString(8), createHash('sha256').update(bytes).digest('hex'));
  }
  return fingerprint(parts);
}
