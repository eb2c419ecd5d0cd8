/**
 * The verdict on a metric of real machines. A regression or an improvement is a difference that chance does not explain (Mann–Whitney,
 * raised by Holm) and that is not shown to be smaller than the margin. No change is claimed only by runs that could have found one.
 */
import { percentile } from '../measure/summary.ts';
import { bootstrap, type Interval, intervalOf, medianOf } from './bootstrap.ts';
import type { MetricComparison, Verdict } from './comparison.ts';
import { detectableChange, runsFor } from './detectable.ts';
import { draws } from './draws.ts';
import { fewestRuns, mannWhitney, RUNS_MAX, smallestP } from './mann-whitney.ts';

/** How a comparison decides. Levels and shares as parts of one. */
export interface Rules {
  readonly level: number;
  readonly confidence: number;
  readonly power: number;
  readonly resamples: number;
}

export const RULES: Rules = { level: 0.01, confidence: 0.95, power: 0.9, resamples: 10_000 };

export interface NoisyPair {
  readonly key: string;
  readonly better: 'higher' | 'lower' | 'none';
  readonly margin: number;
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/** Without a verdict: ratio and interval, for metrics that are shown. */
export type Shift = Pick<MetricComparison, 'ratio' | 'interval'>;
export type Judgement = Pick<MetricComparison, 'verdict' | 'reason' | 'detectable' | 'runsNeeded'>;

export function shiftOf({ key, base, head }: Pick<NoisyPair, 'key' | 'base' | 'head'>, rules: Rules): Shift {
  if (base.length === 0 || head.length === 0 || ![...base, ...head].every((value) => value > 0)) return { ratio: null, interval: null };
  const ratio = median(head) / median(base);
  // Of one run nobody knows how much it scatters.
  if (base.length < 2 || head.length < 2) return { ratio, interval: null };
  const drawn = bootstrap([base, head], ([left, right]) => medianOf(right!) / medianOf(left!), {
    times: rules.resamples,
    draw: draws(`interval of ${key}`),
  });
  return { ratio, interval: intervalOf(drawn, rules.confidence) };
}

/** Two-sided p of one metric, before Holm; 1 where a side has no figure. */
export function pOf({ base, head }: NoisyPair): number {
  return base.length === 0 || head.length === 0 ? 1 : mannWhitney(base, head).p;
}

/** @param judged how many metrics the level is shared by. */
export function judge(pair: NoisyPair, shift: Shift, adjustedP: number, judged: number, rules: Rules): Judgement {
  const { base, head, margin } = pair;
  const level = rules.level / judged;
  const none = noFigure(base, head);
  if (none !== null) return doubt(none, { detectable: null, runsNeeded: null });
  if (smallestP(base.length, head.length) > level) {
    const needed = fewestRuns(level);
    return doubt(`${runs(base, head)} cannot reach the level of ${percent(rules.level)}, whatever they show: it takes ${needed} a side`, {
      detectable: null,
      runsNeeded: needed,
    });
  }
  const detectable = detectableOf(pair, level, rules);
  const known = { detectable, runsNeeded: null };
  const inside = shift.interval !== null && within(shift.interval, margin);
  if (adjustedP <= rules.level) {
    if (inside) return { ...known, verdict: 'no change', reason: `differs, but by less than the margin of ${percent(margin)}` };
    return {
      ...known,
      verdict: direction(pair),
      reason: `p ${adjustedP.toPrecision(2)} after Holm, at a level of ${percent(rules.level)}`,
    };
  }
  if (base.every((value) => value === base[0]) && head.every((value) => value === base[0]))
    return { ...known, verdict: 'no change', reason: 'every run of both sides has the same figure' };
  if (inside) return { ...known, verdict: 'no change', reason: `the interval lies within the margin of ${percent(margin)}` };
  if (detectable !== null && detectable <= margin)
    return { ...known, verdict: 'no change', reason: `a change by the margin of ${percent(margin)} would have been found` };
  if (detectable === null) return doubt('figures of 0 have no ratio, and they do not differ clearly', known);
  const needed = runsFor(margin, detectable, Math.min(base.length, head.length));
  const wanted =
    needed > RUNS_MAX ? `that takes about ${needed} runs a side, so state a wider margin` : `about ${needed} runs a side would tell`;
  return doubt(`only a change of ${percent(detectable)} or more would have been found, and the margin is ${percent(margin)}: ${wanted}`, {
    detectable,
    runsNeeded: needed,
  });
}

/** Who has nothing to be judged by; null where both sides have. */
export function noFigure(base: readonly number[], head: readonly number[]): string | null {
  if (base.length + head.length === 0) return 'neither side has a figure for it';
  if (base.length === 0) return 'base has no figure for it';
  return head.length === 0 ? 'head has no figure for it' : null;
}

/** null where a figure is not positive, since a change is then no share of anything, and where so few runs tell nothing. */
export function detectableOf({ key, base, head }: NoisyPair, level: number, rules: Rules): number | null {
  if (base.length === 0 || head.length === 0 || ![...base, ...head].every((value) => value > 0)) return null;
  const scatter = [base, head].flatMap((group) => {
    const logs = group.map(Math.log);
    const middle = median(logs);
    // A group's own middle is nearer to its runs than the true one: what sample variances divide by n − 1 for.
    const widened = group.length > 1 ? Math.sqrt(group.length / (group.length - 1)) : 1;
    return logs.map((log) => (log - middle) * widened);
  });
  return detectableChange(scatter, { base: base.length, head: head.length, level, power: rules.power }, draws(`detectable in ${key}`));
}

/** Medians may agree where ranks do not: then the mean of the ranks decides. */
function direction({ base, head, better }: NoisyPair): Verdict {
  const pairs = base.length * head.length;
  const rises = mannWhitney(base, head).u > pairs / 2;
  return rises === (better === 'higher') ? 'improvement' : 'regression';
}

function within([low, high]: Interval, margin: number): boolean {
  return low >= 1 / (1 + margin) && high <= 1 + margin;
}

function doubt(reason: string, known: Pick<Judgement, 'detectable' | 'runsNeeded'>): Judgement {
  return { ...known, verdict: 'inconclusive', reason };
}

function runs(base: readonly number[], head: readonly number[]): string {
  return base.length === head.length
    ? `${base.length} ${base.length === 1 ? 'run' : 'runs'} a side`
    : `${base.length} and ${head.length} runs`;
}

export function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 50);
}

/** `5.8 %`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %`;
}
