/** A comparison as a comment on GitHub shows it. */
import type { Comparison, Verdict } from '../../sim/compare/comparison.ts';
import { many } from '../format.ts';
import { code, markdownText, tableMarkdown } from '../markdown.ts';
import { COLUMNS, judgedRows, method, reasons, SHOWN_COLUMNS, shownRows, sideText } from './rows.ts';

const MARKS: Readonly<Record<Verdict, string>> = { regression: '❌', improvement: '🚀', 'no change': '✅', inconclusive: '❔' };

export function comparisonMarkdown(comparison: Comparison): string {
  const { scenario, question, network, base, head, differences, notes, verdict } = comparison;
  const shown = shownRows(comparison);
  const parts = [
    `## ${MARKS[verdict]} ${markdownText(question)}`,
    `**${verdict[0]!.toUpperCase()}${verdict.slice(1)}.** ${code(scenario)}, ${network}: ${markdownText(sideText(base))} against ${markdownText(sideText(head))}.`,
    differences.map(({ kind, text }) => `- differs, as allowed: ${kind}: ${markdownText(text)}`).join('\n'),
    notes.map((note) => `- ⚠️ ${markdownText(note)}`).join('\n'),
    tableMarkdown({
      columns: COLUMNS,
      rows: judgedRows(comparison).map(([word = '', ...cells]) => [`${MARKS[word as Verdict]} ${word}`, ...cells]),
    }),
    reasons(comparison)
      .map((reason) => `- ${markdownText(reason)}`)
      .join('\n'),
    method(comparison)
      .map((line) => markdownText(line))
      .join(' '),
    shown.length === 0
      ? ''
      : `<details><summary>${many(shown.length, 'further metric')}, shown and not judged</summary>\n\n${tableMarkdown({ columns: SHOWN_COLUMNS, rows: shown })}\n\n</details>`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
