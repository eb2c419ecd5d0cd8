/** What carrying a MiB cost the machines: CPU time and database growth, node by node. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, quantity } from '../format.ts';
import { tagText } from '../labels.ts';
import { figureOf, pick } from '../pick.ts';
import { bounded, type Section } from '../section.ts';

export function resources(report: Report): Section | null {
  const databases = pick(report, 'database_bytes_per_mib');
  if (databases.length === 0) return null;
  const rows = databases.map((growth) => {
    const used = (process: string) => figureOf(pick(report, 'cpu_s_per_mib', { ...growth.tags, process })[0]);
    return [
      tagText(growth.tags, ['node']),
      String(growth.tags.node),
      exact(used('lnd')),
      exact(used('relay')),
      quantity(figureOf(growth), 'B'),
    ];
  });
  return {
    id: 'resources',
    title: 'What it costs the machines',
    text: [
      'CPU time of each LND and relay, and what LND’s databases (channels, payments, seen onions) grew by, for each MiB that arrived. ' +
        'All nodes of a run on docker share one machine: these figures say which of them the bytes kept busy.',
    ],
    figures: [
      {
        caption: 'CPU seconds and database bytes per MiB, by node',
        table: bounded(
          [
            { title: 'Tunnel', kind: 'text' },
            { title: 'Node', kind: 'text' },
            { title: 'LND, CPU s/MiB', kind: 'number' },
            { title: 'Relay, CPU s/MiB', kind: 'number' },
            { title: 'LND database, per MiB', kind: 'number' },
          ],
          rows,
          'summary.csv',
        ),
      },
    ],
  };
}
