/**
 * The smallest change that these runs could have found: a comparison that finds nothing says how small a change that rules out. Worked
 * out from the runs' own scatter, drawn again, with no guess about its distribution: in each trial two groups of noise are drawn, and
 * the shift is taken at which the test just becomes significant.
 */
import { percentile } from '../measure/summary.ts';
import type { Draw } from './draws.ts';
import { criticalPairs } from './mann-whitney.ts';

export interface Question {
  /** Runs a side. */
  readonly base: number;
  readonly head: number;
  /** What a single p is held against: the first step of Holm's procedure. */
  readonly level: number;
  /** How often a change of that size is found. */
  readonly power: number;
}

/** Enough for a figure of two digits. */
const TRIALS = 500;

/**
 * As a share: 0.1 is a rise by 10 %, or a fall to 1/1.1. null where so few runs cannot be significant whatever they show.
 * `scatter`: logarithms of the runs' figures, each less the middle of its own group.
 */
export function detectableChange(scatter: readonly number[], { base, head, level, power }: Question, draw: Draw): number | null {
  const pairs = criticalPairs(base, head, level);
  if (pairs === null || scatter.length === 0) return null;
  const shifts = new Float64Array(TRIALS);
  const [left, right, differences] = [new Float64Array(base), new Float64Array(head), new Float64Array(base * head)];
  for (let trial = 0; trial < TRIALS; trial++) {
    for (const side of [left, right]) for (let at = 0; at < side.length; at++) side[at] = scatter[draw(scatter.length)]!;
    let at = 0;
    for (const one of left) for (const other of right) differences[at++] = one - other;
    // So many pairs must be won by the side that is shifted up.
    shifts[trial] = differences.sort()[Math.ceil(pairs) - 1]!;
  }
  return Math.expm1(Math.max(0, percentile(shifts.sort(), 100 * power)));
}

/** About so many runs a side would find a change of `wanted`, where `runs` find one of `found`: noise falls with the square root. */
export function runsFor(wanted: number, found: number, runs: number): number {
  return Math.ceil(runs * (Math.log1p(found) / Math.log1p(wanted)) ** 2);
}
