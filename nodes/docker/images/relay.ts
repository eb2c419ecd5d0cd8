/**
 * leyden/relay, our own code in an image: relays and origins run from it. Its tag is a fingerprint of what went in, so that a run
 * finds out by itself whether the sources changed, and the expensive part (Node and the packages) lies in leyden/runtime below it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { BASE_REF } from './base.ts';
import { buildImage } from './build.ts';
import { contextFingerprint, fingerprint } from './fingerprint.ts';
import { filesUnder, installedModules, moduleFiles, type ProductionModule } from './modules.ts';
import { dockerFolder, packageRoot } from './package-root.ts';
import { inspectImage } from './present.ts';
import { type Progress, SILENT } from './progress.ts';
import { stripped } from './strip-types.ts';
import type { TarEntry } from './tar.ts';
import { proxyArguments } from './trust.ts';

const RELAY_REPOSITORY = 'leyden/relay';
const RUNTIME_REPOSITORY = 'leyden/runtime';

/** What `node sim/cli.ts node` may import; in an installed Leyden it is `node sim/cli.js node`. */
const SOURCE_FOLDERS = ['nodes', 'reports', 'sim'];
const SOURCES_LEFT_OUT = 'out';

/** Tags kept, newest first: runs of other checkouts may be about to start containers from theirs. */
const TAGS_KEPT = 4;

export interface RelayImage {
  readonly ref: string;
  /** sha256:… */
  readonly id: string;
  readonly architecture: string;
  /** Whether it had to be built. */
  readonly built: boolean;
}

/** The relay image of these sources: found in milliseconds, or built (seconds; longer once, when packages changed). */
export async function ensureRelayImage(docker: Docker, options: Waiting & { readonly progress?: Progress } = {}): Promise<RelayImage> {
  const { progress = SILENT, signal } = options;
  const base = await inspectImage(docker, BASE_REF);
  if (base === null)
    throw new InfrastructureError(`expected ${BASE_REF}, which relay images stand on: it is not here`, { hint: 'npx sim setup' });
  const runtime = await runtimeOf(base.Id);
  await ensureRuntime(docker, runtime, progress, { signal });
  const sources = await relaySources();
  const ref = await refOf(runtime, sources);
  const present = await inspectImage(docker, ref);
  if (present !== null) return { ref, id: present.Id, architecture: present.Architecture, built: false };
  progress.line(`  ${ref}: building`);
  await buildImage(docker, { ref, context: await stripped(sources), buildArgs: { RUNTIME: runtime.ref }, progress, signal });
  await removeOldTags(docker, RELAY_REPOSITORY, ref);
  const built = await inspectImage(docker, ref);
  if (built === null) throw new InfrastructureError(`${ref} was built and is gone again`, { hint: 'npx sim setup' });
  return { ref, id: built.Id, architecture: built.Architecture, built: true };
}

/** The tag that these sources would have, for whoever only asks whether it is there; without a base it cannot be. */
export async function relayImageRef(docker: Docker): Promise<string> {
  const base = await inspectImage(docker, BASE_REF);
  return refOf(await runtimeOf(base?.Id ?? ''), await relaySources());
}

/** Our own code as it goes into the image, below /leyden. */
export async function relaySources(): Promise<readonly TarEntry[]> {
  const folders = await Promise.all(SOURCE_FOLDERS.map((folder) => filesUnder(join(packageRoot, folder), folder, SOURCES_LEFT_OUT)));
  return [
    { path: 'Dockerfile', content: { file: join(dockerFolder, 'relay/Dockerfile') } },
    { path: 'docker/relay/typescript.mjs', content: { file: join(dockerFolder, 'relay/typescript.mjs') } },
    { path: 'package.json', content: { file: join(packageRoot, 'package.json') } },
    ...folders.flat().filter(({ path }) => !path.endsWith('.d.ts')),
  ];
}

const refOf = async (runtime: Runtime, sources: readonly TarEntry[]): Promise<string> =>
  `${RELAY_REPOSITORY}:${fingerprint([runtime.ref, await contextFingerprint(sources)])}`;

/** Node and the packages: below every relay image. */
interface Runtime {
  readonly ref: string;
  readonly modules: readonly ProductionModule[];
}

const runtimeDockerfile = join(dockerFolder, 'runtime/Dockerfile');

/** By the fingerprint of base image, Dockerfile and installed versions. */
async function runtimeOf(baseId: string): Promise<Runtime> {
  const modules = await installedModules(packageRoot);
  const parts = [baseId, await readFile(runtimeDockerfile, 'utf8'), ...modules.map((module) => module.identity)];
  return { ref: `${RUNTIME_REPOSITORY}:${fingerprint(parts)}`, modules };
}

async function ensureRuntime(docker: Docker, { ref, modules }: Runtime, progress: Progress, { signal }: Waiting): Promise<void> {
  if ((await inspectImage(docker, ref)) !== null) return;
  progress.line(`  ${ref}: building (Node and ${modules.length} packages)`);
  const files = await Promise.all(modules.map(moduleFiles));
  await buildImage(docker, {
    ref,
    context: [
      { path: 'Dockerfile', content: { file: runtimeDockerfile } },
      ...files.flat().map((entry) => ({ ...entry, path: `modules/${entry.path}` })),
    ],
    buildArgs: proxyArguments(),
    progress,
    signal,
  });
  await removeOldTags(docker, RUNTIME_REPOSITORY, ref);
}

/** What a container still uses stays: the engine refuses, and that is well. */
async function removeOldTags(docker: Docker, repository: string, current: string): Promise<void> {
  const images = await docker.listImages({ filters: { reference: [repository] } });
  const newestFirst = images.sort((a, b) => b.Created - a.Created);
  const tags = newestFirst.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag.startsWith(`${repository}:`) && tag !== current);
  for (const tag of tags.slice(TAGS_KEPT - 1))
    await docker
      .getImage(tag)
      .remove()
      .catch(() => {});
}
