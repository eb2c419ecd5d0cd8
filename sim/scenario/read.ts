/** A scenario file to a plan. All its mistakes are told at once; what comes back can be run. */

import { Complaints } from './complaints.ts';
import { ScenarioDocument } from './document.ts';
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
  return scenarioOf(file, read.text, overrides);
}

/** Throws ScenarioError. `file` names the text in messages. */
export function scenarioOf(file: string, text: string, overrides: readonly Override[] = []): Scenario {
  const document = new ScenarioDocument(file, text);
  if (!document.usable) throw scenarioError(document.mistakes);
  for (const { setting, label } of overrides) document.set(setting, label);
  const complaints = new Complaints(document);
  const planned = planScenario(document.value(), complaints);
  const mistakes = [...document.mistakes, ...complaints.mistakes];
  if (mistakes.length > 0 || planned === undefined) throw scenarioError(mistakes);
  return { file, ...planned };
}
