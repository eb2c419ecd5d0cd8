/**
 * A scenario run in the simulator from its file, as one job: what it left, as hashes. Run as a program (`npm run golden [name.yaml …]`) it
 * renews the committed ones: after a change of the model, of a scenario or of the relay engine that is meant to change what happens.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { readScenario } from '../../sim/scenario/read.ts';
import { onThreads, threadsHere } from '../../sim/worker-pool.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

export interface ScenarioTrace {
  readonly scenario: string;
  /** Of every event; of a matrix one for each cell. */
  readonly trace: string;
  /** SHA-256 of report and samples, without what is of this machine. */
  readonly report: string;
  /** Of the machine that wrote it: says which are long. */
  readonly cpuSeconds: number;
  /** What `sim run` would end with, where that is no 0. */
  readonly errors: readonly string[];
}

const FOLDER = 'scenarios';
const GOLDEN = new URL('golden-traces.json', import.meta.url);

const DOCKER_ONLY = 'docker only';

/** By file name. */
export type Golden = Readonly<Record<string, Omit<ScenarioTrace, 'scenario' | 'errors'>>>;

export function golden(): Golden {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
}

export function scenarioFiles(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .toSorted();
}

export async function job(scenario: string): Promise<ScenarioTrace> {
  const { cells } = await readScenario(`${FOLDER}/${scenario}`);
  if (cells.some(({ dockerOnly }) => dockerOnly.length > 0))
    return { scenario, trace: DOCKER_ONLY, report: DOCKER_ONLY, cpuSeconds: 0, errors: [] };
  const before = process.threadCpuUsage();
  const traces: string[] = [];
  const errors: string[] = [];
  const reports = createHash('sha256');
  for (const { plan } of cells) {
    await using network = await openSimulated(plan.network, { startRelay, serveOrigin });
    const { report, samples, error } = await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {} });
    reports.update(JSON.stringify({ report, samples, error: error?.message }));
    traces.push(network.trace);
    if (error !== null) errors.push(error.message);
  }
  const cpuSeconds = Math.round(process.threadCpuUsage(before).user / 1e5) / 10;
  return { scenario, trace: traces.join(' '), report: reports.digest('hex'), cpuSeconds, errors };
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const traces: Record<string, Golden[string]> = named.length === 0 ? {} : { ...golden() };
  const jobs = named.length === 0 ? scenarioFiles() : named;
  for await (const { scenario, errors: _, ...left } of onThreads<string, ScenarioTrace>(new URL(import.meta.url), jobs, {
    threads: threadsHere(),
  })) {
    traces[scenario] = left;
    console.log(`${scenario}: ${left.trace}`);
    writeFileSync(GOLDEN, `${JSON.stringify(Object.fromEntries(Object.entries(traces).toSorted()), null, 2)}\n`);
  }
}
