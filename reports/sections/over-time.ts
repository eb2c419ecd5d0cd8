/** Goodput as it went, where the workloads recorded it along the way. */
import type { Findings } from '../../sim/measure/report.ts';
import { spread } from '../bounded-chart.ts';
import { exact } from '../format.ts';
import { tagText } from '../labels.ts';
import { sampleGroups } from '../pick.ts';
import { bounded, type Section, toneOf } from '../section.ts';

export function overTime({ samples }: Findings): Section | null {
  const groups = (['tunnel_goodput_bytes_per_s', 'message_goodput_bytes_per_s'] as const)
    .flatMap((name) => sampleGroups(samples, name).map((group) => ({ ...group, name })))
    .filter((group) => group.samples.length >= SAMPLES_MIN);
  if (groups.length === 0) return null;
  const startMs = Math.min(...groups.map((group) => group.samples[0]?.atMs ?? 0));
  const label = (group: (typeof groups)[number]): string => `${group.name.startsWith('tunnel') ? 'Tunnel' : 'Raw'}, ${tagText(group.tags)}`;
  return {
    id: 'over-time',
    title: 'As it went',
    text: ['Goodput by the network’s clock.'],
    figures: [
      {
        caption: 'Goodput over time',
        chart: {
          kind: 'lines',
          label: 'Goodput against time, one line a tunnel or raw carrier',
          x: { title: 'Time', scale: 'linear', unit: 'ms' },
          y: { title: 'Goodput', scale: 'log', unit: 'B/s' },
          series: groups.map((group, i) => ({
            label: label(group),
            tone: toneOf(String(group.tags.carrier)),
            dash: i > 0 && groups[i - 1]?.tags.carrier === group.tags.carrier,
            points: group.samples.filter((sample) => sample.value > 0).map((sample) => [sample.atMs - startMs, sample.value] as const),
          })),
        },
        table: bounded(
          [
            { title: 'What', kind: 'text' },
            { title: 'From, ms', kind: 'number' },
            { title: 'To, ms', kind: 'number' },
            { title: 'Samples', kind: 'number' },
            { title: 'Slowest, B/s', kind: 'number' },
            { title: 'Fastest, B/s', kind: 'number' },
          ],
          groups.map((group) => {
            const values = spread(group.samples, TABLE_SAMPLES_MAX).map((sample) => sample.value);
            const ends = [group.samples[0], group.samples[group.samples.length - 1]].map((sample) => exact((sample?.atMs ?? 0) - startMs));
            return [label(group), ...ends, exact(group.samples.length), exact(Math.min(...values)), exact(Math.max(...values))];
          }),
          'samples.csv',
        ),
      },
    ],
  };
}

const SAMPLES_MIN = 3;
/** Math.min takes its values as arguments: an engine has a limit on those. */
const TABLE_SAMPLES_MAX = 50_000;
