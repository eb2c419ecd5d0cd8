/** What the processes of a network have used so far: CPU time from the container's cgroup, and how far LND's databases have grown. */
import type { RelayUsage, Usage } from '../node.ts';
import type { RunningContainer } from './container.ts';
import type { LndContainer } from './lnd-container.ts';

/** Payments, HTLCs, channel states and forwarding packages stand in the first, seen onions in the second. */
const DATABASES = ['data/graph/regtest/channel.db', 'data/graph/regtest/sphinxreplay.db'];

/** Of nodes whose LND runs: what is down or frozen answers nothing. */
export const usageOf = async (
  lnds: ReadonlyMap<string, LndContainer>,
  relays: ReadonlyMap<string, RunningContainer>,
): Promise<readonly Usage[]> => {
  const rows = await Promise.all(
    [...lnds].map(async ([node, { container, spec }]): Promise<Usage | null> => {
      if ((await container.state()) !== 'running') return null;
      const files = DATABASES.map((path) => databaseBytes(container, `${spec.image.dataDir}/${path}`));
      const beside = relays.get(node);
      const runs = beside !== undefined && (await beside.state()) === 'running';
      const [lndCpuMs, relayCpuMs, relay, sizes] = await Promise.all([
        container.cpuMs(),
        runs ? beside.cpuMs() : null,
        runs ? heldBy(beside) : undefined,
        Promise.all(files),
      ]);
      return { node, lndCpuMs, relayCpuMs, databaseBytes: sizes.reduce((sum, bytes) => sum + bytes, 0), relay };
    }),
  );
  return rows.filter((row) => row !== null);
};

const heldBy = async (container: RunningContainer): Promise<RelayUsage | undefined> =>
  held((await container.run(['sh', '-c', 'grep VmRSS /proc/1/status; ls /proc/1/fd | wc -l; cat /proc/1/stat'])).toString());

/** proc(5): the state is stat's third field, after the last bracket whatever the process calls itself; the start time is the 22nd. */
const HELD = /VmRSS:\s*(\d+) kB\s+(\d+)\s.*\) \S(?: -?\d+){18} (\d+)/s;

/** Of a container's first process, as the commands of `heldBy` say it: memory is what is resident. undefined: it ended while they asked. */
export const held = (said: string): RelayUsage | undefined => {
  const [, kib, descriptors, startedTicks] = HELD.exec(said) ?? [];
  if (kib === undefined) return undefined;
  return { memoryBytes: Number(kib) * 1_024, descriptors: Number(descriptors), startedTicks: Number(startedTicks) };
};

const HEAD_BYTES = 8_192;

/** bbolt lets its file grow by 16 MiB at a time: the pages in use say more than the file's size. */
const databaseBytes = async (container: RunningContainer, path: string): Promise<number> =>
  pagesInUse(await container.run(['head', '-c', String(HEAD_BYTES), path]));

const MAGIC = 0xed0cdaed;
const PAGE_HEADER_BYTES = 16;
const META_PAGE_FLAG = 4;

/**
 * Bytes up to the highest page ever used, from the newer of bbolt's two meta pages (bbolt, page.go and db.go: a header of 16 B, then
 * magic, version, page size, flags, root bucket of 16 B, free list, high-water mark, transaction; all little-endian). 0 where it is none.
 */
export const pagesInUse = (head: Buffer): number => {
  if (head.length < PAGE_HEADER_BYTES + 64) return 0;
  const pageBytes = head.readUInt32LE(PAGE_HEADER_BYTES + 8);
  const metas = [0, pageBytes]
    .filter((at) => head.length >= at + PAGE_HEADER_BYTES + 64)
    .filter((at) => (head.readUInt16LE(at + 8) & META_PAGE_FLAG) !== 0 && head.readUInt32LE(at + PAGE_HEADER_BYTES) === MAGIC)
    .map((at) => ({
      highest: Number(head.readBigUInt64LE(at + PAGE_HEADER_BYTES + 40)),
      transaction: head.readBigUInt64LE(at + PAGE_HEADER_BYTES + 48),
    }))
    .sort((one, other) => (one.transaction < other.transaction ? 1 : -1));
  return (metas[0]?.highest ?? 0) * pageBytes;
};
