/** Files and repeats to runs, each with its folder and its seed. */
import { join } from 'node:path';
import { defaultFolder } from './out-folder.ts';
import type { Scenario } from './scenario/read.ts';

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly out: string;
  /** For people, where there is more than one run: `vpn-5hop, 2 of 3`. */
  readonly title: string;
}

export interface RunsRequest {
  readonly out: string | undefined;
  readonly repeat: number;
  readonly now: Date;
}

/** Repeats count the seed up, so that a simulated run is not the same run again. */
export function plannedRuns(scenarios: readonly Scenario[], { out, repeat, now }: RunsRequest): PlannedRun[] {
  const taken = new Map<string, number>();
  return scenarios.flatMap((scenario) => {
    const { name } = scenario.plan;
    const copy = (taken.get(name) ?? 0) + 1;
    taken.set(name, copy);
    const own = copy === 1 ? name : `${name}-${copy}`;
    const folder = out === undefined ? defaultFolder(own, now) : scenarios.length === 1 ? out : join(out, own);
    return Array.from({ length: repeat }, (_, index) => ({
      scenario: repeat === 1 ? scenario : withSeed(scenario, scenario.plan.seed + index),
      out: repeat === 1 ? folder : join(folder, String(index + 1)),
      title: repeat === 1 ? own : `${own}, ${index + 1} of ${repeat}`,
    }));
  });
}

function withSeed(scenario: Scenario, seed: number): Scenario {
  const { plan } = scenario;
  return { ...scenario, plan: { ...plan, seed, network: { ...plan.network, seed } } };
}
