/** Who made a container, network or volume, so that what a killed run left can be told from what a living one holds. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

export interface Owner {
  readonly runId: string;
  readonly keep: boolean;
}

/** A run whose process nobody here can look for is over after this. */
const EXPIRES_MS = 24 * 60 * 60 * 1000;

/** Ends the name of the container through which a volume is filled that will be kept: while it stands, the volume may be half made. */
export const KEEPING = '-keeping';

export const newRunId = (): string => randomBytes(4).toString('hex');

export const labelsOf = ({ runId, keep }: Owner): Record<string, string> => ({
  leyden: runId,
  'leyden.pid': String(process.pid),
  'leyden.started': processStart(process.pid) ?? '',
  'leyden.boot': bootId(),
  'leyden.pidns': pidNamespace(),
  'leyden.expires': new Date(Date.now() + EXPIRES_MS).toISOString(),
  ...(keep ? { 'leyden.keep': 'true' } : {}),
});

/**
 * `held`: kept on purpose. `living`: the process that made it still runs, or none of us can tell and its time is not over. `orphan`:
 * nobody will ever dispose it.
 */
export const ownerState = (labels: Readonly<Record<string, string>>): 'held' | 'living' | 'orphan' => {
  if (labels['leyden.keep'] === 'true') return 'held';
  if (labels['leyden.boot'] !== bootId()) return 'orphan';
  // Two jobs in containers that share the engine's socket: one's number is nobody's, or another process's, where the other looks.
  if ((labels['leyden.pidns'] ?? pidNamespace()) !== pidNamespace()) return untilExpired(labels);
  const started = processStart(Number(labels['leyden.pid']));
  if (started === null) return 'orphan';
  if (started !== '' || labels['leyden.started'] !== '') return started === labels['leyden.started'] ? 'living' : 'orphan';
  return untilExpired(labels);
};

const untilExpired = (labels: Readonly<Record<string, string>>): 'living' | 'orphan' =>
  Date.parse(labels['leyden.expires'] ?? '') > Date.now() ? 'living' : 'orphan';

/** Start time in clock ticks since boot (proc(5), field 22), '' where the system has no /proc, null when no such process runs. */
const processStart = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return alive(pid) ? '' : null;
  }
};

const alive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
};

/** In which process numbers mean what they mean here (pid_namespaces(7)), e.g. `pid:[4026531836]`; '' where the system has none. */
const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
};
