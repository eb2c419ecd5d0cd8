/** A run by another revision: its own `sim run`, as a child process. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type ExitCode, InfrastructureError, LeydenError } from '../../nodes/errors.ts';
import type { Network } from '../../nodes/node.ts';
import { hasReport } from '../out-folder.ts';
import type { PlannedRun } from '../planned-runs.ts';

/** What is kept of what it says, for the message when it fails. */
const SAID_MAX = 4_000;

export interface Elsewhere {
  readonly checkout: string;
  readonly kind: Network['kind'];
  /** `--set` of the command. */
  readonly settings: readonly string[];
  readonly signal: AbortSignal;
}

/** The other revision's run ended with this exit code; what it said is the message. */
class ElsewhereError extends LeydenError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What it ended with, null where all is good. Its report is in the run's folder. */
export async function runElsewhere({ scenario, out }: PlannedRun, { checkout, kind, settings, signal }: Elsewhere): Promise<Error | null> {
  const set = settings.flatMap((setting) => ['--set', setting]);
  const args = [
    'run',
    resolve(scenario.file),
    '--network',
    kind,
    '--seed',
    String(scenario.plan.seed),
    '--out',
    resolve(out),
    '--quiet',
    ...set,
  ];
  const { code, said } = await child([join(checkout, 'sim/cli.mjs'), ...args], checkout, signal);
  signal.throwIfAborted();
  if (code === 0 && (await hasReport(out))) return null;
  return new ElsewhereError(EXIT_CODES.find((known) => known === code) ?? 2, `sim run in ${checkout} ended with ${code}: ${said.trim()}`);
}

const EXIT_CODES: readonly ExitCode[] = [1, 2, 99, 102, 104, 105];

async function child(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const { promise, resolve: ended, reject } = Promise.withResolvers<{ code: number | null; said: string }>();
  const running = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  running.stderr.on('data', (data: Buffer) => {
    said = `${said}${data}`.slice(-SAID_MAX);
  });
  running.on('error', (cause) => reject(new InfrastructureError(`sim run could not be started in ${cwd}: ${cause.message}`, { cause })));
  running.on('close', (code) => ended({ code, said }));
  // It removes its containers on the way out.
  const stop = () => running.kill('SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
