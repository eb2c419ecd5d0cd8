/** What a comparison ends a command with. */
import { type ExitCode, LeydenError } from '../../nodes/errors.ts';
import { many } from '../../reports/format.ts';
import type { Comparison } from './comparison.ts';
import { RUNS_MAX } from './mann-whitney.ts';

/** A headline metric became worse, or nobody can tell whether one did. */
export class ComparisonError extends LeydenError {
  readonly exitCode: ExitCode;

  constructor(exitCode: 97 | 98, message: string, hint: string) {
    super(message, { hint });
    this.exitCode = exitCode;
  }
}

/** null where head is no worse, as far as such runs can tell. */
export function outcomeOf({ metrics, head }: Comparison): ComparisonError | null {
  const worse = metrics.filter(({ verdict }) => verdict === 'regression').length;
  if (worse > 0)
    return new ComparisonError(98, `${head.label}: ${many(worse, 'headline metric')} regressed`, 'the table says which, and by how much');
  const unsure = metrics.filter(({ verdict }) => verdict === 'inconclusive');
  if (unsure.length === 0) return null;
  const needed = Math.max(...unsure.map(({ runsNeeded }) => runsNeeded ?? 0));
  return new ComparisonError(97, `${many(unsure.length, 'headline metric')} inconclusive`, remedy(needed));
}

function remedy(needed: number): string {
  if (needed === 0) return 'see the reasons above';
  if (needed > RUNS_MAX)
    return `a wider margin (--margin), or a quieter machine: it would take about ${needed} runs a side, and sim bench takes ${RUNS_MAX}`;
  return `about ${needed} runs a side (sim bench -n ${needed}), a quieter machine, or a wider margin`;
}
