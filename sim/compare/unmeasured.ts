/** Headline metrics that neither side yields: they must not pass for unchanged by being absent. */
import { METRICS, type MetricKind } from '../measure/metrics.ts';
import type { Metric, Report } from '../measure/report.ts';
import type { MetricComparison } from './comparison.ts';
import { isAbout } from './figures.ts';
import { noFigure } from './noisy.ts';

const NONE = { values: [], median: null, cv: null } as const;

/** What head's scenario names and none of `measured` is, each inconclusive. */
export function unmeasured(
  { plan, network }: Report,
  measured: readonly Metric[],
  margin: (stated: number | null) => number,
): MetricComparison[] {
  const absent = (plan.headline ?? []).filter((named) => !measured.some((metric) => isAbout(named, metric)));
  return absent.map((named): MetricComparison => {
    // A report of a newer Leyden may know more names.
    const kind = (METRICS as Readonly<Record<string, MetricKind>>)[named.metric];
    return {
      name: named.metric,
      unit: kind?.unit ?? '',
      class: network.kind === 'simulated' ? 'exact' : (kind?.class ?? 'noisy'),
      better: kind?.better ?? 'none',
      tags: named.tags,
      stat: named.stat,
      headline: true,
      margin: margin(named.margin),
      base: NONE,
      head: NONE,
      ratio: null,
      interval: null,
      p: null,
      adjustedP: null,
      detectable: null,
      runsNeeded: null,
      verdict: 'inconclusive',
      reason: noFigure([], [])!,
    };
  });
}
