/** How long the run before took, for the live line alone: the newest finished one of the same name beside this run's folder. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Network } from '../nodes/node.ts';
import { readReport } from './measure/read-report.ts';

/** `vpn-5hop-20261128T201500Z`, as defaultFolder makes them: their order is that of time. */
const DATED = /^(.+)-\d{8}T\d{6}Z$/u;
/** Runs that were interrupted left no report: no more than these are looked at. */
const LOOKED_AT_MAX = 5;

/** Wall time in ms; null where none is known, whatever the reason. Only docker's: simulated runs are over before it helps. */
export async function lastTimeMs(out: string, kind: Network['kind'], scenario: string): Promise<number | null> {
  const [, name] = DATED.exec(basename(out)) ?? [];
  if (name === undefined || kind !== 'docker') return null;
  const before = (await readdir(dirname(out)).catch(() => []))
    .filter((folder) => DATED.exec(folder)?.[1] === name && folder < basename(out))
    .toSorted()
    .toReversed();
  for (const folder of before.slice(0, LOOKED_AT_MAX)) {
    const report = await readReport(join(dirname(out), folder)).catch(() => null);
    if (report?.network.kind === kind && report.scenario === scenario && report.ended === null) return report.host?.wallMs ?? null;
  }
  return null;
}
