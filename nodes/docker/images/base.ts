/** leyden/base:sid, the Debian that everything we build stands on: pulled where a registry answers, else made with debootstrap and imported. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { aptInstall } from './apt.ts';
import { engineEvents } from './events.ts';
import { hostCommand, onPath } from './host-command.ts';
import type { Progress } from './progress.ts';
import { pullImage } from './pull.ts';

export const BASE_REF = 'leyden/base:sid';
const DEBIAN_REF = 'debian:sid-slim';

export interface BaseOptions extends Waiting {
  readonly progress: Progress;
  /** Whether debootstrap may be installed where it is missing. */
  readonly mayInstall: boolean;
}

/** Root and a Debian or Ubuntu with debootstrap are needed where nothing can be pulled; throws InfrastructureError that says which is missing. */
export async function makeBase(docker: Docker, { progress, mayInstall, signal }: BaseOptions): Promise<void> {
  try {
    await pullImage(docker, DEBIAN_REF, progress, { signal });
    await docker.getImage(DEBIAN_REF).tag({ repo: 'leyden/base', tag: 'sid' });
    return;
  } catch (error) {
    signal?.throwIfAborted();
    progress.line(`  ${error instanceof Error ? error.message : String(error)}`);
    progress.line(`  ${BASE_REF}: making it with debootstrap instead`);
  }
  if (process.getuid?.() !== 0)
    throw new InfrastructureError(
      `${BASE_REF} can neither be pulled nor made: debootstrap needs root, this is user ${process.getuid?.()}`,
      {
        hint: 'sudo npx sim setup, or mend the network so that debian:sid-slim can be pulled',
      },
    );
  if (mayInstall && !(await onPath('debootstrap'))) await aptInstall(['debootstrap'], progress, { signal });
  if (!(await onPath('debootstrap')))
    throw new InfrastructureError(`${BASE_REF} can neither be pulled nor made: debootstrap is not installed`, {
      hint: 'apt-get install -y debootstrap (npx sim setup --engine does it), or mend the network so that debian:sid-slim can be pulled',
    });
  const folder = await mkdtemp(join(tmpdir(), 'leyden-base-'));
  try {
    await hostCommand('debootstrap', ['--variant=minbase', 'sid', folder], { progress, signal, label: BASE_REF });
    await importFolder(docker, folder, progress, { signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A root file system becomes an image of one layer. Owners, links and device nodes stay, so tar(1) reads it, not us. */
async function importFolder(docker: Docker, folder: string, progress: Progress, { signal }: Waiting): Promise<void> {
  progress.now(`  ${BASE_REF}: importing`);
  const exclude = ['./var/cache/apt/archives/*.deb', './var/lib/apt/lists/*', './var/log/*'].map((path) => `--exclude=${path}`);
  const tar = spawn('tar', ['-C', folder, '--numeric-owner', ...exclude, '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(signal ? { signal } : {}),
  });
  const ended = once(tar, 'close') as Promise<[number | null]>;
  ended.catch(() => {});
  const stream = await docker.importImage(tar.stdout, { repo: 'leyden/base', tag: 'sid', ...(signal ? { abortSignal: signal } : {}) });
  for await (const _ of engineEvents(stream, { signal }));
  const [code] = await ended;
  if (code !== 0) throw new InfrastructureError(`importing ${BASE_REF}: tar ended with ${code}, expected 0`);
}
