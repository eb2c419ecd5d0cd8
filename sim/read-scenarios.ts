/** All files that a command was given, read before anything starts: what is wrong with any of them is told together. */
import { ScenarioError } from '../nodes/errors.ts';
import { type Override, readScenario, type Scenario } from './scenario/read.ts';

/** `--seed` is `--set seed=…` in short, and goes through the same check. */
export function overridesOf({ set, seed }: { readonly set: readonly string[]; readonly seed?: string | undefined }): Override[] {
  const overrides = set.map((setting) => ({ setting, label: `--set ${setting}` }));
  return seed === undefined ? overrides : [...overrides, { setting: `seed=${seed}`, label: `--seed ${seed}` }];
}

/** Throws one ScenarioError for all files. */
export async function readScenarios(files: readonly string[], overrides: readonly Override[]): Promise<readonly Scenario[]> {
  const results = await Promise.allSettled(files.map((file) => readScenario(file, overrides)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const other = errors.find((error) => !(error instanceof ScenarioError));
  if (other !== undefined) throw other;
  const [first] = errors as ScenarioError[];
  if (first !== undefined)
    throw new ScenarioError(errors.map(({ message }) => message).join('\n'), first.hint === undefined ? {} : { hint: first.hint });
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
