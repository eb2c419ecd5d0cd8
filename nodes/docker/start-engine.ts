/** An engine where there is none: Debian's docker.io, and dockerd started by hand where no init system would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { connectEngine, type Engine } from './engine.ts';
import { aptInstall } from './images/apt.ts';
import { hostCommand, hostEnvironment, onPath } from './images/host-command.ts';
import type { Progress } from './images/progress.ts';

/** docker.io, and what makes a base image where no registry answers. */
const PACKAGES = ['docker.io', 'debootstrap', 'ca-certificates'];
/** Where dockerd listens unless told otherwise. */
const OUR_ADDRESS = 'unix:///var/run/docker.sock';
const LOG = '/var/log/leyden-dockerd.log';
const LOG_LINES = 6;
const START_MS_MAX = 60_000;
const POLL_MS = 200;

/** The engine that answers, else one installed and started here; says what it does. Throws InfrastructureError with the daemon's last words. */
export async function startEngine(progress: Progress, { signal }: Waiting = {}): Promise<Engine> {
  const absence = await engineOrAbsence({ signal });
  if (!(absence instanceof InfrastructureError)) return absence;
  // An engine that refuses us, is too old or stands elsewhere is not mended by installing another.
  const asked = process.env.DOCKER_HOST;
  if (asked !== undefined && asked !== OUR_ADDRESS)
    throw new InfrastructureError(absence.message, {
      cause: absence.cause,
      hint: `unset DOCKER_HOST: an engine started here answers at ${OUR_ADDRESS}`,
    });
  if (!isAbsent(absence)) throw absence;
  progress.line(absence.message);
  if (!(await onPath('dockerd'))) {
    progress.line("installing Debian's Docker engine");
    await aptInstall(PACKAGES, progress, { signal });
  }
  return (await startByInit(progress, { signal })) ?? (await startByHand(progress, { signal }));
}

async function startByInit(progress: Progress, { signal }: Waiting): Promise<Engine | null> {
  // systemd's own test for "was I booted here", sd_booted(3).
  if (!existsSync('/run/systemd/system')) return null;
  progress.line('  systemctl start docker');
  await hostCommand('systemctl', ['start', 'docker'], { progress, signal, label: 'systemctl', hint: 'journalctl -u docker' });
  return await answering(null, { signal });
}

async function startByHand(progress: Progress, { signal }: Waiting): Promise<Engine> {
  if (process.getuid?.() !== 0) throw new InfrastructureError('starting dockerd needs root', { hint: 'sudo npx sim setup --engine' });
  progress.line(`  dockerd (no init system here; its log is ${LOG})`);
  const log = await open(LOG, 'a');
  try {
    // A session of its own: it outlives this command and its terminal.
    const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/', env: hostEnvironment() });
    daemon.unref();
    return await answering(daemon, { signal });
  } finally {
    await log.close();
  }
}

async function answering(daemon: ChildProcess | null, { signal }: Waiting): Promise<Engine> {
  let failure: Error | undefined;
  daemon?.once('error', (error) => {
    failure = error;
  });
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += POLL_MS) {
    const found = await engineOrAbsence({ signal });
    if (!(found instanceof InfrastructureError)) return found;
    if (failure !== undefined) throw new InfrastructureError(`dockerd could not be started: ${failure.message}`, { cause: failure });
    if (daemon !== null && daemon.exitCode !== null) break;
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
  const ended =
    daemon !== null && daemon.exitCode !== null ? `ended with ${daemon.exitCode}` : `did not answer in ${START_MS_MAX / 1000} s`;
  const words = daemon === null ? '' : `\n${await lastLines(LOG)}`;
  throw new InfrastructureError(`dockerd was started and ${ended}${words}`, {
    hint: daemon === null ? 'journalctl -u docker' : `mend what the log says, then npx sim setup --engine again (whole log: ${LOG})`,
  });
}

async function engineOrAbsence({ signal }: Waiting): Promise<Engine | InfrastructureError> {
  try {
    return await connectEngine({ signal });
  } catch (error) {
    if (error instanceof InfrastructureError) return error;
    throw error;
  }
}

/** No socket, or one that nobody listens on. */
function isAbsent({ cause }: InfrastructureError): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}

/** dockerd tells a lot about itself while it ends; why it ends is in what is not information. */
async function lastLines(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).trimEnd().split('\n');
  return lines
    .filter((line) => !line.includes('level=info'))
    .slice(-LOG_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}
