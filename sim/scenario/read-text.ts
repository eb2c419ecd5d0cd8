/** A scenario file as text, or one sentence why not. */
import { open } from 'node:fs/promises';
import type { Mistake } from './mistake.ts';

const SCENARIO_BYTES_MAX = 1_048_576;

export type FileText = { readonly text: string } | { readonly mistake: Mistake };

export async function readText(file: string): Promise<FileText> {
  try {
    const bytes = await readBounded(file);
    if (bytes.length > SCENARIO_BYTES_MAX) return wrong(file, `is larger than a scenario may be (${SCENARIO_BYTES_MAX} B)`);
    return decoded(file, bytes);
  } catch (error) {
    return wrong(file, reason(error));
  }
}

/** At most one byte more than the limit, so that a device file or a huge file costs nothing. */
async function readBounded(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const buffer = Buffer.allocUnsafe(SCENARIO_BYTES_MAX + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function decoded(file: string, bytes: Buffer): FileText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const { line, column } = firstBadByte(bytes);
    return { mistake: { place: { source: file, line, column }, text: 'is not UTF-8 text here: save the file as UTF-8' } };
  }
}

/** Where lossless text ends: everything before the first replacement that the decoder would have to make. */
function firstBadByte(bytes: Buffer): { line: number; column: number } {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let line = 1;
  let column = 1;
  for (const character of lenient) {
    const encoded = Buffer.from(character);
    if (!bytes.subarray(offset, offset + encoded.length).equals(encoded)) break;
    offset += encoded.length;
    [line, column] = character === '\n' ? [line + 1, 1] : [line, column + 1];
  }
  return { line, column };
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'is a folder: name a scenario file in it';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: check its permissions';
  return `could not be read: ${message}`;
}

function wrong(file: string, text: string): FileText {
  return { mistake: { place: { source: file, line: null, column: null }, text } };
}
