/** The few lines that `sim run` ends with on a terminal. */
import type { Report } from '../sim/measure/report.ts';
import { answer } from './answer.ts';
import { plain } from './plain.ts';
import type { Table } from './section.ts';

/** Lines without their line breaks, no colour; `place` is where the report is. */
export function summaryLines(report: Report, place: string): readonly string[] {
  const { network, ended, carriers, figures, verdict, thresholds, warnings } = answer(report);
  return [
    report.question,
    network,
    ...(ended === null ? [] : [`This run did not reach its end: ${ended}`]),
    ...(carriers === null ? [] : ['', `${carriers.caption}:`, ...aligned(carriers.table)]),
    ...(figures.length === 0 ? [] : ['', ...figures.map(({ figure, of }) => `  ${of}: ${figure}`)]),
    '',
    ...thresholds.map(({ text, measured, passed }) => `  ${passed ? 'pass' : 'FAIL'}  ${text}  (measured ${measured})`),
    ...warnings.map((warning) => `  warning: ${warning}`),
    `${verdict.text}. Report: ${place}`,
  ].map(plain);
}

/** Columns as wide as their widest cell, figures to the right. */
export function aligned({ columns, rows }: Table): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)));
  return all.map((row) =>
    `  ${row.map((cell, i) => (columns[i]?.kind === 'number' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`.trimEnd(),
  );
}
