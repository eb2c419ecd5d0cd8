/** report.md: what the page says, as a comment on GitHub shows it. Long tables are folded. */
import type { Findings } from '../sim/measure/report.ts';
import { type Answer, answer } from './answer.ts';
import { plain } from './plain.ts';
import type { Column, Figure, Table } from './section.ts';
import { sections } from './sections.ts';

export function reportMarkdown(findings: Findings): string {
  const { report } = findings;
  const parts = [
    `## ${markdownText(report.question)}`,
    `${verdictMark(report.thresholds.length, answer(report))} ${code(report.scenario)}, seed ${report.seed}. ${markdownText(answer(report).network)}`,
    ...answerParts(answer(report)),
    ...sections(findings).flatMap((section) => [
      `### ${markdownText(section.title)}`,
      ...section.text.map(markdownText),
      ...section.figures.filter((figure, i) => figure.table !== section.figures[i - 1]?.table).map(figureMarkdown),
    ]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function verdictMark(thresholds: number, { verdict }: Answer): string {
  if (!verdict.good) return `❌ **${verdict.text}.**`;
  return thresholds === 0 ? `${verdict.text}.` : `✅ **${verdict.text}.**`;
}

function answerParts({ ended, carriers, figures, thresholds, warnings }: Answer): readonly string[] {
  return [
    ended === null ? '' : `> **This run did not reach its end.** ${markdownText(ended)}  \n> What follows was measured before that.`,
    carriers === null ? '' : `${markdownText(carriers.caption)}:\n\n${tableMarkdown(carriers.table)}`,
    figures.map(({ figure, of }) => `- ${markdownText(of)}: **${markdownText(figure)}**`).join('\n'),
    thresholds
      .map(({ text, measured, passed }) => `- ${passed ? '✅ pass' : '❌ FAIL'} ${code(text)} measured ${markdownText(measured)}`)
      .join('\n'),
    warnings.length === 0
      ? ''
      : `Before you trust these figures:\n\n${warnings.map((warning) => `- ⚠️ ${markdownText(warning)}`).join('\n')}`,
  ];
}

function figureMarkdown({ caption, table }: Figure): string {
  const body = tableMarkdown(table);
  if (table.rows.length <= OPEN_ROWS_MAX) return `**${markdownText(caption)}**\n\n${body}`;
  return `<details><summary>${markdownText(caption)}</summary>\n\n${body}\n\n</details>`;
}

const OPEN_ROWS_MAX = 12;

export function tableMarkdown({ columns, rows, more }: Table): string {
  const cells = (row: readonly string[]): string => `| ${row.map((cell, i) => cellMarkdown(cell, columns[i])).join(' | ')} |`;
  const shown = rows.slice(0, ROWS_MAX);
  const left = rows.length - shown.length;
  return [
    `| ${columns.map(({ title }) => markdownText(title)).join(' | ')} |`,
    `|${columns.map(({ kind }) => (kind === 'number' ? '--:' : '---')).join('|')}|`,
    ...shown.map(cells),
    ...(left > 0 || more !== undefined
      ? ['', left > 0 ? `${left} more rows in report.html and the CSV files` : markdownText(more ?? '')]
      : []),
  ].join('\n');
}

/** GitHub takes 65,536 characters in a comment. */
const ROWS_MAX = 60;

function cellMarkdown(cell: string, column: Column | undefined): string {
  if (cell === '') return '';
  // In a table a bar ends the cell, in code too.
  return column?.kind === 'name' ? code(cell).replaceAll('|', '\\|') : markdownText(cell);
}

/** Text that stays text: no markup, no HTML, no mention (@), no link to an issue (#) or address. */
export function markdownText(text: string): string {
  return plain(text)
    .replaceAll(/[\\`*_{}[\]<>|~&!$]/g, (character) => (character === '&' ? '&amp;' : character === '<' ? '&lt;' : `\\${character}`))
    .replaceAll(/[@#](?=\w)|:(?=\/\/)|www(?=\.)/gi, '$&<!-- -->')
    .replace(/^(\s*)([-+#=](?=[\s\-+#=]|$))/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2');
}

/** A name as code: a fence longer than any run of backticks inside. */
export function code(text: string): string {
  const inside = plain(text);
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[`\s]|[`\s]$/.test(inside) || inside === '' ? ' ' : '';
  return `${fence}${pad}${inside}${pad}${fence}`;
}
