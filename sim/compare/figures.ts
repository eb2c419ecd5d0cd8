/** A report, of one run or of many, as the figures that two sides are held against each other by. */
import type { Metric, Report } from '../measure/report.ts';
import { tagsMatch, tagText } from '../measure/tags.ts';
import { statOf } from '../measure/thresholds.ts';
import type { HeadlinePlan, Stat } from '../scenario/plan.ts';
import type { SeededFigure } from './exact.ts';

export interface Series {
  readonly metric: Metric;
  readonly stat: Stat;
  /** The change that matters, where the scenario states it. */
  readonly margin: number | null;
  readonly headline: boolean;
  /** One a run that reached its end. */
  readonly figures: readonly SeededFigure[];
}

/** By name and tags. Of runs that did not reach their end nothing is taken: they stopped in the middle of something. */
export function seriesOf(report: Report): Map<string, Series> {
  const named = report.plan.headline;
  return new Map(
    report.metrics.map((metric) => {
      const asked = named?.find((headline) => isAbout(headline, metric));
      const stat = asked?.stat ?? statFor(metric);
      const series: Series = {
        metric,
        stat,
        margin: asked?.margin ?? null,
        headline: named !== undefined ? asked !== undefined : metric.headline === true,
        figures: report.runs === undefined ? single(report, metric, stat) : ofRuns(report, metric),
      };
      return [`${metric.name}{${tagText(metric.tags)}}`, series];
    }),
  );
}

export function isAbout({ metric, tags }: HeadlinePlan, { name, tags: own }: Metric): boolean {
  return metric === name && tagsMatch(own, tags);
}

/** What stands for a metric's samples where nothing else was asked for. */
function statFor(metric: Pick<Metric, 'summary' | 'stat'>): Stat {
  return metric.stat ?? (metric.summary === undefined ? 'value' : 'p50');
}

function single({ seed, ended }: Report, metric: Metric, stat: Stat): SeededFigure[] {
  return ended === null ? [{ seed, value: statOf(metric, stat) }] : [];
}

function ofRuns({ runs = [], matrix = [] }: Report, metric: Metric): SeededFigure[] {
  const ofCell = runs.filter(({ cell }) => matrix.every(({ axis }) => cell[axis] === String(metric.tags[axis])));
  return ofCell.flatMap(({ seed, ended }, index) => (ended === null ? [{ seed, value: metric.runs?.[index] ?? null }] : []));
}
