/** One container of a run: made with the run's labels, on its network, ports on loopback; removed with its volumes when disposed. */
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { InfrastructureError, ProcessEndedError } from '../errors.ts';
import { type TarEntry, tar } from './images/tar.ts';

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
  /** Container ports, each published on a port of 127.0.0.1 that Docker picks. */
  readonly ports: readonly number[];
  /** UDP ports, each published on 127.0.0.1 under the same number. */
  readonly udpPorts?: readonly number[];
  /** Put there before the first start: no bind mounts, nothing secret in argv or environment. */
  readonly files?: readonly TarEntry[];
  readonly dataDir?: string;
  readonly storage?: 'volume' | 'tmpfs';
  readonly memoryBytes?: number | null;
  readonly cpus?: number | null;
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
}

/** Log lines that an error shows. */
export const LAST_LINES = 15;
const HTTP_NOT_FOUND = 404;
/** Log kept by Docker per container; a soak must not fill the disk. */
const LOG_OPTIONS = { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '2' } };

const TUN_DEVICE = {
  CapAdd: ['NET_ADMIN'],
  Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
};

export const startContainer = async (docker: Docker, spec: ContainerSpec): Promise<RunningContainer> => {
  const bindings = Object.fromEntries([
    ...spec.ports.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
    ...(spec.udpPorts ?? []).map((port) => [`${port}/udp`, [{ HostIp: '127.0.0.1', HostPort: String(port) }]]),
  ]);
  const shared = spec.network.startsWith('container:');
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
      ...(spec.tun ? TUN_DEVICE : {}),
      LogConfig: LOG_OPTIONS,
      PortBindings: bindings,
      ...(spec.dataDir && spec.storage === 'tmpfs' ? { Tmpfs: { [spec.dataDir]: 'rw,exec' } } : {}),
      ...(spec.memoryBytes ? { Memory: spec.memoryBytes } : {}),
      ...(spec.cpus ? { NanoCpus: Math.round(spec.cpus * 1e9) } : {}),
    },
    ...(shared ? {} : { NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [spec.hostname] } } } }),
  });
  const dispose = async () => {
    await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      if (error.statusCode !== HTTP_NOT_FOUND) throw error;
    });
  };
  try {
    if (spec.files) await container.putArchive(Readable.from(tar(spec.files)), { path: '/' });
    await container.start();
    const info = await container.inspect();
    const address = shared ? '' : info.NetworkSettings.Networks[spec.network]?.IPAddress;
    if (address === undefined || (address === '' && !shared))
      throw new InfrastructureError(`${spec.name} got no address on ${spec.network}; it is ${info.State.Status}`);
    return {
      name: spec.hostname,
      id: container.id,
      address,
      hostPort: (port) => Number(info.NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort),
      read: (path) => readFile(container, path),
      lastLog: (lines) => lastLog(container, lines),
      run: (command) => run(container, command),
      cpuMs: () => cpuMs(container),
      async assertRunning() {
        const { State } = await container.inspect();
        if (State.Running) return;
        const how = `exit code ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''}`;
        throw new ProcessEndedError(`${spec.hostname} ended by itself (${how}); its last log:\n${await lastLog(container, LAST_LINES)}`);
      },
      joinNetwork: async (networkId) => {
        await docker.getNetwork(networkId).connect({ Container: container.id });
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

const TAR_BLOCK = 512;
/** Certificates and macaroons are small; anything larger is not what we asked for. */
const FILE_BYTES_MAX = 1 << 20;

const readFile = async (container: Docker.Container, path: string): Promise<Buffer | null> => {
  let archive: NodeJS.ReadableStream;
  try {
    archive = await container.getArchive({ path });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === HTTP_NOT_FOUND) return null;
    throw error;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > FILE_BYTES_MAX) throw new InfrastructureError(`${path} is larger than expected of a credential`);
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const size = Number.parseInt(whole.toString('latin1', 124, 135), 8);
  return size > 0 ? whole.subarray(TAR_BLOCK, TAR_BLOCK + size) : null;
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
