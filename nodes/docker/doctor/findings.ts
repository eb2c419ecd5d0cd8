/** What the facts of a machine mean for a docker network: a pure function, one line a check, each lack with the command that mends it. */
import { type EngineFacts, type Facts, type ImageFact, PORT_UNTRIED } from './facts.ts';

export interface Finding {
  readonly check: string;
  /** `missing`: no network comes up without it. `warning`: one comes up, with a limit. */
  readonly state: 'good' | 'warning' | 'missing';
  readonly found: string;
  /** What to run or do; null when good. */
  readonly remedy: string | null;
}

const GIB = 1024 ** 3;
/** All images of the local profile take 1 GB, compiling LND in a container 3 more while it lasts. */
const DISK_BYTES_MIN = 5 * GIB;
/** Six LND nodes at their start (scrypt), bitcoind, and six relays. */
const MEMORY_BYTES_MIN = 3 * GIB;
const CORES_MIN = 2;
/** Drivers that copy whole layers or are known to be slow: six nodes then take a full disk's worth of copies. */
const SLOW_DRIVERS = ['vfs', 'devicemapper'];

export function findingsOf({ engine, tunDevice }: Facts): readonly Finding[] {
  if (!engine.answers) return [missing('engine', engine.message, engine.hint ?? 'npx sim setup --engine'), tun(tunDevice)];
  return [
    good('engine', `Docker ${engine.version} (API ${engine.apiVersion}, ${engine.os}/${engine.architecture}) at ${engine.address}`),
    storage(engine),
    disk(engine),
    memory(engine),
    cores(engine),
    images(engine),
    relay(engine),
    architecture(engine),
    port(engine),
    tun(tunDevice),
  ];
}

function storage({ storageDriver, dataFolder }: EngineFacts): Finding {
  const found = `${storageDriver} in ${dataFolder}`;
  if (!SLOW_DRIVERS.includes(storageDriver)) return good('storage driver', found);
  return warning('storage driver', `${found}: slow, and every container costs a copy of its image`, 'dockerd --storage-driver overlay2');
}

function disk({ diskFreeBytes, dataFolder }: EngineFacts): Finding {
  if (diskFreeBytes === null) return good('disk', `${dataFolder} is not on this machine's disk: not measured`);
  const found = `${gib(diskFreeBytes)} GiB free at ${dataFolder}`;
  if (diskFreeBytes >= DISK_BYTES_MIN) return good('disk', found);
  return missing(
    'disk',
    `${found}, expected ${gib(DISK_BYTES_MIN)} GiB`,
    'npx sim clean --all, then docker system df shows what else takes room',
  );
}

function memory({ memoryBytes }: EngineFacts): Finding {
  const found = `${gib(memoryBytes)} GiB`;
  if (memoryBytes >= MEMORY_BYTES_MIN) return good('memory', found);
  return warning(
    'memory',
    `${found}, expected ${gib(MEMORY_BYTES_MIN)} GiB for six nodes`,
    'give the engine more memory, or run scenarios/smallest.yaml',
  );
}

function cores({ cores: count }: EngineFacts): Finding {
  if (count >= CORES_MIN) return good('cores', String(count));
  return warning('cores', `${count}, expected ${CORES_MIN}: bring-up takes 6 s of CPU a node`, 'give the engine more cores');
}

function images({ images: all, profile }: EngineFacts): Finding {
  const lines = [...new Set(all.map(({ usedBy }) => usedBy))]
    .filter((name) => name !== 'relay')
    .map((name) => `${name}: ${absentOf(all, name)}`);
  if (profile !== null) return good('images', `profile ${profile} (${lines.join('; ')})`);
  return missing('images', `no profile is whole (${lines.join('; ')})`, 'npx sim setup');
}

function absentOf(all: readonly ImageFact[], usedBy: string): string {
  const absent = all.filter((image) => image.usedBy === usedBy && image.architecture === null).map(({ ref }) => ref);
  return absent.length === 0 ? 'here' : `without ${absent.join(', ')}`;
}

function relay({ images: all }: EngineFacts): Finding {
  const absent = all.filter(({ usedBy, architecture: here }) => usedBy === 'relay' && here === null).map(({ ref }) => ref);
  if (absent.length === 0) return good('relay image', 'of these sources');
  const onlyRelay = absent.every((ref) => ref.startsWith('leyden/relay:'));
  if (onlyRelay) return good('relay image', 'of earlier sources: sim run builds it anew in seconds');
  return missing('relay image', `without ${absent.join(', ')}`, 'npx sim setup');
}

function architecture({ images: all, architecture: engine }: EngineFacts): Finding {
  const foreign = all.filter(({ architecture: image }) => image !== null && image !== engine);
  if (foreign.length === 0) return good('architecture', engine);
  const names = foreign.map(({ ref, architecture: image }) => `${ref} is ${image}`).join(', ');
  return missing(
    'architecture',
    `the engine is ${engine}, but ${names}`,
    `docker rmi ${foreign.map(({ ref }) => ref).join(' ')} && npx sim setup`,
  );
}

function port({ port: result }: EngineFacts): Finding {
  if (result === null) return good('ports', 'a published port answers on 127.0.0.1');
  if (result === PORT_UNTRIED) return warning('ports', 'not tried: there is no image to try it with', 'npx sim setup, then npx sim doctor');
  return missing(
    'ports',
    result,
    'start dockerd without --bridge none and --iptables=false, on this machine (DOCKER_HOST unset or a local socket)',
  );
}

function tun(present: boolean): Finding {
  if (present) return good('tun', '/dev/net/tun');
  return warning('tun', 'no /dev/net/tun: tunnels run over SOCKS5 only, not as an IP interface', 'modprobe tun');
}

const good = (check: string, found: string): Finding => ({ check, state: 'good', found, remedy: null });
const warning = (check: string, found: string, remedy: string): Finding => ({ check, state: 'warning', found, remedy });
const missing = (check: string, found: string, remedy: string): Finding => ({ check, state: 'missing', found, remedy });
const gib = (bytes: number): string => (bytes / GIB).toFixed(1);
