/** What was done to a network on purpose, as marks on a time axis: each until goodput was back, where it fell. */
import type { EventRecord } from '../sim/measure/report.ts';
import type { Mark } from './section.ts';

/** In order of time. What the one before it still has to recover from gets no band of its own: a kill and its restart are one outage. */
export function eventMarks(events: readonly EventRecord[]): readonly Mark[] {
  let coveredMs = Number.NEGATIVE_INFINITY;
  return events
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(0, MARKS_MAX)
    .map(({ atMs, event, recoveryMs }) => {
      const untilMs = atMs + (recoveryMs ?? 0);
      if (untilMs <= coveredMs + TOGETHER_MS || untilMs === atMs) return { from: atMs, label: event };
      coveredMs = untilMs;
      return { from: atMs, label: event, to: untilMs };
    });
}

/** Ends as near as this are the same end: they are read off bins of a quarter of a second. */
const TOGETHER_MS = 500;
/** More words than these cover the line. The table of events has them all. */
const MARKS_MAX = 12;
