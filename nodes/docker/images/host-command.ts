/** A program of this machine, run with its output as progress: debootstrap, go, apt-get. Never docker, which has an API. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import type { Progress } from './progress.ts';

export interface HostCommandOptions extends Waiting {
  readonly progress: Progress;
  /** Stands before every line of output. */
  readonly label: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly hint?: string;
}

/** Output kept: all that a caller reads, or shows when the command fails. */
const TAIL_LINES = 12;

/** Resolves to the last lines of output when the command ends with 0; throws InfrastructureError with them otherwise. */
export async function hostCommand(command: string, args: readonly string[], options: HostCommandOptions): Promise<readonly string[]> {
  const { progress, label, cwd, env, signal, hint } = options;
  const tail: string[] = [];
  let rest = '';
  const child = spawn(command, args, {
    env: hostEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal ? { signal } : {}),
  });
  const onOutput = (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-1000);
    for (const line of lines.filter((text) => text.trim() !== '')) {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      progress.now(`  ${label}: ${line}`);
    }
  };
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  const shown = `${command} ${args.join(' ')}`;
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
    if (rest !== '') tail.push(rest);
    if (code === 0) return tail;
    throw new InfrastructureError(
      `${shown} failed: expected exit code 0, it ended with ${code ?? killedBy}\n${tail.map((line) => `    ${line}`).join('\n')}`,
      hint === undefined ? {} : { hint },
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InfrastructureError) throw error;
    throw new InfrastructureError(`${shown} could not be started: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** debootstrap, dockerd and iptables lie where `su` and cron do not always look. */
export function hostEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...env,
    PATH: [env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter((folder) => folder !== '').join(delimiter),
  };
}

/** Whether a program of this name can be run. */
export async function onPath(name: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  for (const folder of (hostEnvironment(env).PATH ?? '').split(delimiter)) {
    try {
      await access(join(folder, name), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
