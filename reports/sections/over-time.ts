/** Goodput as it went: every transfer and every run of raw units where it stood in time, with what was done to the network meanwhile. */
import type { GoodputLine } from '../../sim/measure/goodput-line.ts';
import type { Report, Tags } from '../../sim/measure/report.ts';
import { eventMarks } from '../event-marks.ts';
import { exact, many, quantity } from '../format.ts';
import { carrierName, tagText } from '../labels.ts';
import { commonTags } from '../pick.ts';
import { bounded, type Figure, type Mark, type Section, type Series, stepTone, toneOf } from '../section.ts';

export function overTime(report: Report): Section | null {
  const drawn = (report.goodput ?? []).filter((line) => line.bytesPerS.length >= STEPS_MIN);
  const panels = Map.groupBy(drawn, ({ of }) => `${of.workload} ${of.carrier ?? ''}`);
  const figures = ORDER.flatMap((workload) => [...panels.values()].filter(([line]) => line?.of.workload === workload)).map((lines) =>
    panel(lines, report),
  );
  if (figures.length === 0) return null;
  const clock = report.network.kind === 'simulated' ? 'virtual time' : 'the clock of this machine';
  return {
    id: 'over-time',
    title: 'As it went',
    text: [
      `What arrived and was verified, by ${clock} since the first workload began. The first step holds the time until the first byte.`,
    ],
    figures,
  };
}

/** Two points are a slope, not a course. */
const STEPS_MIN = 4;

/** What a reader asks about first. */
const ORDER: readonly unknown[] = ['tunnel', 'page', 'message'];
const TITLES: Readonly<Record<string, string>> = { tunnel: 'tunnel', message: 'raw units', page: 'pages' };

/** A carrier's own axis: what one carries in a second takes another a minute. */
function panel(lines: readonly GoodputLine[], report: Report): Figure {
  const { workload, carrier } = lines[0]!.of;
  const same = [...commonTags(lines.map(({ of }) => ({ tags: of }))), 'workload', 'carrier'];
  const label = (of: Tags): string => tagText(of, same) || carrierName(String(carrier));
  const shown = [...new Set(lines.map(({ of }) => label(of)))];
  return {
    caption: `${carrierName(String(carrier))}, ${TITLES[String(workload)]}`,
    chart: {
      kind: 'lines',
      label: `Goodput over ${carrierName(String(carrier)).toLowerCase()} against time, ${many(lines.length, 'transfer')} one after the other`,
      x: { title: 'Since the workloads began', scale: 'linear', unit: 'ms' },
      y: { title: 'Goodput', scale: 'linear', unit: 'B/s', min: 0 },
      series: lines.map(
        (line, i): Series => ({
          label: lines.slice(0, i).some(({ of }) => label(of) === label(line.of)) ? '' : label(line.of),
          tone: shown.length > 1 && workload !== 'tunnel' ? stepTone(shown.indexOf(label(line.of))) : toneOf(String(carrier)),
          dash: line.of.direction === 'up',
          filled: true,
          points: line.bytesPerS.map((rate, step) => [line.fromMs + (step + 0.5) * line.stepMs, rate] as const),
        }),
      ),
      marks: marks(lines, report),
    },
    table: bounded(
      [
        { title: 'What', kind: 'text' },
        ...['From', 'To', 'Slowest step', 'Mean', 'Fastest step', 'Step'].map((title) => ({ title, kind: 'number' as const })),
      ],
      lines.map((line) => {
        const { of, fromMs, stepMs, bytesPerS } = line;
        const rates = [Math.min(...bytesPerS), bytesPerS.reduce((sum, rate) => sum + rate, 0) / bytesPerS.length, Math.max(...bytesPerS)];
        return [
          label(of),
          quantity(fromMs, 'ms'),
          quantity(fromMs + stepMs * bytesPerS.length, 'ms'),
          ...rates.map((rate) => quantity(rate, 'B/s')),
          `${exact(Math.round(stepMs))} ms`,
        ];
      }),
      'report.json',
    ),
  };
}

/** What was done to the network while these lines were drawn. */
function marks(lines: readonly GoodputLine[], { timeline }: Report): readonly Mark[] {
  const from = Math.min(...lines.map(({ fromMs }) => fromMs));
  const to = Math.max(...lines.map(({ fromMs, stepMs, bytesPerS }) => fromMs + stepMs * bytesPerS.length));
  return eventMarks((timeline?.events ?? []).filter(({ atMs }) => atMs >= from && atMs <= to));
}
