/** A relay's shelf on disk: one small file a name, written beside its place and moved there, so that half of one is never read. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Shelf } from '../../../nodes/node.ts';

const NAME = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;
/** Files looked at at once while a folder is listed. */
const STATS_AT_ONCE = 64;
const UNFINISHED = '.new';

/** `folder` is made where it is missing, for its owner alone. */
export const folderShelf = async (folder: string): Promise<Shelf> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = (name: string): string => {
    if (!NAME.test(name)) throw new RangeError(`no name for a shelf: ${name}`);
    return join(folder, name);
  };
  return {
    get: (name) => readFile(place(name)).catch(onlyMissing(null)),
    async put(name, bytes) {
      const file = place(name);
      const unfinished = `${file}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      try {
        await writeFile(unfinished, bytes, { mode: 0o600 });
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
    remove: (name) => rm(place(name), { force: true }),
    list: (under) => listed(folder, place(under)),
  };
};

/** What was used longest ago comes first; what a crash left unfinished goes. */
const listed = async (folder: string, under: string): Promise<{ readonly name: string; readonly bytes: number }[]> => {
  const entries = await readdir(under, { recursive: true, withFileTypes: true }).catch(onlyMissing([]));
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found: { readonly name: string; readonly bytes: number; readonly atMs: number }[] = [];
  for (let at = 0; at < files.length; at += STATS_AT_ONCE)
    await Promise.all(
      files.slice(at, at + STATS_AT_ONCE).map(async (file) => {
        if (file.endsWith(UNFINISHED)) return rm(file, { force: true });
        const { size, mtimeMs } = await stat(file);
        found.push({ name: relative(folder, file).split(sep).join('/'), bytes: size, atMs: mtimeMs });
      }),
    );
  return found.sort((one, other) => one.atMs - other.atMs || (one.name < other.name ? -1 : 1));
};

const onlyMissing =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
