/**
 * TypeScript for a Node that takes none: Debian builds its Node without type stripping, so what goes into a relay image is stripped here.
 * Types become blanks, file names stay, so lines and columns in a stack trace are those of the source. docker/relay/typescript.mjs is the other half.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { InfrastructureError } from '../../errors.ts';
import type { TarEntry } from './tar.ts';

/** Entries named .ts without their types, the others as they are. */
export async function stripped(entries: readonly TarEntry[]): Promise<readonly TarEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (!entry.path.endsWith('.ts')) return entry;
      const { content } = entry;
      const source = content instanceof Uint8Array ? Buffer.from(content).toString() : await readFile(content.file, 'utf8');
      return { ...entry, content: Buffer.from(withoutTypes(entry.path, source)) };
    }),
  );
}

/** Node warns at the first call that this may change; the version of Node is pinned, so nobody needs to read that. */
function withoutTypes(path: string, source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } catch (error) {
    throw new InfrastructureError(`${path} cannot go into the relay image: ${(error as Error).message}`, {
      cause: error,
      hint: 'npx tsc -p .',
    });
  } finally {
    process.emitWarning = emitWarning;
  }
}
