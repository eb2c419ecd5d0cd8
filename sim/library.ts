/**
 * Leyden as a package: `import { run, compare, openNetwork } from 'leyden'`. What the command does, for programs: nothing is printed, no signal is
 * listened to, and errors are thrown (classes of nodes/errors.ts, with `hint` and `exitCode`).
 */
/// <reference types="node" preserve="true" />
import '../nodes/async-stack.ts';
import type { Network } from '../nodes/node.ts';
import { chooseNetwork, type NetworkChoice } from './choose-network.ts';
import { defaultFolder, makeOutFolder, removeIfEmpty } from './out-folder.ts';
import { type Progress, SILENT } from './progress.ts';
import { overridesOf } from './read-scenarios.ts';
import { refuseWhatIsMissing } from './refuse.ts';
import { type Finished, run as runScenario } from './run.ts';
import { readScenario, type Scenario, scenarioOf } from './scenario/read.ts';
import { timeLimit } from './time-limit.ts';
import { world } from './world.ts';

export { InfrastructureError, InterruptedError, LeydenError, ScenarioError, WorkloadError } from '../nodes/errors.ts';
export type { Clock, Network, Node, RelayClient } from '../nodes/node.ts';
export type { NetworkPlan } from '../nodes/plan.ts';
export type { NetworkChoice } from './choose-network.ts';
export { type CompareOptions, compare } from './compare/compare.ts';
export type { Comparison, MetricComparison, Verdict } from './compare/comparison.ts';
export { METRICS, type MetricName } from './measure/metrics.ts';
export { readReport } from './measure/read-report.ts';
export type { Findings, Metric, Report, Sample, Summary, Tags, ThresholdResult } from './measure/report.ts';
export type { Progress } from './progress.ts';
export type { Finished } from './run.ts';
export type { Plan } from './scenario/plan.ts';
export { version } from './version.ts';

/** The path of a YAML file, or its text. */
export type ScenarioSource = string | { readonly text: string; readonly name?: string };

export interface LibraryOptions {
  /** Default `auto`: docker where it is ready, else simulated. */
  readonly network?: NetworkChoice;
  /** Instead of the scenario's. */
  readonly seed?: number;
  /** `path=value`, as `--set`. */
  readonly set?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told of phases and steps; default: nobody. */
  readonly progress?: Progress;
  /** Folder of the report and of logs; default `reports/out/<name>-<time>/`. */
  readonly out?: string;
}

/**
 * Brings up the scenario's network, runs its workloads, measures and writes the report. Where a threshold failed or a workload ended early
 * there is a report all the same: `error` says so. Throws where there is nothing to report: ScenarioError for a scenario that cannot be
 * read, InfrastructureError for a network that did not come up.
 */
export async function run(source: ScenarioSource, options: LibraryOptions = {}): Promise<Finished> {
  const { network = 'auto', progress = SILENT, signal = new AbortController().signal } = options;
  const scenario = await scenarioFrom(source, options);
  const out = options.out ?? defaultFolder(scenario.plan.name, new Date(world.now()));
  return runScenario(scenario, { network, out, progress, signal, keep: false, command: asCall(scenario, options) }, world);
}

/**
 * The scenario's network alone, up and ready, none of its workloads run: for workloads of your own. Hold it with `await using`, or call its
 * `[Symbol.asyncDispose]()`: on docker that removes the containers.
 */
export async function openNetwork(source: ScenarioSource, options: LibraryOptions = {}): Promise<Network> {
  const { progress = SILENT, signal = new AbortController().signal } = options;
  const scenario = await scenarioFrom(source, options);
  const { kind } = await chooseNetwork(options.network ?? 'auto', world.dockerReady, { signal });
  refuseWhatIsMissing(scenario, kind, { keep: false });
  const out = await makeOutFolder(options.out ?? defaultFolder(`${scenario.plan.name}-network`, new Date(world.now())));
  using limit = timeLimit(scenario.plan.timeLimitMs, signal);
  try {
    return await world.open(kind, scenario.plan.network, { progress: progress.ended, logs: out.logs, keep: false, signal: limit.signal });
  } finally {
    progress.stop();
    await removeIfEmpty(out);
  }
}

async function scenarioFrom(source: ScenarioSource, { set = [], seed }: LibraryOptions): Promise<Scenario> {
  const overrides = overridesOf({ set, seed: seed === undefined ? undefined : String(seed) });
  return typeof source === 'string' ? readScenario(source, overrides) : scenarioOf(source.name ?? 'scenario', source.text, overrides);
}

/** How to have it again, for the report. */
function asCall({ file, plan }: Scenario, { network = 'auto' }: LibraryOptions): string {
  return `run(${JSON.stringify(file)}, { network: '${network}', seed: ${plan.seed} })`;
}
