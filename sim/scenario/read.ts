/** A scenario file to a plan. All its mistakes are told at once; what comes back can be run. */

import { dirname, resolve } from 'node:path';
import { Complaints } from './complaints.ts';
import { ScenarioDocument } from './document.ts';
import { type DescribedGraph, readDescribedGraph } from './graph-file/described-graph.ts';
import { GraphFileError } from './graph-file/graph-file-error.ts';
import { type Mistake, scenarioError } from './mistake.ts';
import type { Plan } from './plan.ts';
import { planScenario } from './plan-scenario.ts';
import { readText } from './read-text.ts';

/** `path=value`, and the argument as it was given, for messages. */
export interface Override {
  readonly setting: string;
  readonly label: string;
}

export interface Scenario {
  readonly file: string;
  readonly plan: Plan;
  /** What this file asks of nodes that only a real network can give. */
  readonly dockerOnly: readonly Mistake[];
  /** What it asks that only the simulated one can give. */
  readonly simulatedOnly: readonly Mistake[];
}

/** Throws ScenarioError. */
export async function readScenario(file: string, overrides: readonly Override[] = []): Promise<Scenario> {
  const read = await readText(file);
  if ('mistake' in read) throw scenarioError([read.mistake]);
  const document = documentOf(file, read.text, overrides);
  const graphFile = importedFile(document.value());
  return planned(file, document, graphFile === null ? undefined : await graphOf(graphFile, file, document));
}

/** Throws ScenarioError. `file` names the text in messages; it imports no graph. */
export function scenarioOf(file: string, text: string, overrides: readonly Override[] = []): Scenario {
  return planned(file, documentOf(file, text, overrides));
}

function documentOf(file: string, text: string, overrides: readonly Override[]): ScenarioDocument {
  const document = new ScenarioDocument(file, text);
  if (!document.usable) throw scenarioError(document.mistakes);
  for (const { setting, label } of overrides) document.set(setting, label);
  return document;
}

function planned(file: string, document: ScenarioDocument, graph?: DescribedGraph): Scenario {
  const complaints = new Complaints(document);
  const plan = planScenario(document.value(), complaints, graph);
  const mistakes = [...document.mistakes, ...complaints.mistakes];
  if (mistakes.length > 0 || plan === undefined) throw scenarioError(mistakes);
  return { file, ...plan };
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
