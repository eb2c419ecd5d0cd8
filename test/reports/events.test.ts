/** The section that shows a scenario's events. */
import test from 'ava';
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
  const [goodput, struck, back] = (figure!.chart as { series: readonly { points: readonly (readonly number[])[] }[] }).series;
  t.deepEqual(goodput!.points[2], [500, 0]);
  t.deepEqual(struck!.points, [
    [500, 0],
    [9_000, 1_000],
  ]);
  t.deepEqual(back!.points, [[1_000, 1_000]]);
  t.is(
    sections(fixture()).find(({ id }) => id === 'events'),
    undefined,
  );
});
