/** Choosing among a report's metrics. */
import type { MetricName } from '../sim/measure/metrics.ts';
import type { Metric, Report, Sample, Tags } from '../sim/measure/report.ts';

/** The metrics of that name whose tags hold all of `tags`, in the report's order. */
export function pick(report: Report, name: MetricName, tags: Tags = {}): readonly Metric[] {
  return report.metrics.filter((metric) => metric.name === name && holds(metric.tags, tags));
}

function holds(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([tag, value]) => String(tags[tag]) === String(value));
}

/** The one figure that stands for a metric: its value, or the median of its samples (their mean where there are too few for one). */
export function figureOf(metric: Metric | undefined): number | null {
  return metric?.value ?? metric?.summary?.p50 ?? metric?.summary?.mean ?? null;
}

export function hopsOf(tags: Tags): number {
  const hops = Number(tags.hops ?? Number.NaN);
  return Number.isFinite(hops) ? hops : 0;
}

/** Those that cross the most channels. */
export function farthest(metrics: readonly Metric[]): readonly Metric[] {
  const most = Math.max(0, ...metrics.map((metric) => hopsOf(metric.tags)));
  return metrics.filter((metric) => hopsOf(metric.tags) === most);
}

/** The metric with the largest figure. */
export function largest(metrics: readonly Metric[]): Metric | undefined {
  return metrics.reduce<Metric | undefined>(
    (best, metric) => ((figureOf(metric) ?? 0) > (figureOf(best) ?? -1) ? metric : best),
    undefined,
  );
}

/** Values of a tag in the order of first appearance; numbers sorted. */
export function tagValues(items: readonly { readonly tags: Tags }[], tag: string): readonly string[] {
  const values = [...new Set(items.flatMap(({ tags }) => (tags[tag] === undefined ? [] : [String(tags[tag])])))];
  return values.every((value) => value !== '' && Number.isFinite(Number(value))) ? values.sort((a, b) => Number(a) - Number(b)) : values;
}

/** The tags that a label need not say: all have the same value. An onion's size need only be the same for each carrier. */
export function commonTags(items: readonly { readonly tags: Tags }[]): readonly string[] {
  const tags = new Set(items.flatMap((item) => Object.keys(item.tags)));
  return [...tags].filter((tag) => {
    const groups = tag === 'onion' ? [...Map.groupBy(items, (item) => item.tags.carrier).values()] : [items];
    return groups.every((group) => group.every((item) => String(item.tags[tag]) === String(group[0]?.tags[tag])));
  });
}

/** Samples of one metric, by the text of their tags, in order of first appearance. */
export function sampleGroups(samples: readonly Sample[], name: MetricName): readonly { tags: Tags; samples: readonly Sample[] }[] {
  const groups = new Map<string, { tags: Tags; samples: Sample[] }>();
  for (const sample of samples) {
    if (sample.metric !== name) continue;
    const key = JSON.stringify(Object.entries(sample.tags).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { tags: sample.tags, samples: [sample] });
  }
  return [...groups.values()];
}
