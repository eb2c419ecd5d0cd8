/** One container of a run: made with the run's labels, on its network, ports on loopback; removed with its volumes when disposed. */
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { InfrastructureError, ProcessEndedError } from '../errors.ts';
import { archivedFile, readArchive } from './archive.ts';
import { freeTcpPorts } from './free-ports.ts';
import { type TarEntry, tar } from './images/tar.ts';
import { mib } from './memory-budget.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly hostname: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** A network's name, or `container:ID`: that container's own, address and name included. */
  readonly network: string;
  /** May make TUN devices. */
  readonly tun?: boolean;
  /** Its entrypoint changes to another user. */
  readonly stepsDown?: boolean;
  /** On that network, so that it is the same after a restart; absent: Docker picks one at every start. */
  readonly address?: string;
  /** Container ports, each published on a free port of 127.0.0.1, which stays the same over restarts. */
  readonly ports: readonly number[];
  /** UDP ports, each published on 127.0.0.1 under the same number. */
  readonly udpPorts?: readonly number[];
  /** Put there before the first start: no bind mounts, nothing secret in argv or environment. */
  readonly files?: readonly TarEntry[];
  readonly dataDir?: string;
  /** What else is to be there before the first start. */
  readonly prepare?: ((container: Docker.Container) => Promise<void>) | undefined;
  readonly storage?: 'volume' | 'tmpfs';
  readonly memoryBytes?: number | null | undefined;
  readonly cpus?: number | null | undefined;
  /** Weight among containers where CPU is scarce; others have 1024. */
  readonly cpuShares?: number;
}

export interface RunningContainer extends AsyncDisposable {
  readonly name: string;
  readonly id: string;
  /** On the run's network. */
  readonly address: string;
  hostPort(port: number): number;
  /** The file's content, or null while it does not exist. */
  read(path: string): Promise<Buffer | null>;
  lastLog(lines: number): Promise<string>;
  /** What a program of the container writes to its stdout. */
  run(command: readonly string[]): Promise<Buffer>;
  /** CPU time of every process of the container so far. */
  cpuMs(): Promise<number>;
  /** Throws ProcessEndedError with its last log when it no longer runs. */
  assertRunning(): Promise<void>;
  joinNetwork(networkId: string): Promise<void>;
  state(): Promise<ProcessState>;
  /** SIGKILL: nothing is said to anybody. Resolves when it is gone; that it was gone already is no error. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL after STOP_S. */
  stop(): Promise<void>;
  /** Again, with its files, address and ports. That it runs already is no error. */
  start(): Promise<void>;
  /** None of its processes is scheduled until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export type ProcessState = 'running' | 'paused' | 'down';

/** Log lines that an error shows. */
export const LAST_LINES = 15;
const HTTP_NOT_FOUND = 404;
const HTTP_NOT_MODIFIED = 304;
/** LND closes its databases within a second or two. */
const STOP_S = 10;
/** Somebody else may take a port between our look and Docker's. */
const PORT_TRIES_MAX = 5;
const PORT_TAKEN = /port is already allocated|address already in use/i;
/** Log kept by Docker per container; a soak must not fill the disk. */
const LOG_OPTIONS = { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '2' } };

/** None but what is named: nothing of ours asks the kernel for more than files and sockets. */
const UNPRIVILEGED = { CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] };
/** An entrypoint that begins as root makes a user, gives it the data folder and goes on as that. */
const STEPPING_DOWN = { CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] };

/** ping needs nothing: Docker lets every group in a container open datagram sockets for ICMP (since 20.10). */
const TUN_DEVICE = {
  CapAdd: ['NET_ADMIN'],
  Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
};

export const startContainer = async (docker: Docker, spec: ContainerSpec): Promise<RunningContainer> => {
  for (let tries = 1; ; tries++)
    try {
      return await startOnPorts(docker, spec, await freeTcpPorts(spec.ports.length));
    } catch (error) {
      if (tries === PORT_TRIES_MAX || spec.ports.length === 0 || !PORT_TAKEN.test(String(error))) throw error;
    }
};

const startOnPorts = async (docker: Docker, spec: ContainerSpec, hostPorts: readonly number[]): Promise<RunningContainer> => {
  const bindings = Object.fromEntries([
    ...spec.ports.map((port, index) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: String(hostPorts[index]) }]]),
    ...(spec.udpPorts ?? []).map((port) => [`${port}/udp`, [{ HostIp: '127.0.0.1', HostPort: String(port) }]]),
  ]);
  const shared = spec.network.startsWith('container:');
  const pinned = spec.address === undefined ? {} : { IPAMConfig: { IPv4Address: spec.address } };
  const container = await docker.createContainer({
    name: spec.name,
    ...(shared ? {} : { Hostname: spec.hostname }),
    Image: spec.image,
    Cmd: [...spec.command],
    Labels: { ...spec.labels },
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((port) => [port, {}])),
    ...(spec.dataDir && spec.storage !== 'tmpfs' ? { Volumes: { [spec.dataDir]: {} } } : {}),
    HostConfig: {
      NetworkMode: spec.network,
      ...UNPRIVILEGED,
      ...(spec.stepsDown ? STEPPING_DOWN : {}),
      ...(spec.tun ? TUN_DEVICE : {}),
      LogConfig: LOG_OPTIONS,
      PortBindings: bindings,
      ...(spec.dataDir && spec.storage === 'tmpfs' ? { Tmpfs: { [spec.dataDir]: 'rw,exec' } } : {}),
      // Alone, the first lets as much again be swapped.
      ...(spec.memoryBytes ? { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes } : {}),
      ...(spec.cpuShares ? { CpuShares: spec.cpuShares } : {}),
      ...(spec.cpus ? { NanoCpus: Math.round(spec.cpus * 1e9) } : {}),
    },
    ...(shared ? {} : { NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [spec.hostname], ...pinned } } } }),
  });
  const dispose = async () => {
    await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      if (error.statusCode !== HTTP_NOT_FOUND) throw error;
    });
  };
  try {
    if (spec.files) await container.putArchive(Readable.from(tar(spec.files)), { path: '/' });
    await spec.prepare?.(container);
    await container.start();
    const info = await container.inspect();
    // One that has ended already has none; that it ended, and its log, is told by who waits for it.
    const address = shared ? '' : info.NetworkSettings.Networks[spec.network]?.IPAddress || spec.address;
    if (address === undefined || (address === '' && !shared))
      throw new InfrastructureError(`${spec.name} got no address on ${spec.network}; it is ${info.State.Status}`);
    return {
      name: spec.hostname,
      id: container.id,
      address,
      hostPort: (port) => hostPorts[spec.ports.indexOf(port)] as number,
      read: (path) => readFile(container, path),
      lastLog: (lines) => lastLog(container, lines),
      run: (command) => run(container, command),
      cpuMs: () => cpuMs(container),
      async assertRunning() {
        const { State } = await container.inspect();
        if (!State.Running) throw endedByItself(spec, State, await lastLog(container, LAST_LINES));
      },
      joinNetwork: async (networkId) => {
        await docker.getNetwork(networkId).connect({ Container: container.id });
      },
      ...processOf(container),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

/** The kernel's way with who takes more memory than there is, and `kill -9`'s. */
const EXIT_SIGKILL = 137;

/** An engine may hear of the exit before it hears of the kernel's reason (containerd #12714): SIGKILL under a limit is most likely that. */
export const endedByItself = (
  { hostname, memoryBytes }: Pick<ContainerSpec, 'hostname' | 'memoryBytes'>,
  { ExitCode, OOMKilled }: Pick<Docker.ContainerInspectInfo['State'], 'ExitCode' | 'OOMKilled'>,
  log: string,
): ProcessEndedError => {
  const ended = (why: string) => `${hostname} ended by itself (exit code ${ExitCode}${why})\nits last log:\n${log}`;
  if (!memoryBytes || !(OOMKilled || ExitCode === EXIT_SIGKILL)) return new ProcessEndedError(ended(OOMKilled ? ', out of memory' : ''));
  return new ProcessEndedError(ended(`, ${OOMKilled ? '' : 'likely '}out of memory: its limit is ${mib(memoryBytes)}`), {
    hint: `raise the memory of ${hostname} in the scenario: nodes.memory, relay.memory or bitcoind.memory`,
  });
};

const processOf = (container: Docker.Container): Pick<RunningContainer, 'state' | 'kill' | 'stop' | 'start' | 'pause' | 'resume'> => {
  const state = async (): Promise<ProcessState> => {
    const { State } = await container.inspect();
    if (!State.Running) return 'down';
    return State.Paused ? 'paused' : 'running';
  };
  /** What is frozen takes no signal. */
  const running = async (): Promise<boolean> => {
    const now = await state();
    if (now === 'paused') await container.unpause();
    return now !== 'down';
  };
  return {
    state,
    async kill() {
      if (!(await running())) return;
      await container.kill({ signal: 'SIGKILL' });
      await container.wait();
    },
    async stop() {
      if (await running()) await container.stop({ t: STOP_S }).catch(unlessSo);
    },
    start: async () => {
      await container.start().catch(unlessSo);
    },
    async pause() {
      if ((await state()) === 'running') await container.pause();
    },
    async resume() {
      if ((await state()) === 'paused') await container.unpause();
    },
  };
};

/** It is so already. */
const unlessSo = (error: { statusCode?: number }): void => {
  if (error.statusCode !== HTTP_NOT_MODIFIED) throw error;
};

/** Certificates and macaroons are small; anything larger is not what we asked for. */
const FILE_BYTES_MAX = 1 << 20;

const readFile = async (container: Docker.Container, path: string): Promise<Buffer | null> => {
  const archive = await readArchive(container, path, FILE_BYTES_MAX);
  const file = archive && archivedFile(archive);
  return file?.length ? file : null;
};

const lastLog = async (container: Docker.Container, lines: number): Promise<string> => {
  const framed = (await container.logs({ stdout: true, stderr: true, tail: lines })) as unknown as Buffer;
  return unframed(framed).toString('utf8');
};

const run = async (container: Docker.Container, command: readonly string[]): Promise<Buffer> => {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({})) chunks.push(chunk as Buffer);
  return unframed(Buffer.concat(chunks));
};

const NS_PER_MS = 1e6;

const cpuMs = async (container: Docker.Container): Promise<number> => {
  // `one-shot`: the engine's other way waits two seconds to tell a percentage as well.
  const stats = await container.stats({ stream: false, 'one-shot': true });
  return stats.cpu_stats.cpu_usage.total_usage / NS_PER_MS;
};

const FRAME_HEADER_BYTES = 8;

/** Docker frames stdout and stderr with 8 bytes: stream, 3 zero bytes, length. */
const unframed = (framed: Buffer): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at + FRAME_HEADER_BYTES <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    parts.push(framed.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length));
    at += FRAME_HEADER_BYTES + length;
  }
  return Buffer.concat(parts);
};
