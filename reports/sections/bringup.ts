/** Where the time went before the first workload. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, quantity } from '../format.ts';
import { bounded, type Section } from '../section.ts';

export function bringup(report: Report): Section | null {
  if (report.phases.length === 0) return null;
  let totalMs = 0;
  const ends = report.phases.map(({ ms }) => {
    totalMs += ms;
    return totalMs;
  });
  const virtual = report.network.kind === 'simulated';
  return {
    id: 'bring-up',
    title: 'Bringing it up',
    text: [`${quantity(totalMs, 'ms')}${virtual ? ' of virtual time' : ''} from nothing to every node knowing every channel.`],
    figures: [
      {
        caption: 'Bring-up, phase by phase',
        ...(totalMs > 0
          ? {
              chart: {
                kind: 'bars' as const,
                label: 'Bring-up phases one after the other, each a bar from its start to its end',
                x: { title: 'Since the start', scale: 'linear' as const, unit: 'ms', min: 0 },
                rows: report.phases.map((phase, i) => ({
                  name: phase.name,
                  tone: 'step1' as const,
                  from: (ends[i] ?? 0) - phase.ms,
                  to: ends[i] ?? 0,
                  text: quantity(phase.ms, 'ms'),
                })),
              },
            }
          : {}),
        table: bounded(
          [
            { title: 'Phase', kind: 'text' },
            { title: 'Took, ms', kind: 'number' },
            { title: 'Ended at, ms', kind: 'number' },
          ],
          report.phases.map((phase, i) => [phase.name, exact(phase.ms), exact(ends[i])]),
          'report.json',
        ),
      },
    ],
  };
}
