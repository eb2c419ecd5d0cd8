/** The packages that our code needs when it runs, as they are installed around it: copied into an image, no npm there. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { InfrastructureError } from '../../errors.ts';
import type { TarEntry } from './tar.ts';

/** What this reads of a package.json. */
interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface ProductionModule {
  /** Where it lies here. */
  readonly folder: string;
  /** Where it goes in an image whose /leyden is our package: `leyden/node_modules/zod`, or `node_modules/zod` for one that lies beside our package. */
  readonly path: string;
  /** Changes when another version is installed there. */
  readonly identity: string;
}

/**
 * What the package at `root` depends on, and what those depend on, found as Node finds it: in the node_modules of each folder on the way up.
 * So it holds for a checkout, where they lie inside our package, and for an installed Leyden, where most lie beside it. Neither development
 * packages nor optional ones: the latter are native builds for this machine, and whoever needs them does without. In the order of their paths.
 * Throws InfrastructureError that names what is missing.
 */
export async function installedModules(root: string): Promise<readonly ProductionModule[]> {
  const found = new Map<string, ProductionModule>();
  const todo = [root];
  for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
    const manifest = await readManifest(folder);
    for (const name of needed(manifest)) {
      const at = await resolved(name, folder);
      if (at === null) throw missing(name, folder);
      if (found.has(at.folder)) continue;
      found.set(at.folder, { folder: at.folder, path: imagePath(root, at.folder), identity: `${name} ${at.manifest.version ?? ''}` });
      todo.push(at.folder);
    }
  }
  return [...found.values()].map((m) => ({ ...m, identity: `${m.path} ${m.identity}` })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function needed(manifest: Manifest): readonly string[] {
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...new Set([...Object.keys(dependencies), ...peers])].filter((name) => !(name in optionalDependencies));
}

async function resolved(name: string, from: string): Promise<{ readonly folder: string; readonly manifest: Manifest } | null> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    const manifest = await readManifest(folder).catch(() => null);
    if (manifest !== null) return { folder, manifest };
    if (dirname(at) === at) return null;
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Of node_modules in our package, or around it: what lies around goes to the root of the image, where Node looks next. */
function imagePath(root: string, folder: string): string {
  const ours = basename(root) === 'dist' ? [root, dirname(root)] : [root];
  const parent = ancestors(root).find((at) => folder.startsWith(join(at, 'node_modules') + sep))!;
  const path = relative(parent, folder).replaceAll(sep, '/');
  return ours.includes(parent) ? `leyden/${path}` : path;
}

/** From the folder itself upwards. */
function ancestors(folder: string): readonly string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...ancestors(dirname(folder))];
}

function missing(name: string, folder: string): InfrastructureError {
  return new InfrastructureError(`expected the package ${name} in node_modules, where ${folder} needs it: it is not installed`, {
    hint: 'npm ci in a checkout, npm install where Leyden is a dependency (other package managers lay packages out in ways that cannot be copied)',
  });
}

/** Declarations and source maps are for people; compiled addons are for the machine they were compiled on. */
const LEFT_OUT = /\.(?:map|d\.ts|d\.cts|d\.mts|node|o|a)$/;

/** Every file of a module, nested modules aside: they have entries of their own. Sorted. */
export async function moduleFiles({ folder, path }: ProductionModule): Promise<readonly TarEntry[]> {
  return (await filesUnder(folder, path, 'node_modules')).filter((entry) => !LEFT_OUT.test(entry.path));
}

/** Regular files below `folder` as tar entries below `path`, sorted; folders named `except` are left out. */
export async function filesUnder(folder: string, path: string, except: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  const listed = await readdir(folder, { withFileTypes: true });
  for (const item of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = [join(folder, item.name), `${path}/${item.name}`] as const;
    if (item.isDirectory() && item.name !== except) entries.push(...(await filesUnder(...below, except)));
    else if (item.isFile()) entries.push({ path: below[1], content: { file: below[0] } });
  }
  return entries;
}
