/** What happened to the network on purpose, on the time axis, and what it did to what moved. */
import type { EventRecord, Report, TrafficRecord } from '../../sim/measure/report.ts';
import { exact } from '../format.ts';
import { bounded, type Section } from '../section.ts';

export function events({ timeline }: Report): Section | null {
  if (timeline === undefined || timeline.events.length === 0) return null;
  const unit = timeline.unit === 'B' ? 'B/s' : '/s';
  return {
    id: 'events',
    title: 'What went wrong on purpose',
    text: [
      'An event counts as recovered from once goodput is back at half of what it was in the five seconds before; below that over two seconds, it was disturbed.',
    ],
    figures: [
      {
        caption: 'Goodput, and the events on it',
        chart: {
          kind: 'lines',
          label: 'Goodput against time as a line, with a mark where each event struck and one where goodput was back',
          x: { title: 'Time', scale: 'linear', unit: 'ms', min: 0 },
          y: {
            title: timeline.unit === 'B' ? 'Goodput' : 'Payments per second',
            scale: 'linear',
            unit: timeline.unit === 'B' ? 'B/s' : 'count',
            min: 0,
          },
          series: [
            { label: 'Goodput', tone: 'ink', points: timeline.perS.map((perS, index) => [index * timeline.binMs, perS] as const) },
            {
              label: 'Event',
              tone: 'step5',
              marker: 'triangle',
              points: timeline.events.map(({ atMs }) => [atMs, rateAt(timeline, atMs)] as const),
            },
            { label: 'Recovered', tone: 'step2', ring: true, marker: 'circle', points: recovered(timeline) },
          ],
        },
        table: bounded(
          [
            { title: 'At, ms', kind: 'number' },
            { title: 'Event', kind: 'name' },
            { title: 'Done after, ms', kind: 'number' },
            { title: `Before, ${unit}`, kind: 'number' },
            { title: `Least after, ${unit}`, kind: 'number' },
            { title: 'Recovered after, ms', kind: 'number' },
          ],
          timeline.events.map(row),
          'report.json',
        ),
      },
    ],
  };
}

function row({ atMs, event, tookMs, beforePerS, lowestPerS, recoveryMs }: EventRecord): string[] {
  const figure = (value: number | null) => (value === null ? '–' : exact(Math.round(value)));
  const back = beforePerS === null ? 'nothing was to move' : recoveryMs === null ? 'not before the end' : exact(Math.round(recoveryMs));
  return [exact(Math.round(atMs)), event, figure(tookMs), figure(beforePerS), figure(lowestPerS), back];
}

function recovered(timeline: TrafficRecord): (readonly [number, number])[] {
  return timeline.events.flatMap(({ atMs, recoveryMs }) =>
    recoveryMs === null || recoveryMs === 0 ? [] : [[atMs + recoveryMs, rateAt(timeline, atMs + recoveryMs)] as const],
  );
}

function rateAt({ binMs, perS }: TrafficRecord, ms: number): number {
  return perS[Math.min(perS.length - 1, Math.floor(ms / binMs))] ?? 0;
}
