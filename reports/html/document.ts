/** A page that stands by itself: one file that opens from disk, with nothing to fetch. */
import { createHash } from 'node:crypto';
import { boundedChart } from '../bounded-chart.ts';
import { quantity } from '../format.ts';
import type { Chart, Figure, Section } from '../section.ts';
import { draw } from './draw.ts';
import { htmlText, jsonForScript } from './escape.ts';
import { graphSvg } from './graph.ts';
import { STYLE } from './style.ts';
import { tableHtml } from './table.ts';

export interface Document {
  readonly title: string;
  /** HTML, made by who calls. */
  readonly header: string;
  readonly footer: string;
  readonly sections: readonly Section[];
}

/** `library` is chart.js' UMD build, ready to stand in a script element (chart-library.ts). */
export function documentHtml({ title, header, footer, sections }: Document, library: string): string {
  const charts: Chart[] = [];
  const body = sections.map((section) => sectionHtml(section, charts)).join('\n');
  const script = `(${draw})(${quantity});`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([library, script])}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(title)} · Leyden</title>
<style>${STYLE}</style>
</head>
<body>
<header>
${header}
</header>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => `<li><a href="#${id}">${htmlText(title)}</a></li>`).join('')}</ul></nav>
<main>
${body}
</main>
<footer><p>${footer}</p></footer>
<script type="application/json" id="charts">${jsonForScript(charts)}</script>
<script>${library}</script>
<script>${script}</script>
</body>
</html>
`;
}
/** Nothing from anywhere; of scripts and styles only these very bytes. */
function policy(scripts: readonly string[]): string {
  const hash = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
  return `default-src 'none'; script-src ${scripts.map(hash).join(' ')}; style-src ${hash(STYLE)}; base-uri 'none'; form-action 'none'`;
}

function sectionHtml(section: Section, charts: Chart[]): string {
  const text = section.text.map((paragraph) => `<p>${htmlText(paragraph)}</p>`).join('\n');
  const figures = section.figures.map((figure) => figureHtml(figure, section, charts)).join('\n');
  const plates = figures === '' ? '' : `<div class="plates">\n${figures}\n</div>`;
  return `<section id="${section.id}" aria-labelledby="${section.id}-title">\n<h2 id="${section.id}-title">${htmlText(section.title)}</h2>\n${text}\n${plates}\n</section>`;
}

/** A chart folds its table away; a table that is all there is stands open, unless it is long. */
function figureHtml(figure: Figure, section: Section, charts: Chart[]): string {
  const table = tableHtml(figure.table, figure.caption);
  const drawn = figure.chart !== undefined || figure.graph !== undefined;
  const folded = drawn || figure.table.rows.length > OPEN_ROWS_MAX;
  const below = folded ? `<details><summary>${drawn ? 'As a table' : 'Show the table'}</summary>${table}</details>` : table;
  const wide = section.figures.length === 1 || figure.wide === true || figure.graph !== undefined || !drawn;
  const graph = figure.graph === undefined ? '' : graphSvg(figure.graph);
  const canvas = figure.chart === undefined ? '' : canvasHtml(figure.chart, charts);
  return `<figure class="${[wide ? 'wide' : '', rows(figure.chart)].join(' ').trim()}"><h3>${htmlText(figure.caption)}</h3>\n${graph}${canvas}${below}</figure>`;
}

const OPEN_ROWS_MAX = 24;

function canvasHtml(chart: Chart, charts: Chart[]): string {
  const index = charts.push(boundedChart(chart)) - 1;
  return `<div class="canvas"><canvas id="chart-${index}" role="img" aria-label="${htmlText(chart.label)}"></canvas></div>`;
}

/** A chart of rows is as high as its rows ask for. */
function rows(chart: Chart | undefined): string {
  if (chart === undefined || chart.kind === 'lines') return '';
  const count = chart.rows.length + (chart.kind === 'dots' ? 1 : 0);
  return `rows${[3, 6, 12].find((size) => count <= size) ?? 24}`;
}
