/** Debian packages on this machine, where `sim setup --engine` allows it. */
import { readFile } from 'node:fs/promises';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { hostCommand, onPath } from './host-command.ts';
import type { Progress } from './progress.ts';

/** Installs, saying so. Throws InfrastructureError where this is not root on Debian or Ubuntu, or apt fails. */
export async function aptInstall(packages: readonly string[], progress: Progress, { signal }: Waiting = {}): Promise<void> {
  const refusal = await aptRefusal();
  const shown = `apt-get install -y ${packages.join(' ')}`;
  if (refusal !== null) throw new InfrastructureError(`cannot install ${packages.join(', ')}: ${refusal}`, { hint: `as root: ${shown}` });
  const options = { progress, signal, label: 'apt-get', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  progress.line('  apt-get update');
  try {
    await hostCommand('apt-get', ['update'], options);
  } catch (error) {
    signal?.throwIfAborted();
    // One of several sources may be out of reach; whether ours was, the installation tells.
    progress.line(`  ${(error as Error).message}\n  going on with the package lists that are here`);
  }
  progress.line(`  ${shown}`);
  await hostCommand('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
    ...options,
    hint: `mend what apt-get complains of, then: ${shown}`,
  });
}

/** Why packages cannot be installed here, or null. */
async function aptRefusal(): Promise<string | null> {
  if (process.platform !== 'linux') return `this is ${process.platform}, expected Debian or Ubuntu`;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!debianLike(release) || !(await onPath('apt-get'))) return 'this is neither Debian nor Ubuntu';
  if (process.getuid?.() !== 0) return `this is user ${process.getuid?.()}, expected root`;
  return null;
}

/** Whether os-release(5) names Debian or something made from it. */
export function debianLike(release: string): boolean {
  const values = [...release.matchAll(/^(?:ID|ID_LIKE)=["']?([^"'\n]*)/gm)].flatMap((match) => (match[1] ?? '').split(/\s+/));
  return values.some((value) => value === 'debian' || value === 'ubuntu');
}
