/** The section that shows a scenario's events. */
import test from 'ava';
import { eventMarks } from '../../reports/event-marks.ts';
import type { Chart } from '../../reports/section.ts';
import { overTime } from '../../reports/sections/over-time.ts';
import { sections } from '../../reports/sections.ts';
import { fixture } from './fixture.ts';

test('events stand on the time axis with what they did, in words where there is no figure', (t) => {
  const timeline = {
    unit: 'B' as const,
    binMs: 250,
    perS: [1_000, 1_000, 0, 0, 1_000],
    events: [
      { event: 'kill n1.relay', atMs: 500, tookMs: 120, beforePerS: 1_000, lowestPerS: 0, recoveryMs: 500 },
      { event: 'mine 6', atMs: 9_000, tookMs: 30, beforePerS: null, lowestPerS: null, recoveryMs: null },
    ],
  };
  const section = sections(fixture({ change: (report) => ({ ...report, timeline }) })).find(({ id }) => id === 'events')!;
  const [figure] = section.figures;
  t.deepEqual(figure!.table.rows[0], ['500', 'kill n1.relay', '120', '1,000', '0', '500']);
  t.is(figure!.table.rows[1]!.at(-1), 'nothing was to move');
  const chart = figure!.chart as Extract<Chart, { kind: 'lines' }>;
  t.deepEqual(chart.series[0]!.points[2], [625, 0]);
  t.deepEqual(chart.marks, [
    { from: 500, label: 'kill n1.relay', to: 1_000 },
    { from: 9_000, label: 'mine 6' },
  ]);
  t.is(
    sections(fixture()).find(({ id }) => id === 'events'),
    undefined,
  );
});

test('a kill and its restart are one outage: the second has no band of its own', (t) => {
  const event = (name: string, atMs: number, recoveryMs: number | null) => ({
    event: name,
    atMs,
    tookMs: 1,
    beforePerS: 9,
    lowestPerS: 0,
    recoveryMs,
  });
  const marks = eventMarks([
    event('kill n1', 1_000, 6_000),
    event('restart n1', 4_000, 3_000),
    event('pause n2', 9_000, 500),
    event('mine 1', 12_000, 0),
  ]);
  t.deepEqual(marks, [
    { from: 1_000, label: 'kill n1', to: 7_000 },
    { from: 4_000, label: 'restart n1' },
    { from: 9_000, label: 'pause n2', to: 9_500 },
    { from: 12_000, label: 'mine 1' },
  ]);
});

test('the same events stand on the panel of the transfer that they struck, and on no other', (t) => {
  const line = (carrier: string, fromMs: number) => ({
    of: { workload: 'tunnel', carrier },
    fromMs,
    stepMs: 1_000,
    bytesPerS: [1, 1, 0, 0, 1],
  });
  const timeline = {
    unit: 'B' as const,
    binMs: 250,
    perS: [1],
    events: [{ event: 'kill n1', atMs: 12_000, tookMs: 1, beforePerS: 1, lowestPerS: 0, recoveryMs: 2_000 }],
  };
  const { report } = fixture({ change: (r) => ({ ...r, timeline, goodput: [line('keysend', 0), line('peer-message', 10_000)] }) });
  const panels = overTime(report)!.figures.map(({ caption, chart }) => [caption, (chart as Extract<Chart, { kind: 'lines' }>).marks]);
  t.deepEqual(panels, [
    ['Keysend, tunnel', []],
    ['Peer messages, tunnel', [{ from: 12_000, label: 'kill n1', to: 14_000 }]],
  ]);
});
