/** The folder that a run's report goes to: made and tried before anything starts, since an hour's run must not end at a full disk. */
import { mkdir, readdir, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InfrastructureError, ScenarioError } from '../nodes/errors.ts';

/** A report is a few MB, its logs some tens. */
const FREE_BYTES_MIN = 64 * 2 ** 20;
const MIB = 2 ** 20;
const PROBE_BYTES = 65_536;

export interface OutFolder {
  readonly folder: string;
  readonly logs: string;
}

/** `reports/out/<name>-<time>` where no folder was named. */
export function defaultFolder(name: string, now: Date): string {
  return join('reports', 'out', `${name}-${now.toISOString().replace(/[-:]|\.\d+/gu, '')}`);
}

/** Throws InfrastructureError when it cannot be written to, ScenarioError when something else than a report is in it. */
export async function makeOutFolder(folder: string): Promise<OutFolder> {
  const logs = join(folder, 'logs');
  await attempt(folder, () => makeFolders(resolve(folder)));
  const present = await attempt(folder, () => readdir(folder));
  if (present.length > 0 && !present.includes('report.json') && present.join() !== 'logs') {
    throw new ScenarioError(`--out ${folder}: is not empty, and holds no report that this one could replace`, {
      hint: 'name a new folder, or one of an earlier run',
    });
  }
  await attempt(folder, async () => {
    await makeFolders(resolve(logs));
    const probe = join(folder, '.probe');
    await writeFile(probe, new Uint8Array(PROBE_BYTES), { flush: true }).finally(() => rm(probe, { force: true }));
  });
  const { bavail, bsize } = await attempt(folder, () => statfs(folder));
  if (bavail * bsize >= FREE_BYTES_MIN) return { folder, logs };
  await removeIfEmpty({ folder, logs });
  throw new InfrastructureError(
    `${folder}: expected at least ${FREE_BYTES_MIN / MIB} MiB free for the report and its logs, found ${Math.floor((bavail * bsize) / MIB)} MiB`,
    { hint: 'free some space, or name another folder with --out' },
  );
}

/** The folder of a report over several runs, whose own folders lie in it. Throws as makeOutFolder does; `resume` takes what is there. */
export async function makeGroupFolder(folder: string, resume: boolean): Promise<void> {
  await attempt(folder, () => makeFolders(resolve(folder)));
  const present = await attempt(folder, () => readdir(folder));
  if (present.length === 0 || present.includes('report.json')) return;
  const ofRuns = await Promise.all(present.map((name) => holdsReport(join(folder, name))));
  if (ofRuns.some(Boolean) && resume) return;
  throw new ScenarioError(`--out ${folder}: is not empty, and holds no report that this one could replace`, {
    hint: ofRuns.some(Boolean)
      ? 'it holds runs that were interrupted: --resume goes on with them'
      : 'name a new folder, or one of an earlier run',
  });
}

/** In it, or one folder below. */
async function holdsReport(folder: string): Promise<boolean> {
  if (await hasReport(folder)) return true;
  const below = await readdir(folder).catch(() => []);
  return (await Promise.all(below.map((name) => hasReport(join(folder, name))))).some(Boolean);
}

export const hasReport = (folder: string): Promise<boolean> =>
  stat(join(folder, 'report.json')).then(
    (found) => found.isFile(),
    () => false,
  );

/** A run that ended before it had anything to say leaves no empty folders. True where nothing is left. */
export async function removeIfEmpty({ folder, logs }: OutFolder): Promise<boolean> {
  await rmdir(logs).catch(() => {});
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

/** Node's own recursive mkdir turns in circles for ever where a file system says that a parent is missing which is there (/proc). */
export async function makeFolders(path: string): Promise<void> {
  const made = await mkdir(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(made instanceof Error)) return;
  if (await isFolder(path)) return;
  if (made.code !== 'ENOENT' || dirname(path) === path) throw made;
  if (!(await isFolder(dirname(path)))) await makeFolders(dirname(path));
  // A run on another thread may have made the parent, or this, in the meantime.
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error;
  });
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function attempt<T>(folder: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new InfrastructureError(`the report cannot be written to ${folder}: ${REASONS[code] ?? message}`, {
      cause,
      hint: 'make it writable, or name another folder with --out',
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing can be made there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'there is a file of that name',
  ENAMETOOLONG: 'the name is too long',
};
