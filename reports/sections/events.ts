/** What happened to the network on purpose, on the time axis, and what it did to what moved. */
import type { EventRecord, Report, TrafficRecord } from '../../sim/measure/report.ts';
import { POINTS_MAX } from '../bounded-chart.ts';
import { eventMarks } from '../event-marks.ts';
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
          label: 'Goodput against time as a line, with a mark where each event struck and a band until goodput was back',
          x: { title: 'Time', scale: 'linear', unit: 'ms', min: 0 },
          y: {
            title: timeline.unit === 'B' ? 'Goodput' : 'Payments per second',
            scale: 'linear',
            unit: timeline.unit === 'B' ? 'B/s' : 'count',
            min: 0,
          },
          series: [{ label: 'Goodput', tone: 'ink', filled: true, points: course(timeline) }],
          marks: eventMarks(timeline.events),
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

/** As many points as a chart takes, each the mean of its bins: to leave bins out would leave short outages out. */
function course({ binMs, perS }: TrafficRecord): (readonly [number, number])[] {
  const each = Math.ceil(perS.length / POINTS_MAX);
  return Array.from({ length: Math.ceil(perS.length / each) }, (_, point) => {
    const bins = perS.slice(point * each, (point + 1) * each);
    return [(point * each + bins.length / 2) * binMs, bins.reduce((sum, rate) => sum + rate, 0) / bins.length] as const;
  });
}
