/** Another revision of this repository beside the one that runs, gone again afterwards. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InfrastructureError, ScenarioError } from '../../nodes/errors.ts';

const execute = promisify(execFile);
const HERE = fileURLToPath(new URL('../..', import.meta.url));
const INSTALL_MS_MAX = 600_000;

export interface Checkout extends AsyncDisposable {
  readonly folder: string;
  /** The commit that REF stands for. */
  readonly commit: string;
}

/** Throws ScenarioError where there is no such revision, InfrastructureError where it cannot be checked out or installed. */
export async function checkout(ref: string, signal: AbortSignal): Promise<Checkout> {
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], signal).catch((cause: unknown) => {
    throw new ScenarioError(`git:${ref}: no such revision here`, {
      cause,
      hint: '`git fetch` gets what a remote has; `git branch -a` lists',
    });
  });
  const parent = await mkdtemp(join(tmpdir(), 'leyden-bench-'));
  const folder = join(parent, 'leyden');
  const remove = async () => {
    await git(['worktree', 'remove', '--force', folder], AbortSignal.timeout(INSTALL_MS_MAX)).catch(() => {});
    await rm(parent, { recursive: true, force: true });
  };
  try {
    await git(['worktree', 'add', '--quiet', '--detach', folder, commit], signal);
    await install(folder, signal);
  } catch (cause) {
    await remove();
    signal.throwIfAborted();
    throw new InfrastructureError(`git:${ref}: could not be checked out beside this one: ${(cause as Error).message}`, { cause });
  }
  return { folder, commit, [Symbol.asyncDispose]: remove };
}

/** The modules that are here serve where the lock file is the same; else they are installed, which takes a registry. */
async function install(folder: string, signal: AbortSignal): Promise<void> {
  const lock = (root: string) => readFile(join(root, 'package-lock.json'), 'utf8');
  if ((await lock(folder)) === (await lock(HERE))) return symlink(join(HERE, 'node_modules'), join(folder, 'node_modules'));
  await execute('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, signal, timeout: INSTALL_MS_MAX });
}

async function git(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { stdout } = await execute('git', ['-C', HERE, ...args], { signal });
  return stdout.trim();
}
