/** A tar of named contents, the form in which an engine takes a build context. Same entries, same bytes: no times, owners or order of a disk. */
import { readFile } from 'node:fs/promises';

export interface TarEntry {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly content: Uint8Array | { readonly file: string };
  /** Default 0644. */
  readonly mode?: number;
}

const BLOCK = 512;

/** The archive in chunks, one file held at a time. Throws when a path fits neither the name nor the prefix field of ustar (100 + 155 bytes). */
export async function* tar(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for (const { path, content, mode = 0o644 } of entries) {
    const bytes = content instanceof Uint8Array ? content : await readFile(content.file);
    yield header(path, bytes.length, mode);
    yield bytes;
    const padding = (BLOCK - (bytes.length % BLOCK)) % BLOCK;
    if (padding > 0) yield new Uint8Array(padding);
  }
  yield new Uint8Array(2 * BLOCK);
}

/** POSIX.1-1988 ustar: numbers are octal text, the checksum is the sum of the header's bytes with its own field as spaces. */
function header(path: string, size: number, mode: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const { name, prefix } = split(path);
  block.write(name, 0, 100, 'utf8');
  block.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'ascii');
  block.write('0000000\0'.repeat(2), 108, 'ascii');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  block.write(`${'0'.repeat(11)}\0`, 136, 'ascii');
  block.write(' '.repeat(8), 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  block.write(prefix, 345, 155, 'utf8');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

function split(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`a path too long for a tar header: ${path}`);
}
