/** A table in a frame of its own that scrolls sideways, by keyboard too, where a screen is too narrow for it. */
import type { Column, Table } from '../section.ts';
import { htmlText } from './escape.ts';

export function tableHtml(table: Table, caption: string): string {
  const head = table.columns.map((column) => `<th scope="col"${number(column)}>${htmlText(column.title)}</th>`).join('');
  const rows = table.rows.map((row) => `<tr>${row.map((cell, i) => cellHtml(cell, i, table.columns[i])).join('')}</tr>`).join('\n');
  const more = table.more === undefined ? '' : `<p class="more">${htmlText(table.more)}</p>`;
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${htmlText(caption)}, table"><table><caption class="unseen">${htmlText(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>\n${rows}\n</tbody></table></div>${more}`
  );
}

function cellHtml(cell: string, index: number, column: Column | undefined): string {
  const text = column?.kind === 'name' ? `<code>${htmlText(cell)}</code>` : htmlText(cell);
  return index === 0 ? `<th scope="row">${text}</th>` : `<td${number(column)} data-title="${htmlText(column?.title ?? '')}">${text}</td>`;
}

function number(column: Column | undefined): string {
  return column?.kind === 'number' ? ' class="number"' : '';
}
