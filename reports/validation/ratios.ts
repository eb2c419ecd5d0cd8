/** Ratios of model to LND as a strip: one row a figure, on a scale where half and double stand equally far from one, the band of what is asked behind. */
import type { Row } from '../../sim/validate/validation.ts';
import { WITHIN } from '../../sim/validate/validation.ts';
import { htmlText } from '../html/escape.ts';
import { rowTitle } from './table.ts';

const WIDTH = 860;
const NAMES = 430;
const ROW = 20;
const TOP = 26;
/** What is further out is drawn at the edge. */
const EDGE = 3;
const MARKS = [1 / 3, 1 / 2, 1 - WITHIN, 1, 1 + WITHIN, 2, 3];

/** '' where nothing is judged by its ratio. */
export function ratiosSvg(rows: readonly Row[]): string {
  const judged = rows.filter(({ rule, ratio }) => rule === 'within' && ratio !== null);
  if (judged.length === 0) return '';
  const height = TOP + judged.length * ROW + 8;
  const marks = MARKS.map(
    (mark) =>
      `<line x1="${at(mark)}" x2="${at(mark)}" y1="${TOP - 6}" y2="${height}" stroke="var(--${mark === 1 ? 'ink' : 'grid'})"/>` +
      `<text x="${at(mark)}" y="${TOP - 12}" text-anchor="middle" fill="var(--soft)" font-size="11">${mark.toFixed(2).replace(/\.?0+$/, '')}</text>`,
  );
  const band = `<rect x="${at(1 - WITHIN)}" width="${at(1 + WITHIN) - at(1 - WITHIN)}" y="${TOP - 6}" height="${height - TOP + 6}" fill="var(--good)" opacity="0.1"/>`;
  const label = `Ratio of simulated to real for ${judged.length} figures; the band is ${WITHIN * 100} % around one`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="${htmlText(label)}">${band}${marks.join('')}${judged.map(rowSvg).join('')}</svg>`;
}

function rowSvg(row: Row, index: number): string {
  const y = TOP + index * ROW + ROW / 2;
  const tone = row.verdict === 'good' ? 'good' : row.verdict === 'known' ? 'warn' : 'bad';
  const interval = row.interval
    ? `<line x1="${at(row.interval[0])}" x2="${at(row.interval[1])}" y1="${y}" y2="${y}" stroke="var(--${tone})" stroke-width="2"/>`
    : '';
  return (
    `<text x="${NAMES - 14}" y="${y + 4}" text-anchor="end" fill="var(--ink)" font-size="12">${htmlText(rowTitle(row))}</text>` +
    `${interval}<circle cx="${at(row.ratio!)}" cy="${y}" r="4" fill="var(--${tone})"/>`
  );
}

function at(ratio: number): number {
  const share = Math.log(Math.min(EDGE, Math.max(1 / EDGE, ratio))) / Math.log(EDGE);
  return Math.round(NAMES + 10 + ((share + 1) / 2) * (WIDTH - NAMES - 30));
}
