/** All metrics with all their digits. */
import type { Report } from '../../sim/measure/report.ts';
import { exact } from '../format.ts';
import { tagText } from '../labels.ts';
import { bounded, type Section } from '../section.ts';

export function everyFigure(report: Report): Section | null {
  if (report.metrics.length === 0) return null;
  return {
    id: 'every-figure',
    title: 'Every figure',
    text: ['As summary.csv has them. A percentile is left out below the samples it needs.'],
    figures: [
      {
        caption: 'All metrics',
        table: bounded(
          [
            { title: 'Metric', kind: 'name' },
            { title: 'Of', kind: 'text' },
            { title: 'Value', kind: 'number' },
            { title: 'p50', kind: 'number' },
            { title: 'p90', kind: 'number' },
            { title: 'p99', kind: 'number' },
            { title: 'Samples', kind: 'number' },
            { title: 'Unit', kind: 'text' },
          ],
          report.metrics.map(({ name, tags, value, summary, unit }) => [
            name,
            tagText(tags),
            exact(value),
            ...[summary?.p50, summary?.p90, summary?.p99, summary?.count].map((figure) => exact(figure)),
            unit,
          ]),
          'summary.csv',
        ),
      },
    ],
  };
}
