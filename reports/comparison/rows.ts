/** A comparison as rows of words: what text and markdown share. */
import type { Comparison, MetricComparison } from '../../sim/compare/comparison.ts';
import { EXACT_MAX } from '../../sim/compare/mann-whitney.ts';
import { many, quantity } from '../format.ts';
import { metricTitle, tagText, unitOf } from '../labels.ts';
import type { Column } from '../section.ts';

export const COLUMNS: readonly Column[] = [
  { title: 'Verdict', kind: 'text' },
  { title: 'Metric', kind: 'text' },
  { title: 'Base', kind: 'number' },
  { title: 'Head', kind: 'number' },
  { title: 'Change', kind: 'number' },
  { title: 'Noise', kind: 'number' },
  { title: 'p (Holm)', kind: 'number' },
  { title: 'Could find', kind: 'number' },
];

export function judgedRows({ metrics }: Comparison): readonly (readonly string[])[] {
  return metrics.filter(({ verdict }) => verdict !== null).map(row);
}

export function shownRows({ metrics }: Comparison): readonly (readonly string[])[] {
  return metrics.filter(({ verdict }) => verdict === null).map((metric) => row(metric).filter((_, column) => SHOWN.includes(column)));
}

/** Those that are not judged have no verdict and no p. */
const SHOWN = [1, 2, 3, 4, 5, 7];
export const SHOWN_COLUMNS = COLUMNS.filter((_, column) => SHOWN.includes(column));

function row(metric: MetricComparison): readonly string[] {
  const unit = unitOf(metric.name);
  return [
    metric.verdict ?? '',
    nameOf(metric),
    quantity(metric.base.median, unit),
    quantity(metric.head.median, unit),
    changeOf(metric),
    noiseOf(metric),
    metric.adjustedP === null ? '–' : pText(metric.adjustedP),
    metric.detectable === null ? '–' : share(metric.detectable),
  ];
}

/** `Payment latency, p50 · 5 hops`. */
export function nameOf({ name, tags, stat }: Pick<MetricComparison, 'name' | 'tags' | 'stat'>): string {
  const words = [stat === 'value' ? '' : stat, tagText(tags)].filter((part) => part !== '').join(' · ');
  return words === '' ? metricTitle(name) : `${metricTitle(name)}, ${words}`;
}

/** `+9.8 % (+6.1 … +13 %)`. */
function changeOf({ ratio, interval, base, head }: MetricComparison): string {
  if (ratio === null) return base.median === head.median && base.median !== null ? 'none' : '–';
  if (ratio === 1 && interval === null) return 'none';
  const around = interval === null ? '' : ` (${signed(interval[0] - 1).replace(/ %$/u, '')} … ${signed(interval[1] - 1)})`;
  return `${signed(ratio - 1)}${around}`;
}

/** The larger of the two sides' standard deviations, over their means. */
function noiseOf({ base, head, class: kind }: MetricComparison): string {
  const cvs = [base.cv, head.cv].filter((cv) => cv !== null);
  return kind === 'exact' || cvs.length === 0 ? '–' : share(Math.max(...cvs));
}

function signed(change: number): string {
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${share(Math.abs(change))}`;
}

export function share(part: number): string {
  return `${Number((100 * part).toPrecision(part < 0.1 ? 2 : 3))} %`;
}

function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p >= 0.995 ? '1' : String(Number(p.toPrecision(2)));
}

/** `image:a (10 runs)`. */
export function sideText({ label, runs }: Comparison['base']): string {
  return `${label} (${many(runs, 'run')})`;
}

/** What stands under the table: by what rules, and how small a change this rules out. */
export function method({ level, confidence, power, metrics, same }: Comparison): readonly string[] {
  const noisy = metrics.filter(({ verdict, p }) => verdict !== null && p !== null);
  if (noisy.length === 0) return [];
  const margins = [...new Set(noisy.map(({ margin }) => share(margin)))].join(', ');
  const exact = noisy.every(({ base, head }) => base.values.length + head.values.length <= EXACT_MAX);
  const how = exact ? 'exact' : `exact up to ${EXACT_MAX} runs in all, by its normal approximation beyond`;
  return [
    `Mann–Whitney on one figure a run, ${how}; Holm over ${many(noisy.length, 'metric')}: equal sides raise any false alarm at most ${share(level)} of the time. Change: ratio of medians with its ${share(confidence)} bootstrap interval; margin ${margins}. Could find: the smallest change that so many runs with this noise find ${share(power)} of the time.`,
    ...(same ? ['Both sides are the same: what differs is the noise of this machine, and "could find" is its floor.'] : []),
  ];
}

/** Sentences on those whose verdict needs one. */
export function reasons({ metrics }: Comparison): readonly string[] {
  return metrics
    .filter(({ verdict }) => verdict !== null && verdict !== 'no change')
    .map((metric) => `${nameOf(metric)}: ${metric.verdict}: ${metric.reason}`);
}
