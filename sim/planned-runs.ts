/** Files, cells and repeats to runs, each with its folder and its seed. */
import { join } from 'node:path';
import { defaultFolder } from './out-folder.ts';
import type { Cell } from './scenario/matrix.ts';
import type { Scenario, ScenarioCell } from './scenario/read.ts';

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly out: string;
  /** For people, where there is more than one run: `vpn-5hop, 2 of 3`. */
  readonly title: string;
  readonly cell: Cell;
  /** From 1. */
  readonly repeat: number;
}

/** The runs of one file. With more than one there is a report over all of them, in `out`; each has its own in a folder below. */
export interface PlannedGroup {
  readonly scenario: Scenario;
  readonly out: string;
  readonly runs: readonly PlannedRun[];
}

export interface RunsRequest {
  readonly out: string | undefined;
  readonly repeat: number;
  readonly now: Date;
}

/** Repeats count the seed up, so that a simulated run is not the same run again; the cells of a matrix have the same seeds. */
export function plannedGroups(scenarios: readonly Scenario[], { out, repeat, now }: RunsRequest): PlannedGroup[] {
  const taken = new Map<string, number>();
  return scenarios.map((scenario) => {
    const { name } = scenario.plan;
    const copy = (taken.get(name) ?? 0) + 1;
    taken.set(name, copy);
    const own = copy === 1 ? name : `${name}-${copy}`;
    const folder = out === undefined ? defaultFolder(own, now) : scenarios.length === 1 ? out : join(out, own);
    return { scenario, out: folder, runs: runsOf(scenario, folder, own, repeat) };
  });
}

function runsOf(scenario: Scenario, folder: string, name: string, repeat: number): PlannedRun[] {
  const { cells } = scenario;
  const count = cells.length * repeat;
  return cells.flatMap((cell, at) => {
    const below = cells.length === 1 ? folder : join(folder, cellFolder(cell, at, cells.length));
    return Array.from({ length: repeat }, (_, index): PlannedRun => {
      const settings = Object.entries(cell.cell).map(([axis, value]) => `, ${axis} ${value}`);
      return {
        scenario: single(scenario, cell, index),
        out: repeat === 1 ? below : join(below, String(index + 1)),
        title: count === 1 ? name : `${name}${settings.join('')}, ${at * repeat + index + 1} of ${count}`,
        cell: cell.cell,
        repeat: index + 1,
      };
    });
  });
}

function single({ file }: Scenario, { cell, plan: written, dockerOnly, simulatedOnly }: ScenarioCell, repeat: number): Scenario {
  const seed = written.seed + repeat;
  const plan = { ...written, seed, network: { ...written.network, seed } };
  const only = { plan, dockerOnly, simulatedOnly };
  return { file, ...only, cells: [{ cell, ...only }] };
}

const FOLDER_LENGTH_MAX = 80;

/** `03-nodes.commitInterval-10-ms`: in the order of the runs, and to be read. */
function cellFolder({ cell }: ScenarioCell, at: number, cells: number): string {
  const words = Object.entries(cell).map(([axis, value]) => `${axis}-${value}`.replace(/[^\w.]+/gu, '-'));
  return `${String(at + 1).padStart(String(cells).length, '0')}-${words.join('-')}`.slice(0, FOLDER_LENGTH_MAX);
}
