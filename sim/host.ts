/** The machine that a run ran on: the only part of a report that differs between two runs of one seed. */
import { arch, availableParallelism, loadavg, release, totalmem, type } from 'node:os';
import type { Host } from './measure/report.ts';
import { version } from './version.ts';

export interface HostClock {
  /** Wall time in ms since 1970. */
  now(): number;
}

/** Called when the run starts; the answer is called when it has ended. */
export function hostOf(command: string, { now }: HostClock): () => Host {
  const startedMs = now();
  const [load1] = loadavg() as [number, number, number];
  return () => {
    const endedMs = now();
    return {
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(endedMs).toISOString(),
      wallMs: Math.round(endedMs - startedMs),
      node: process.version,
      leyden: version,
      os: `${type()} ${release()}`,
      arch: arch(),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      load1,
      command,
    };
  };
}
