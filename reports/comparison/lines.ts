/** A comparison as a terminal shows it. */
import type { Comparison } from '../../sim/compare/comparison.ts';
import { many } from '../format.ts';
import { plain } from '../plain.ts';
import { aligned } from '../summary-lines.ts';
import { COLUMNS, judgedRows, method, reasons, shownRows, sideText } from './rows.ts';

/** Lines without their line breaks; `place` is where its files are, null: nowhere. */
export function comparisonLines(comparison: Comparison, place: string | null): readonly string[] {
  const { scenario, network, base, head, differences, notes, verdict } = comparison;
  const shown = shownRows(comparison).length;
  return [
    `${scenario}, ${network}: ${sideText(base)} against ${sideText(head)}`,
    ...differences.map(({ kind, text }) => `  differs, as allowed: ${kind}: ${text}`),
    ...notes.map((note) => `  ${note}`),
    '',
    ...aligned({ columns: COLUMNS, rows: judgedRows(comparison) }),
    ...(shown === 0 ? [] : [`  ${many(shown, 'further metric')} shown in the files and not judged`]),
    '',
    ...reasons(comparison).map((reason) => `  ${reason}`),
    ...method(comparison).map((line) => `  ${line}`),
    `${verdict[0]!.toUpperCase()}${verdict.slice(1)}.${place === null ? '' : ` Comparison: ${place}`}`,
  ].map(plain);
}
