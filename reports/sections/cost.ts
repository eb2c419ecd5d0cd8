/** What a MiB costs whoever pays for it. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, quantity } from '../format.ts';
import { tagText } from '../labels.ts';
import { commonTags, figureOf, pick } from '../pick.ts';
import { bounded, type Section, toneOf } from '../section.ts';

export function cost(report: Report): Section | null {
  const measured = pick(report, 'cost_msat_per_mib');
  if (measured.length === 0) return null;
  const same = commonTags(measured).filter((tag) => tag !== 'carrier');
  const free = measured.every((metric) => figureOf(metric) === 0);
  return {
    id: 'cost',
    title: 'What it costs',
    text: [
      'All that both ends paid (what was delivered, routing fees, side payments) for each MiB (1,048,576 B) that arrived and was verified.' +
        (free ? ' Nothing was paid in this run.' : ''),
    ],
    figures: [
      {
        caption: 'Cost per MiB',
        ...(free
          ? {}
          : {
              chart: {
                kind: 'bars' as const,
                label: 'Cost per MiB, one bar for each carrier and direction',
                x: { title: 'Per MiB', scale: 'linear' as const, unit: 'msat', min: 0 },
                rows: measured.map((metric) => ({
                  name: tagText(metric.tags, same),
                  tone: toneOf(String(metric.tags.carrier)),
                  from: 0,
                  to: figureOf(metric) ?? 0,
                  text: quantity(figureOf(metric), 'msat'),
                })),
              },
            }),
        table: bounded(
          [
            { title: 'Tunnel', kind: 'text' },
            { title: 'Cost, msat/MiB', kind: 'number' },
            { title: 'Cost', kind: 'number' },
          ],
          measured.map((metric) => [tagText(metric.tags), exact(metric.value), quantity(metric.value, 'msat/MiB')]),
          'summary.csv',
        ),
      },
    ],
  };
}
