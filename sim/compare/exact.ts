/** The verdict on what the same seed must give again: sizes and fees, and everything in virtual time. Any difference is a difference. */
import type { Better } from '../measure/metrics.ts';
import type { MetricComparison } from './comparison.ts';
import { median, noFigure } from './noisy.ts';

export interface SeededFigure {
  readonly seed: number;
  /** null: this run reached its end without one. */
  readonly value: number | null;
}

export type ExactJudgement = Pick<MetricComparison, 'verdict' | 'reason' | 'ratio'>;

/** Of the runs that have one. */
export function valuesOf(figures: readonly SeededFigure[]): number[] {
  return figures.flatMap(({ value }) => value ?? []);
}

/** Runs are held against each other by their seeds. */
export function judgeExact(base: readonly SeededFigure[], head: readonly SeededFigure[], better: Better): ExactJudgement {
  const pairs = base.flatMap(({ seed, value }) =>
    head.filter((other) => other.seed === seed).map((other) => ({ seed, from: value, to: other.value })),
  );
  const [left, right] = [valuesOf(base), valuesOf(head)];
  const ratio = left.length > 0 && right.length > 0 && median(left) > 0 ? median(right) / median(left) : null;
  const none = noFigure(left, right);
  if (none !== null) return { verdict: 'inconclusive', reason: none, ratio };
  const both = pairs.flatMap(({ seed, from, to }) => (from === null || to === null ? [] : [{ seed, from, to }]));
  const alone = pairs.filter(({ from, to }) => (from === null) !== (to === null));
  if (both.length + alone.length === 0) return { verdict: 'inconclusive', reason: 'no seed has a figure on both sides', ratio };
  const lost = alone.length === 0 ? [] : [`${alone.length} of ${pairs.length} seeds have a figure on one side only (${became(alone[0]!)})`];
  const changed = both.filter(({ from, to }) => from !== to);
  if (changed.length === 0) {
    if (lost.length > 0) return { verdict: 'inconclusive', reason: lost[0]!, ratio };
    return { verdict: 'no change', reason: `equal for ${both.length === 1 ? 'the seed' : `all ${both.length} seeds`} of both`, ratio };
  }
  const rises = changed.filter(({ from, to }) => to > from).length;
  const told = [`${changed.length} of ${both.length} seeds differ (${became(changed[0]!)})`, ...lost].join('; ');
  if (better === 'none') return { verdict: 'regression', reason: `${told}; no direction of it is better`, ratio };
  // Seeds that disagree about the direction are no good news, nor is a figure that is not there.
  const allBetter = better === 'higher' ? rises === changed.length : rises === 0;
  if (!allBetter) return { verdict: 'regression', reason: told, ratio };
  return { verdict: lost.length > 0 ? 'inconclusive' : 'improvement', reason: told, ratio };
}

function became({ seed, from, to }: { readonly seed: number; readonly from: number | null; readonly to: number | null }): string {
  return `seed ${seed}: ${from ?? 'none'} became ${to ?? 'none'}`;
}
