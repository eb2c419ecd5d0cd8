/** `headline:`: the few metrics that a comparison of two runs judges, held against what the file can yield. */
import { METRICS, type MetricKind } from '../measure/metrics.ts';
import type { Complaints } from './complaints.ts';
import type { HeadlinePlan } from './plan.ts';
import { HEADLINES_MAX, type Headline } from './schema.ts';
import { type Axes, readSubject, type Subject, statsOf, whyNotYielded } from './threshold.ts';
import type { Yield } from './yields.ts';

/** `yields` is undefined while the workloads have mistakes of their own. */
export function planHeadline(written: Headline, yields: readonly Yield[] | undefined, axes: Axes, complaints: Complaints): HeadlinePlan[] {
  const plans = written.flatMap((entry, index) => planOne(entry, ['headline', index], yields, axes, complaints) ?? []);
  const metrics = plans.reduce((sum, plan) => sum + (yields === undefined ? 1 : howMany(plan, yields)), 0);
  if (metrics > HEADLINES_MAX)
    complaints.about(['headline'], `is about ${metrics} metrics: expected at most ${HEADLINES_MAX}; name their tags, metric{tag=value}`);
  return plans;
}

function planOne(
  entry: Headline[number],
  path: readonly (string | number)[],
  yields: readonly Yield[] | undefined,
  axes: Axes,
  complaints: Complaints,
): HeadlinePlan | undefined {
  const { metric, stat: asked, margin = null } = typeof entry === 'string' ? { metric: entry } : entry;
  const subject = readSubject(metric, path, axes, complaints);
  if (subject === undefined) return undefined;
  const kind: MetricKind = METRICS[subject.metric];
  const stat = asked ?? (kind.shape === 'value' ? 'value' : 'p50');
  if (!statsOf(kind).includes(stat))
    return void complaints.about(path, `${subject.metric} has no ${stat}: expected ${statsOf(kind).join(', ')}`);
  if (kind.better === 'none' && kind.class !== 'exact')
    return void complaints.about(path, `${subject.metric} is neither better high nor low: nobody could say what a regression of it is`);
  const missing = yields === undefined ? null : whyNotYielded(subject, stat, yields);
  if (missing !== null) return void complaints.about(path, missing);
  return { at: complaints.at(path), ...subject, stat, margin };
}

/** Tags whose values only the run will tell count once. */
function howMany({ metric, tags }: Subject | HeadlinePlan, yields: readonly Yield[]): number {
  return yields
    .filter((candidate) => candidate.metric === metric)
    .filter((candidate) =>
      Object.entries(tags).every(([tag, value]) => candidate.tags[tag] === null || candidate.tags[tag]?.includes(value)),
    )
    .reduce((sum, candidate) => sum + combinations(candidate, tags), 0);
}

function combinations({ tags: values }: Yield, tags: Subject['tags']): number {
  return Object.entries(values).reduce((product, [tag, all]) => product * (tag in tags ? 1 : (all?.length ?? 1)), 1);
}
