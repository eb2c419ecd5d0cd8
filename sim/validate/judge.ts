/** Reports of one scenario, metric by metric: what LND did, what the model says, how far apart they are, and whether that will do. */
import type { Findings, Metric, Tags } from '../measure/report.ts';
import { percentile } from '../measure/summary.ts';
import { tagText } from '../measure/tags.ts';
import { ratioInterval } from './bootstrap.ts';
import { KNOWN, type KnownDifference, knownDifference } from './known.ts';
import { ruleFor } from './rules.ts';
import { type Row, type RowVerdict, type Rule, WITHIN } from './validation.ts';

/** Rows in the order of the real reports, then what only the simulated one has. */
export function judge(real: readonly Findings[], simulated: Findings, known: readonly KnownDifference[] = KNOWN): readonly Row[] {
  const ours = measuredIn(simulated);
  const theirs = real.map(measuredIn);
  const keys = [...new Set([...theirs, ours].flatMap(({ metrics }) => [...metrics.keys()]))];
  return keys.map((key) => {
    const metric = [...theirs, ours].flatMap(({ metrics }) => metrics.get(key) ?? [])[0]!;
    const realRuns = theirs.map(({ metrics }) => figureOf(metrics.get(key)));
    const [a, b] = [medianOfRuns(realRuns), figureOf(ours.metrics.get(key))];
    const { rule, reason } = ruleFor(metric.name);
    const ratio = a === null || b === null || a === 0 ? null : b / a;
    const excuse = knownDifference(metric.name, metric.tags, known);
    const differ = rule === 'equal' && new Set(realRuns).size > 1;
    const verdict = verdictOn(rule, a, b, differ, excuse);
    return {
      metric: metric.name,
      tags: metric.tags,
      unit: metric.unit,
      stat: metric.summary === undefined ? 'value' : 'p50',
      rule,
      real: a,
      realRuns,
      simulated: b,
      ratio,
      interval:
        ratio === null || rule !== 'within'
          ? null
          : ratioInterval(
              drawnFrom(ours, key),
              theirs.map((run) => drawnFrom(run, key)).filter(({ length }) => length > 0),
            ),
      verdict,
      reason: verdict === 'known' ? excuse!.why : verdict === 'absent' ? absence(realRuns) : verdict === 'out' && differ ? DIFFER : reason,
    };
  });
}

const DIFFER = 'the real runs differ among themselves';

function verdictOn(
  rule: Rule,
  real: number | null,
  simulated: number | null,
  differ: boolean,
  excuse: KnownDifference | undefined,
): RowVerdict {
  if (rule === 'shown') return 'shown';
  if (real === null || simulated === null) return 'absent';
  if (rule === 'equal') return real === simulated && !differ ? 'good' : 'out';
  if (Math.abs(simulated - real) <= WITHIN * real) return 'good';
  const ratio = simulated / real;
  return excuse !== undefined && ratio >= excuse.between[0] && ratio <= excuse.between[1] ? 'known' : 'out';
}

/** A run without the figure has no say in it; where more than half have none, the few that are left say too little: null. */
function medianOfRuns(runs: readonly (number | null)[]): number | null {
  const figures = runs.filter((figure) => figure !== null).sort((a, b) => a - b);
  return figures.length === 0 || figures.length < runs.length / 2 ? null : percentile(figures, 50);
}

function absence(realRuns: readonly (number | null)[]): string {
  const having = realRuns.filter((figure) => figure !== null).length;
  if (having === 0) return 'measured on the simulated network alone';
  return having < realRuns.length / 2 ? `measured in ${having} of ${realRuns.length} docker runs` : 'measured on docker alone';
}

function figureOf(metric: Metric | undefined): number | null {
  return metric?.value ?? metric?.summary?.p50 ?? null;
}

function keyOf({ name, tags }: Metric): string {
  return keyText(name, tags);
}

/** Numbers as text: a report that was read back from its files has the same keys as one in memory. */
function keyText(name: string, tags: Tags): string {
  return `${name}{${tagText(tags)}}`;
}

interface Measured {
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly samples: ReadonlyMap<string, readonly number[]>;
}

function measuredIn(findings: Findings): Measured {
  return { metrics: new Map(findings.report.metrics.map((metric) => [keyOf(metric), metric])), samples: samplesByKey(findings) };
}

/** Its samples; else its one figure, which stands for the run among others; empty where the run did not measure it. */
function drawnFrom({ metrics, samples }: Measured, key: string): readonly number[] {
  const figure = figureOf(metrics.get(key));
  return figure === null ? [] : (samples.get(key) ?? [figure]);
}

function samplesByKey({ samples }: Findings): ReadonlyMap<string, readonly number[]> {
  const byKey = new Map<string, number[]>();
  for (const { metric, tags, value } of samples) {
    const key = keyText(metric, tags);
    const values = byKey.get(key);
    if (values === undefined) byKey.set(key, [value]);
    else values.push(value);
  }
  return byKey;
}
