/** Which real runs a validation judges by: so many anew, or those of before that stand in folders. */
import { resolve } from 'node:path';
import { ScenarioError } from '../../nodes/errors.ts';

/** One run is one draw, its goodputs scatter by 8 to 40 %: three are the fewest whose median leaves out one that strayed. */
export const RUNS_DEFAULT = 3;
const RUNS_MAX = 20;

export type AskedRuns =
  | { readonly kind: 'anew'; readonly count: number }
  | { readonly kind: 'before'; readonly folders: readonly string[] };

/** From `--runs` and `--real` as they were typed. Throws ScenarioError: both of them, no count from 1 to 20, or one folder twice. */
export function askedRuns({ runs, real }: { readonly runs: string | undefined; readonly real: readonly string[] }): AskedRuns {
  if (real.length === 0) return { kind: 'anew', count: runs === undefined ? RUNS_DEFAULT : countOf(runs) };
  if (runs !== undefined)
    throw new ScenarioError('--runs and --real: expected one of them, since the folders are the runs', {
      hint: '--real A --real B judges by the two runs in A and B',
    });
  const paths = real.map((folder) => resolve(folder));
  const twice = paths.findIndex((path, i) => paths.indexOf(path) !== i);
  if (twice !== -1) throw new ScenarioError(`--real: expected each run once, found ${real[twice]} twice: it would count as two`);
  return { kind: 'before', folders: real };
}

function countOf(runs: string): number {
  const count = /^\d+$/u.test(runs) ? Number(runs) : Number.NaN;
  if (count >= 1 && count <= RUNS_MAX) return count;
  throw new ScenarioError(`--runs: expected a whole number from 1 to ${RUNS_MAX}, found ${runs}`);
}
