/** Two reports to one comparison: the headline metrics judged, the others shown. Pure: the same reports give the same verdict. */
import { ScenarioError } from '../../nodes/errors.ts';
import type { Report } from '../measure/report.ts';
import { comparable } from './comparable.ts';
import { type Across, type Comparison, type Figures, type MetricComparison, overall, type Side } from './comparison.ts';
import { judgeExact, valuesOf } from './exact.ts';
import { isAbout, type Series, seriesOf } from './figures.ts';
import { holm } from './holm.ts';
import { detectableOf, judge, median, type NoisyPair, pOf, RULES, type Rules, shiftOf } from './noisy.ts';
import { unmeasured } from './unmeasured.ts';

/** Holm shares the level among them: each further one makes all of them blinder. */
export const HEADLINES_MAX = 8;
/** Where neither the scenario nor the command states one. */
export const MARGIN = 0.1;

export interface CompareOptions {
  readonly across?: readonly Across[];
  readonly labels?: { readonly base: string; readonly head: string };
  /** For every metric, whatever the scenario states. */
  readonly margin?: number | undefined;
  readonly rules?: Partial<Rules>;
  readonly same?: boolean;
}

/** Throws ScenarioError where the two may not be compared. */
export function compare(base: Report, head: Report, options: CompareOptions = {}): Comparison {
  const { across = [], labels = { base: 'base', head: 'head' }, same = false } = options;
  const rules = { ...RULES, ...options.rules };
  const differences = comparable(base, head, across);
  const margin = (stated: number | null) => options.margin ?? stated ?? MARGIN;
  const pairs = pairsOf(base, head, margin);
  const named = head.plan.headline;
  const headlines = pairs.filter(({ series }) => series.headline || named?.some((one) => isAbout(one, series.metric)));
  const judged = new Set(headlines.slice(0, HEADLINES_MAX));
  if (named !== undefined && headlines.length > HEADLINES_MAX)
    throw new ScenarioError(`headline of ${head.scenario} is about ${headlines.length} metrics: expected at most ${HEADLINES_MAX}`, {
      hint: 'name their tags, metric{tag=value}: the more are judged, the larger a change must be to be found',
    });
  const noisy = [...judged].filter(({ series }) => series.metric.class !== 'exact');
  const ps = noisy.map(({ noisy: pair }) => pOf(pair));
  const adjusted = holm(ps);
  const found = pairs.map((pair): MetricComparison => {
    const index = noisy.indexOf(pair);
    if (index >= 0) return judgedNoisy(pair, ps[index]!, adjusted[index]!, noisy.length, rules);
    return judged.has(pair) ? judgedExact(pair) : shown(pair, rules);
  });
  const absent = unmeasured(
    head,
    pairs.map(({ series }) => series.metric),
    margin,
  );
  const metrics = [...found, ...absent];
  const sorted = [...metrics].sort((a, b) => Number(b.headline) - Number(a.headline));
  return {
    schema: 'leyden.comparison/1',
    scenario: head.scenario,
    question: head.question,
    network: head.network.kind,
    base: sideOf(base, labels.base),
    head: sideOf(head, labels.head),
    same,
    across,
    differences,
    level: rules.level,
    confidence: rules.confidence,
    power: rules.power,
    verdict: overall(metrics.flatMap(({ verdict }) => verdict ?? [])),
    metrics: sorted,
    notes: notesOf(base, head, labels, { named: named !== undefined, headlines: headlines.length, judged: judged.size }),
  };
}

interface Pair {
  /** Of the side that has the metric; head's where both have. */
  readonly series: Series;
  readonly base: Series | undefined;
  readonly head: Series | undefined;
  readonly noisy: NoisyPair;
}

/** In head's order; then what only base has. */
function pairsOf(base: Report, head: Report, margin: (stated: number | null) => number): Pair[] {
  const [left, right] = [seriesOf(base), seriesOf(head)];
  const keys = [...right.keys(), ...[...left.keys()].filter((key) => !right.has(key))];
  return keys.map((key) => {
    const [ofBase, ofHead] = [left.get(key), right.get(key)];
    const series = ofHead ?? ofBase!;
    refuseTwoStats(key, ofBase, ofHead);
    return {
      series,
      base: ofBase,
      head: ofHead,
      noisy: {
        key,
        better: series.metric.better,
        margin: margin(series.margin),
        base: valuesOf(ofBase?.figures ?? []),
        head: valuesOf(ofHead?.figures ?? []),
      },
    };
  });
}

/** A median held against a p90 differs whatever was measured. */
function refuseTwoStats(key: string, base: Series | undefined, head: Series | undefined): void {
  if (base === undefined || head === undefined || base.stat === head.stat || !(base.headline || head.headline)) return;
  throw new ScenarioError(`headline ${key}: base has its ${base.stat}, head its ${head.stat}`, {
    hint: 'run one side again with the headline of the other',
  });
}

function judgedNoisy(pair: Pair, p: number, adjustedP: number, judged: number, rules: Rules): MetricComparison {
  const shift = shiftOf(pair.noisy, rules);
  return { ...facts(pair), ...shift, p, adjustedP, ...judge(pair.noisy, shift, adjustedP, judged, rules) };
}

function judgedExact(pair: Pair): MetricComparison {
  const judgement = judgeExact(pair.base?.figures ?? [], pair.head?.figures ?? [], pair.series.metric.better);
  return { ...facts(pair), ...UNJUDGED, ...judgement };
}

function shown(pair: Pair, rules: Rules): MetricComparison {
  const exact = pair.series.metric.class === 'exact';
  const shift = exact
    ? { ratio: judgeExact(pair.base?.figures ?? [], pair.head?.figures ?? [], 'none').ratio, interval: null }
    : shiftOf(pair.noisy, rules);
  const reason = exact
    ? judgeExact(pair.base?.figures ?? [], pair.head?.figures ?? [], 'none').reason
    : 'no headline metric: shown, not judged';
  const detectable = exact ? null : detectableOf(pair.noisy, rules.level, rules);
  return { ...facts(pair), ...UNJUDGED, ...shift, detectable, headline: false, verdict: null, reason };
}

const UNJUDGED = { interval: null, p: null, adjustedP: null, detectable: null, runsNeeded: null } as const;

function facts({ series, noisy }: Pair) {
  const { name, unit, class: kind, better, tags } = series.metric;
  const { margin } = noisy;
  return {
    name,
    unit,
    class: kind,
    better,
    tags,
    stat: series.stat,
    headline: true,
    margin,
    base: figures(noisy.base),
    head: figures(noisy.head),
  };
}

function figures(values: readonly number[]): Figures {
  if (values.length === 0) return { values, median: null, cv: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const cv = values.length > 1 && mean > 0 ? Math.sqrt(squares / (values.length - 1)) / mean : null;
  return { values, median: median(values), cv };
}

function sideOf(report: Report, label: string): Side {
  const runs = endedWell(report);
  const { versions, images } = report.network;
  return { label, runs: runs.length, seeds: runs, versions, images, host: report.host };
}

/** Seeds of the runs that count. */
function endedWell({ runs, seed, ended }: Report): number[] {
  const all = runs ?? [{ seed, ended }];
  return all.filter((run) => run.ended === null).map((run) => run.seed);
}

function notesOf(
  base: Report,
  head: Report,
  labels: { readonly base: string; readonly head: string },
  { named, headlines, judged }: { readonly named: boolean; readonly headlines: number; readonly judged: number },
): string[] {
  const lost = (report: Report, label: string) => {
    const all = report.runs?.length ?? 1;
    const well = endedWell(report).length;
    return well === all ? [] : [`${all - well} of ${all} runs of ${label} did not reach their end and are not counted.`];
  };
  const whole = named
    ? []
    : [
        `The scenario names no headline: what is judged are the ${judged} figures that open its report${headlines > judged ? `, of ${headlines}` : ''}.`,
      ];
  return [...whole, ...lost(base, labels.base), ...lost(head, labels.head)];
}
