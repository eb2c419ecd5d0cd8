/** The packages that our code needs when it runs, as npm laid them out in this checkout: copied into an image, no npm there. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../../errors.ts';
import type { TarEntry } from './tar.ts';

/** An entry of node_modules/.package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

export interface ProductionModule {
  /** e.g. node_modules/zod. */
  readonly path: string;
  /** Changes when what is installed there does. */
  readonly identity: string;
}

/**
 * Neither development packages nor optional ones: the latter are native builds for this machine, and whoever needs them does without.
 * In the order of their paths.
 */
export function productionModules(packages: Readonly<Record<string, LockedPackage>>): readonly ProductionModule[] {
  return Object.entries(packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.optional && !entry.devOptional && !entry.link)
    .map(([path, { version = '', integrity = '' }]) => ({ path, identity: `${path} ${version} ${integrity}` }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads what npm installed under `root`. Throws InfrastructureError when npm has not. */
export async function installedModules(root: string): Promise<readonly ProductionModule[]> {
  const path = join(root, 'node_modules/.package-lock.json');
  try {
    const { packages } = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, LockedPackage> };
    return productionModules(packages);
  } catch (error) {
    throw new InfrastructureError(`expected ${path}, which npm writes when it installs: ${(error as Error).message}`, {
      cause: error,
      hint: 'npm ci',
    });
  }
}

/** Declarations and source maps are for people; compiled addons are for the machine they were compiled on. */
const LEFT_OUT = /\.(?:map|d\.ts|d\.cts|d\.mts|node|o|a)$/;

/** Every file of a module, nested modules aside: they have entries of their own. Sorted. */
export async function moduleFiles(root: string, module: ProductionModule): Promise<readonly TarEntry[]> {
  return (await filesUnder(root, module.path, 'node_modules')).filter(({ path }) => !LEFT_OUT.test(path));
}

/** Regular files below root/folder as tar entries with paths from `root`, sorted; folders named `except` are left out. */
export async function filesUnder(root: string, folder: string, except: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  const listed = await readdir(join(root, folder), { withFileTypes: true });
  for (const item of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) {
      if (item.name !== except) entries.push(...(await filesUnder(root, path, except)));
    } else if (item.isFile()) entries.push({ path, content: { file: join(root, path) } });
  }
  return entries;
}
