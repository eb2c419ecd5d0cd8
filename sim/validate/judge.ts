/** Two reports of one scenario, metric by metric: what LND did, what the model says, how far apart they are, and whether that will do. */
import type { Findings, Metric, Tags } from '../measure/report.ts';
import { tagText } from '../measure/tags.ts';
import { ratioInterval } from './bootstrap.ts';
import { KNOWN, type KnownDifference, knownDifference } from './known.ts';
import { ruleFor } from './rules.ts';
import { type Row, type RowVerdict, type Rule, WITHIN } from './validation.ts';

/** Rows in the order of the real report, then what only the simulated one has. */
export function judge(real: Findings, simulated: Findings, known: readonly KnownDifference[] = KNOWN): readonly Row[] {
  const ours = new Map(simulated.report.metrics.map((metric) => [keyOf(metric), metric]));
  const theirs = new Map(real.report.metrics.map((metric) => [keyOf(metric), metric]));
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])];
  const realSamples = samplesByKey(real);
  const simulatedSamples = samplesByKey(simulated);
  return keys.map((key) => {
    const [of, by] = [theirs.get(key), ours.get(key)];
    const metric = (of ?? by)!;
    const [a, b] = [figureOf(of), figureOf(by)];
    const { rule, reason } = ruleFor(metric.name);
    const ratio = a === null || b === null || a === 0 ? null : b / a;
    const excuse = knownDifference(metric.name, metric.tags, known);
    const verdict = verdictOn(rule, a, b, excuse);
    return {
      metric: metric.name,
      tags: metric.tags,
      unit: metric.unit,
      stat: metric.summary === undefined ? 'value' : 'p50',
      rule,
      real: a,
      simulated: b,
      ratio,
      interval: ratio === null || rule !== 'within' ? null : ratioInterval(simulatedSamples.get(key) ?? [], realSamples.get(key) ?? []),
      verdict,
      reason: verdict === 'known' ? excuse!.why : verdict === 'absent' ? absence(of) : reason,
    };
  });
}

function verdictOn(rule: Rule, real: number | null, simulated: number | null, excuse: KnownDifference | undefined): RowVerdict {
  if (rule === 'shown') return 'shown';
  if (real === null || simulated === null) return 'absent';
  if (rule === 'equal') return real === simulated ? 'good' : 'out';
  if (Math.abs(simulated - real) <= WITHIN * real) return 'good';
  const ratio = simulated / real;
  return excuse !== undefined && ratio >= excuse.between[0] && ratio <= excuse.between[1] ? 'known' : 'out';
}

function absence(real: Metric | undefined): string {
  return real === undefined ? 'measured on the simulated network alone' : 'measured on docker alone';
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
