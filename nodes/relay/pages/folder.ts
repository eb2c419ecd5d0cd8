/** A folder as the files of a site, for who publishes it: in the order of their paths, hidden ones left out, nothing from outside. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { RefusedError, ScenarioError } from '../../errors.ts';
import type { SiteFile } from '../../node.ts';
import { whyNotSitePath } from './site-path.ts';

const DEPTH_MAX = 32;
const READ_BYTES = 262_144;

/** @throws ScenarioError for what is no folder, RefusedError for links, devices and names that no site can have. */
export async function* filesOfFolder(folder: string): AsyncGenerator<SiteFile> {
  let root: string;
  try {
    root = await realpath(folder);
    await readdir(root);
  } catch (cause) {
    throw new ScenarioError(`${folder} is no folder that can be read: ${(cause as Error).message}`, { cause });
  }
  yield* filesBelow(root, '', 0);
}

async function* filesBelow(root: string, below: string, depth: number): AsyncGenerator<SiteFile> {
  if (depth > DEPTH_MAX) throw new RefusedError(`${below}: folders are more than ${DEPTH_MAX} deep`);
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path, depth + 1);
    else if (entry.isFile()) yield await siteFile(root, path);
    else
      throw new RefusedError(`${path} is ${entry.isSymbolicLink() ? 'a symbolic link' : 'no file'}`, {
        hint: 'a site has files and folders: put the file itself there',
      });
  }
}

const siteFile = async (root: string, path: string): Promise<SiteFile> => {
  const problem = whyNotSitePath(path);
  if (problem !== null) throw new RefusedError(`${path}: ${problem}`);
  await using file = await opened(root, path);
  const { size } = await file.handle.stat();
  return { path, size, content: () => contentOf(root, path, size) };
};

async function* contentOf(root: string, path: string, size: number): AsyncGenerator<Buffer> {
  await using file = await opened(root, path);
  // One byte more than was said shows a file that grew.
  for (let left = size + 1; left > 0; ) {
    const { bytesRead, buffer } = await file.handle.read(Buffer.allocUnsafe(Math.min(left, READ_BYTES)));
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Looked at again when it is opened: what became a link meanwhile, itself or a folder above it, is not followed. */
const opened = async (root: string, path: string): Promise<AsyncDisposable & { readonly handle: FileHandle }> => {
  const place = join(root, path);
  const refused = (cause?: unknown) => new RefusedError(`${path} changed while it was read, or leads out of the folder`, { cause });
  if (!(await realpath(place)).startsWith(root.endsWith(sep) ? root : root + sep)) throw refused();
  const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw refused(cause);
  });
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
};
