/** The verdict on what the same seed must give again: sizes and fees, and everything in virtual time. Any difference is a difference. */
import type { Better } from '../measure/metrics.ts';
import type { MetricComparison } from './comparison.ts';
import { median } from './noisy.ts';

export interface SeededFigure {
  readonly seed: number;
  readonly value: number;
}

export type ExactJudgement = Pick<MetricComparison, 'verdict' | 'reason' | 'ratio'>;

/** Runs are held against each other by their seeds. */
export function judgeExact(base: readonly SeededFigure[], head: readonly SeededFigure[], better: Better): ExactJudgement {
  const pairs = base.flatMap(({ seed, value }) =>
    head.filter((other) => other.seed === seed).map((other) => ({ seed, from: value, to: other.value })),
  );
  const middle = (side: readonly SeededFigure[]) => (side.length === 0 ? 0 : median(side.map(({ value }) => value)));
  const ratio = middle(base) > 0 && head.length > 0 ? middle(head) / middle(base) : null;
  if (pairs.length === 0) {
    const why =
      base.length === 0 || head.length === 0
        ? `${base.length === 0 ? 'base' : 'head'} has no figure for it`
        : 'no seed was run on both sides';
    return { verdict: 'inconclusive', reason: why, ratio };
  }
  const changed = pairs.filter(({ from, to }) => from !== to);
  if (changed.length === 0)
    return { verdict: 'no change', reason: `equal for ${pairs.length === 1 ? 'the seed' : `all ${pairs.length} seeds`} of both`, ratio };
  const [first] = changed as [(typeof changed)[0]];
  const rises = changed.filter(({ from, to }) => to > from).length;
  const told = `${changed.length} of ${pairs.length} seeds differ (seed ${first.seed}: ${first.from} became ${first.to})`;
  if (better === 'none') return { verdict: 'regression', reason: `${told}; no direction of it is better`, ratio };
  // Seeds that disagree about the direction are no good news.
  const allBetter = better === 'higher' ? rises === changed.length : rises === 0;
  return { verdict: allBetter ? 'improvement' : 'regression', reason: told, ratio };
}
