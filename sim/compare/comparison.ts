/** What a comparison of two sides found: the shape of compare.json, version 1. Texts, pages and exit codes read nothing else. */
import type { Better, MetricClass } from '../measure/metrics.ts';
import type { Host, Tags } from '../measure/report.ts';
import type { Stat } from '../scenario/plan.ts';
import type { Interval } from './bootstrap.ts';

const VERDICTS = ['regression', 'improvement', 'no change', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What may differ between the two sides where the comparison was told so. */
export const ACROSS = ['lnd', 'host', 'scenario'] as const;
export type Across = (typeof ACROSS)[number];

export interface Comparison {
  readonly schema: 'leyden.comparison/1';
  readonly scenario: string;
  readonly question: string;
  readonly network: 'docker' | 'simulated';
  readonly base: Side;
  readonly head: Side;
  /** Both sides were asked to be the same: whatever differs is noise. */
  readonly same: boolean;
  readonly across: readonly Across[];
  readonly differences: readonly Difference[];
  /** How often, at most, a comparison of two equal sides raises any false alarm. */
  readonly level: number;
  /** Of the intervals. */
  readonly confidence: number;
  /** How often a change of the size called detectable is found. */
  readonly power: number;
  readonly verdict: Verdict;
  /** Those that are judged first. */
  readonly metrics: readonly MetricComparison[];
  readonly notes: readonly string[];
}

export interface Difference {
  readonly kind: Across;
  readonly text: string;
}

export interface Side {
  readonly label: string;
  /** Runs that reached their end; no other counts. */
  readonly runs: number;
  readonly seeds: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly images: Readonly<Record<string, string>>;
  readonly host: Host;
}

export interface MetricComparison {
  readonly name: string;
  readonly unit: string;
  readonly class: MetricClass;
  readonly better: Better;
  readonly tags: Tags;
  /** What stands for a run where it took many samples. */
  readonly stat: Stat;
  readonly headline: boolean;
  readonly base: Figures;
  readonly head: Figures;
  /** Median of head over median of base; null where one of them is not positive. */
  readonly ratio: number | null;
  readonly interval: Interval | null;
  /** Mann–Whitney, two-sided; then as Holm's procedure raises it. null: not judged so. */
  readonly p: number | null;
  readonly adjustedP: number | null;
  /** The change that matters: 0.1 is a rise by 10 %, or a fall to 1/1.1. */
  readonly margin: number;
  /** The smallest change that these runs could have found, as a share; of a metric that is only shown, had it been the only one judged. */
  readonly detectable: number | null;
  /** Runs a side that it would take, where it is inconclusive and more runs would tell. */
  readonly runsNeeded: number | null;
  /** null: shown, not judged. */
  readonly verdict: Verdict | null;
  readonly reason: string;
}

export interface Figures {
  /** One a run, in the runs' order. */
  readonly values: readonly number[];
  readonly median: number | null;
  /** Standard deviation over mean; null below two runs. */
  readonly cv: number | null;
}

/** One verdict of many: an alarm before a doubt before good news. */
export function overall(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['regression', 'inconclusive', 'improvement', 'no change'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'no change';
}
