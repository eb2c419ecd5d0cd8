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
  const [left, right] = [new Float64Array(base), new Float64Array(head)];
  for (let trial = 0; trial < TRIALS; trial++) {
    for (const side of [left, right]) {
      for (let at = 0; at < side.length; at++) side[at] = scatter[draw(scatter.length)]!;
      side.sort();
    }
    // So many pairs must be won by the side that is shifted up.
    shifts[trial] = nthDifference(left, right, Math.ceil(pairs));
  }
  return Math.expm1(Math.max(0, percentile(shifts.sort(), 100 * power)));
}

/** Nearer than this two differences of logarithms are the same. */
const PRECISION = 1e-12;

/**
 * The n-th smallest, from 1, of the differences between each of `left` and each of `right`, both ascending. Found by halving where it may
 * lie: of 1,000 runs a side there are a million, too many to sort in every trial.
 */
function nthDifference(left: Float64Array, right: Float64Array, n: number): number {
  let [low, high] = [left[0]! - right.at(-1)!, left.at(-1)! - right[0]!];
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    const { count, largest } = differencesUpTo(middle, left, right);
    if (count >= n) high = largest;
    else low = middle;
  }
  return high;
}

function differencesUpTo(bound: number, left: Float64Array, right: Float64Array): { readonly count: number; readonly largest: number } {
  let [count, largest, from] = [0, Number.NEGATIVE_INFINITY, 0];
  for (const one of left) {
    // What is too small for this one is so for all after it.
    while (from < right.length && one - right[from]! > bound) from += 1;
    if (from === right.length) break;
    count += right.length - from;
    largest = Math.max(largest, one - right[from]!);
  }
  return { count, largest };
}

/** About so many runs a side would find a change of `wanted`, where `runs` find one of `found`: noise falls with the square root. */
export function runsFor(wanted: number, found: number, runs: number): number {
  return Math.ceil(runs * (Math.log1p(found) / Math.log1p(wanted)) ** 2);
}
