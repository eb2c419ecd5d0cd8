/** A scenario file to a plan. All its mistakes are told at once; what comes back can be run. */

import { dirname, resolve } from 'node:path';
import { Complaints } from './complaints.ts';
import { ScenarioDocument } from './document.ts';
import { type DescribedGraph, readDescribedGraph } from './graph-file/described-graph.ts';
import { GraphFileError } from './graph-file/graph-file-error.ts';
import { type Cell, cellsOf, planOfCell } from './matrix.ts';
import { type Mistake, placeText, scenarioError } from './mistake.ts';
import type { Plan } from './plan.ts';
import { type Planned, planScenario } from './plan-scenario.ts';
import { readText } from './read-text.ts';

/** `path=value`, and the argument as it was given, for messages. */
export interface Override {
  readonly setting: string;
  readonly label: string;
}

export interface Scenario {
  readonly file: string;
  readonly plan: Plan;
  /** Every combination of its matrix, in order; one, with an empty cell, where there is none. */
  readonly cells: readonly ScenarioCell[];
  /** What this file asks of nodes that only a real network can give. */
  readonly dockerOnly: readonly Mistake[];
  /** What it asks that only the simulated one can give. */
  readonly simulatedOnly: readonly Mistake[];
}

export interface ScenarioCell {
  readonly cell: Cell;
  /** What this run is. */
  readonly plan: Plan;
  readonly dockerOnly: readonly Mistake[];
  readonly simulatedOnly: readonly Mistake[];
}

/** Throws ScenarioError. */
export async function readScenario(file: string, overrides: readonly Override[] = []): Promise<Scenario> {
  const read = await readText(file);
  if ('mistake' in read) throw scenarioError([read.mistake]);
  const document = documentOf(file, read.text, overrides);
  const graphFile = importedFile(document.value());
  return withCells(file, read.text, overrides, graphFile === null ? undefined : await graphOf(graphFile, file, document));
}

/** Throws ScenarioError. `file` names the text in messages; it imports no graph. */
export function scenarioOf(file: string, text: string, overrides: readonly Override[] = []): Scenario {
  return withCells(file, text, overrides);
}

/** The base, then every cell of its matrix as settings that go over it. */
function withCells(file: string, text: string, overrides: readonly Override[], graph?: DescribedGraph): Scenario {
  const { complaints, plan, dockerOnly, simulatedOnly, matrix } = planned(documentOf(file, text, overrides), graph);
  const whole = { file, plan, dockerOnly, simulatedOnly };
  if (matrix.length === 0) return { ...whole, cells: [{ cell: {}, plan, dockerOnly, simulatedOnly }] };
  const cells = cellsOf(matrix).map(({ cell, settings }): ScenarioCell => {
    const own = settings.map(({ axis, setting, index }) => ({ setting, label: placeText(complaints.place(['matrix', axis, index])) }));
    const of = planned(documentOf(file, text, [...overrides, ...own]), graph);
    return { cell, plan: planOfCell(of.plan, cell), dockerOnly: of.dockerOnly, simulatedOnly: of.simulatedOnly };
  });
  return { ...whole, cells };
}

function documentOf(file: string, text: string, overrides: readonly Override[]): ScenarioDocument {
  const document = new ScenarioDocument(file, text);
  if (!document.usable) throw scenarioError(document.mistakes);
  for (const { setting, label } of overrides) document.set(setting, label);
  return document;
}

function planned(document: ScenarioDocument, graph?: DescribedGraph): Planned & { readonly complaints: Complaints } {
  const complaints = new Complaints(document);
  const found = planScenario(document.value(), complaints, graph);
  const mistakes = [...document.mistakes, ...complaints.mistakes];
  if (mistakes.length > 0 || found === undefined) throw scenarioError(mistakes);
  return { ...found, complaints };
}

/** What the file imports, as far as that can be told before it is checked. */
function importedFile(written: unknown): string | null {
  const topology = (written as { topology?: unknown } | null)?.topology;
  const named = (topology as { import?: unknown } | null | undefined)?.import;
  const name = typeof named === 'object' && named !== null ? (named as { file?: unknown }).file : named;
  return typeof name === 'string' && name !== '' ? name : null;
}

async function graphOf(named: string, scenario: string, document: ScenarioDocument): Promise<DescribedGraph> {
  const path = resolve(dirname(scenario), named);
  try {
    return await readDescribedGraph(path);
  } catch (error) {
    if (!(error instanceof GraphFileError)) throw error;
    const place = document.place(['topology', 'import']);
    throw scenarioError([{ place, text: `topology.import: ${named}: ${error.message}` }]);
  }
}
