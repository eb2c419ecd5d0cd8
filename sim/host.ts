/** The machine that a run ran on: the only part of a report that differs between two runs of one seed. */

import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { DataVolume } from '../nodes/node.ts';
import type { Host } from './measure/report.ts';
import { version } from './version.ts';

export interface HostClock {
  /** Wall time in ms since 1970. */
  now(): number;
}

/** Called when the run starts; the answer is called when it has ended. */
export function hostOf(command: string, { now }: HostClock): (dataVolume?: DataVolume | null) => Host {
  const startedMs = now();
  const [load1] = loadavg() as [number, number, number];
  return (dataVolume) => {
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
      ...(processor() !== null && { cpu: processor()! }),
      memoryBytes: totalmem(),
      load1,
      load1AtEnd: loadavg()[0] as number,
      ...clockSource(),
      ...(dataVolume && { dataVolume }),
      command,
    };
  };
}

/** Figures of real nodes are those of a machine that had time for them. Null when it had, or when time was virtual. */
export function busyWarning({ load1, cores }: Pick<Host, 'load1' | 'cores'>, kind: 'docker' | 'simulated'): string | null {
  if (kind === 'simulated' || load1 <= cores * LOAD_SHARE_MAX) return null;
  return `The machine was busy before this run began (load ${load1.toFixed(1)} on ${cores} cores): times and rates are worse than its own.`;
}

/** A change of pace within the run is in its figures, and not theirs. */
export function paceWarning({ pacePerS }: Pick<Host, 'pacePerS'>): string | null {
  if (pacePerS === undefined) return null;
  const [start, end] = pacePerS;
  if (Math.max(start, end) / Math.min(start, end) < PACE_RATIO_MAX) return null;
  const share = Math.round(100 * Math.abs(end / start - 1));
  return `The machine was ${share} % ${end < start ? 'slower' : 'faster'} when this run ended than when it began: what shares its cores is not ours.`;
}

/** Measurements of the pace a second apart differ by a tenth. */
const PACE_RATIO_MAX = 1.25;

/** More than half of the cores were taken by others. */
const LOAD_SHARE_MAX = 0.5;

/** As the kernel calls it; null where it does not say. */
export function processor(): string | null {
  return cpus()[0]?.model.trim() || null;
}

function clockSource(): { clockSource?: string } {
  try {
    return { clockSource: readFileSync('/sys/devices/system/clocksource/clocksource0/current_clocksource', 'utf8').trim() };
  } catch {
    return {};
  }
}
