/** A scenario's rows as a table: LND, how far its runs lie apart, the model, the ratio with its interval, and whether it will do. */
import type { Row, RowVerdict, ScenarioValidation } from '../../sim/validate/validation.ts';
import { quantity } from '../format.ts';
import { metricTitle, tagText, unitOf } from '../labels.ts';
import type { Table } from '../section.ts';

const VERDICT_WORDS: Readonly<Record<RowVerdict, string>> = {
  good: 'good',
  out: 'OUT',
  known: 'known',
  absent: 'MISSING',
  shown: 'shown',
};

const ORDER: readonly RowVerdict[] = ['out', 'absent', 'known', 'good', 'shown'];

/** What is judged, what is out of bounds first; `all`: what is only shown, too, at the end. */
export function rowsTable({ rows }: ScenarioValidation, which: 'judged' | 'all'): Table {
  const sorted = rows
    .filter(({ rule }) => which === 'all' || rule !== 'shown')
    .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const runs = Math.max(1, ...rows.map(({ realRuns = [] }) => realRuns.length));
  return {
    columns: [
      { title: 'Figure', kind: 'text' },
      { title: 'LND', kind: 'number' },
      ...(runs > 1 ? [{ title: `Of ${runs} runs`, kind: 'number' } as const] : []),
      { title: 'Simulated', kind: 'number' },
      { title: 'Ratio', kind: 'number' },
      { title: '95 %', kind: 'number' },
      { title: 'Asked', kind: 'text' },
      { title: 'Verdict', kind: 'text' },
    ],
    rows: sorted.map((row) => [
      rowTitle(row),
      shown(row, row.real),
      ...(runs > 1 ? [range(row)] : []),
      shown(row, row.simulated),
      row.ratio === null ? '–' : row.ratio.toFixed(2),
      row.interval === null ? '–' : `${row.interval[0].toFixed(2)} … ${row.interval[1].toFixed(2)}`,
      row.rule === 'equal' ? 'equal' : row.rule === 'within' ? 'within 20 %' : '–',
      VERDICT_WORDS[row.verdict],
    ]),
  };
}

export function rowTitle({ metric, tags, stat }: Row): string {
  return [metricTitle(metric), stat === 'p50' ? 'median' : '', tagText(tags)].filter(Boolean).join(', ');
}

/** Why a figure is what it is, where there is something to say: known differences, what is missing, real runs that contradict one another. */
export function reasons({ rows }: ScenarioValidation): readonly string[] {
  const told = rows.filter(({ verdict, reason }) => reason !== null && ['known', 'absent', 'out'].includes(verdict));
  return [...Map.groupBy(told, ({ reason }) => reason)].map(([reason, of]) => `${of.map(rowTitle).join('; ')}: ${reason}`);
}

export function count(rows: readonly Row[], ...verdicts: readonly RowVerdict[]): number {
  return rows.filter(({ verdict }) => verdicts.includes(verdict)).length;
}

/** `21 of 24 figures are as asked, 2 are known to differ, 1 is out of bounds`. */
export function tally({ rows }: ScenarioValidation): string {
  const judged = rows.filter(({ rule }) => rule !== 'shown');
  const [known, out, absent] = [count(judged, 'known'), count(judged, 'out'), count(judged, 'absent')];
  return [
    `${count(judged, 'good')} of ${judged.length} figures are as asked`,
    ...(known > 0 ? [`${known} known to differ`] : []),
    ...(out > 0 ? [`${out} out of bounds`] : []),
    ...(absent > 0 ? [`${absent} missing on one network`] : []),
  ].join(', ');
}

/** The least and the most of the real runs; `, in 2` where others have no such figure. */
function range(row: Row): string {
  const { realRuns = [] } = row;
  const figures = realRuns.filter((figure) => figure !== null);
  if (figures.length === 0) return '–';
  const ends = new Set([Math.min(...figures), Math.max(...figures)].map((figure) => shown(row, figure)));
  return `${[...ends].join(' … ')}${figures.length === realRuns.length ? '' : `, in ${figures.length}`}`;
}

function shown({ metric }: Row, value: number | null): string {
  return quantity(value, unitOf(metric));
}
