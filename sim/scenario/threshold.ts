/** `tunnel_rtt_ms{carrier=keysend}` with `p90 < 900 ms`: read, and held against what the file can yield. */
import { METRICS, type MetricKind, type MetricName } from '../measure/metrics.ts';
import type { Complaints } from './complaints.ts';
import { didYouMean, knownWords } from './nearest.ts';
import type { Comparison, Stat, ThresholdPlan } from './plan.ts';
import type { Condition } from './schema.ts';
import type { Path } from './setting.ts';
import { STATS, samplesNeeded } from './stats.ts';
import { type Dimension, MEASURES, readQuantity, shown } from './units.ts';
import type { Yield } from './yields.ts';

const COMPARISONS: readonly Comparison[] = ['<', '<=', '==', '>=', '>', '!='];

const DIMENSION: Readonly<Record<string, Dimension>> = Object.fromEntries(
  (Object.keys(MEASURES) as Dimension[]).map((dimension) => [MEASURES[dimension].unit, dimension]),
);

const KEY = /^([^{}]*?)(?:\{([^{}]*)\})?$/u;
const CONDITION = /^(\S+)\s*(<=|>=|==|!=|<|>)\s*(\S.*)$/u;

/** A metric, or all of that name whose tags hold these. */
export interface Subject {
  readonly metric: MetricName;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a file can yield beside its workloads' own tags: the axes of its matrix with their values. */
export type Axes = Readonly<Record<string, readonly string[]>>;

/** `yields` is undefined while the workloads have mistakes of their own. */
export function planThreshold(
  key: string,
  written: Condition,
  where: { readonly path: Path; readonly at: string },
  yields: readonly Yield[] | undefined,
  axes: Axes,
  complaints: Complaints,
): ThresholdPlan | undefined {
  const subject = readSubject(key, where.path, axes, complaints);
  if (subject === undefined) return undefined;
  const { is: condition, abortEarly = false } = typeof written === 'string' ? { is: written } : written;
  const read = readCondition(condition, METRICS[subject.metric]);
  if (typeof read === 'string') return void complaints.about(where.path, read);
  if (abortEarly && read.stat === 'count' && !read.comparison.startsWith('<'))
    return void complaints.about(where.path, 'abortEarly: a count that still grows is not missed before the end');
  const missing = yields === undefined ? null : whyNotYielded(subject, read.stat, yields);
  if (missing !== null) return void complaints.about(where.path, missing, 'key');
  return { at: where.at, text: `${key}: ${condition.trim()}`, ...subject, ...read, ...(abortEarly && { abortEarly }) };
}

/** `tunnel_rtt_ms{carrier=keysend}`; undefined after a complaint. */
export function readSubject(key: string, path: Path, axes: Axes, complaints: Complaints): Subject | undefined {
  const wrong = (text: string) => void complaints.about(path, text, 'key');
  const [, metric = '', inner] = KEY.exec(key.trim()) ?? [];
  const names = Object.keys(METRICS);
  if (!Object.hasOwn(METRICS, metric)) return wrong(`no metric is called ${shown(metric)}${knownWords(metric, names)}`);
  const tags: Record<string, string> = {};
  const known: readonly string[] = [...METRICS[metric as MetricName].tags, ...Object.keys(axes)];
  for (const pair of inner === undefined || inner.trim() === '' ? [] : inner.split(',')) {
    const [, tag, value] = /^\s*([^=\s]+)\s*=\s*([^=]+?)\s*$/u.exec(pair) ?? [];
    if (tag === undefined || value === undefined) return wrong(`expected tags as {tag=value, …}, found ${shown(pair)}`);
    if (!known.includes(tag)) return wrong(`${metric} has no tag ${tag}${knownWords(tag, known)}`);
    if (Object.hasOwn(tags, tag)) return wrong(`the tag ${tag} stands here twice`);
    tags[tag] = value;
  }
  return { metric: metric as MetricName, tags };
}

function readCondition(condition: string, kind: MetricKind): Pick<ThresholdPlan, 'stat' | 'comparison' | 'bound'> | string {
  const example = `${kind.shape === 'value' ? 'value' : 'p90'} ${kind.better === 'higher' ? '>' : '<'} …`;
  const [, stat, comparison, bound] = CONDITION.exec(condition.trim()) ?? [];
  if (stat === undefined || comparison === undefined || bound === undefined) {
    return `expected <stat> <op> <quantity> such as '${example}' (op: ${COMPARISONS.join(' ')}), found ${shown(condition)}`;
  }
  const allowed = statsOf(kind);
  if (!(allowed as readonly string[]).includes(stat)) {
    return `${kind.shape === 'value' ? 'this metric is one number' : 'this metric is many samples'}: expected ${allowed.join(', ')}, found ${shown(stat)}${didYouMean(stat, allowed)}`;
  }
  const below0 = kind.signed === true && bound.startsWith('-');
  const quantity = readQuantity(stat === 'count' ? 'share' : DIMENSION[kind.unit]!, below0 ? bound.slice(1) : bound);
  if ('problem' in quantity) return quantity.problem;
  return { stat: stat as Stat, comparison: comparison as Comparison, bound: below0 ? -quantity.value : quantity.value };
}

/** The stats that a metric has. */
export function statsOf({ shape }: MetricKind): readonly Stat[] {
  return shape === 'value' ? ['value'] : STATS.filter((name) => name !== 'value');
}

/** Why no run of the file can have it, or null. */
export function whyNotYielded({ metric, tags }: Subject, stat: Stat, yields: readonly Yield[]): string | null {
  const candidates = yields.filter((candidate) => candidate.metric === metric);
  if (candidates.length === 0)
    return `no workload of this file yields ${metric}${metric === 'tunnel_efficiency' ? ' (it needs a message workload over the same hops beside the tunnel)' : ''}`;
  const matching = candidates.filter((candidate) => Object.entries(tags).every(([tag, value]) => mayBe(candidate, tag, value)));
  if (matching.length === 0)
    return `nothing in this file yields ${metric} with ${Object.entries(tags)
      .map((tag) => tag.join('='))
      .join(', ')}: ${offered(candidates, tags)}`;
  const needed = samplesNeeded(stat);
  const most = Math.max(...matching.map(({ samplesMax }) => samplesMax ?? Number.POSITIVE_INFINITY));
  return most < needed ? `${stat} needs ${needed} samples, and this file takes ${most}: raise its count` : null;
}

function mayBe(candidate: Yield, tag: string, value: string): boolean {
  const values = candidate.tags[tag];
  return values === null || (values?.includes(value) ?? false);
}

/** The tag values there are, for the tags that were asked for. */
function offered(candidates: readonly Yield[], tags: Readonly<Record<string, string>>): string {
  return Object.keys(tags)
    .map((tag) => {
      const values = new Set(candidates.flatMap((candidate) => candidate.tags[tag] ?? []));
      return `${tag} is ${[...values].join(' or ') || 'not among its tags here'}`;
    })
    .join('; ');
}
