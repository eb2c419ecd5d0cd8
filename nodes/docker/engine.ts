/** The Docker engine of this machine: found, spoken to, and named when it is absent. Everything in nodes/docker goes through this connection. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';
import type { Waiting } from '../node.ts';

/** Docker 20.10, the oldest engine this was run on. */
const API_VERSION_MIN = '1.41';

/** A healthy engine answers a ping in milliseconds; one that does not in this time is as good as absent. */
const ANSWER_MS_MAX = 10_000;

export interface Engine {
  readonly docker: Docker;
  /** The socket or the host that answered. */
  readonly address: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  /** As images and Go name it: amd64, arm64 … */
  readonly architecture: string;
}

/** Connects and asks who is there. Throws InfrastructureError when no engine answers, we may not ask, or it is too old. */
export async function connectEngine({ signal }: Waiting = {}, env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const address = engineAddress(env);
  const deadline = AbortSignal.any([AbortSignal.timeout(ANSWER_MS_MAX), ...(signal ? [signal] : [])]);
  signal?.throwIfAborted();
  try {
    const docker = dockerAt(address, env);
    await abortable(docker.ping(), deadline);
    const version = await abortable(docker.version(), deadline);
    if (olderThan(version.ApiVersion, API_VERSION_MIN)) throw tooOld(address, version.Version, version.ApiVersion);
    return {
      docker,
      address,
      version: version.Version,
      apiVersion: version.ApiVersion,
      os: version.Os,
      architecture: architectureOf(version.Arch),
    };
  } catch (error) {
    if (error instanceof InfrastructureError) throw error;
    signal?.throwIfAborted();
    throw unreachable(address, error);
  }
}

/** DOCKER_HOST, else the first socket that exists among the ones engines make, else the usual one. */
export function engineAddress(env: NodeJS.ProcessEnv, exists: (path: string) => boolean = existsSync): string {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const home = env.HOME ?? homedir();
  const runtime = env.XDG_RUNTIME_DIR;
  const sockets = [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
  ];
  return `unix://${sockets.find((path) => exists(path)) ?? sockets[0]}`;
}

function dockerAt(address: string, env: NodeJS.ProcessEnv): Docker {
  // dockerode reads every other form of DOCKER_HOST (tcp, ssh, TLS folders) from the environment by itself.
  if (address === env.DOCKER_HOST && !address.startsWith('unix://')) return new Docker();
  return new Docker({ socketPath: address.replace(/^unix:\/\//, '') });
}

/** What went wrong between us and the engine, with what mends it. */
export function unreachable(address: string, error: unknown): InfrastructureError {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'EACCES' || code === 'EPERM')
    return new InfrastructureError(`the Docker engine at ${address} refuses this user (${code})`, {
      ...options,
      hint: 'sudo usermod -aG docker "$USER", then log in again (or run as root)',
    });
  if (code === 'ENOENT')
    return new InfrastructureError(`no Docker engine: expected its socket at ${address}, there is none`, {
      ...options,
      hint: 'npx sim setup --engine (root on Debian or Ubuntu), or start Docker, or set DOCKER_HOST',
    });
  return new InfrastructureError(`no Docker engine answers at ${address} (${code ?? String(error)})`, {
    ...options,
    hint: 'start it (systemctl start docker, or npx sim setup --engine as root on Debian or Ubuntu), or set DOCKER_HOST',
  });
}

function tooOld(address: string, version: string, apiVersion: string): InfrastructureError {
  return new InfrastructureError(
    `the Docker engine at ${address} is too old: expected API ${API_VERSION_MIN} or later, it is ${version} with API ${apiVersion}`,
    { hint: 'install Docker 20.10 or later' },
  );
}

/** Whether API version `a` comes before `b`; both `major.minor`. */
export function olderThan(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB);
}

/** Engines say amd64 (version) or x86_64 (info); images and Go say amd64. */
export function architectureOf(name: string): string {
  if (name === 'x86_64') return 'amd64';
  if (name === 'aarch64') return 'arm64';
  return name;
}

/** dockerode's short calls take no signal: leave them behind when it aborts. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no answer in ${ANSWER_MS_MAX / 1000} s`;
  return undefined;
}
