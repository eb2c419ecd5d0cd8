/** The top of the page: question, network, what ended the run if something did, figures, thresholds, warnings. */
import type { Report } from '../../sim/measure/report.ts';
import type { Answer } from '../answer.ts';
import { day, exact } from '../format.ts';
import { htmlText } from './escape.ts';
import { tableHtml } from './table.ts';

export function answerHtml(report: Report, answer: Answer): string {
  return [
    `<p class="eyebrow">${htmlText(report.scenario)} · ${seedText(report)} · ${htmlText(day(report.host.startedAt))}</p>`,
    `<h1>${htmlText(answer.question)}</h1>`,
    networkHtml(report, answer.network),
    answer.ended === null
      ? ''
      : `<div class="banner" role="note"><p><strong>This run did not reach its end.</strong> ${htmlText(answer.ended)}</p><p>What follows was measured before that.</p></div>`,
    answer.carriers === null
      ? ''
      : `<div class="carriers"><h2>${htmlText(answer.carriers.caption)}</h2>${tableHtml(answer.carriers.table, answer.carriers.caption)}</div>`,
    answer.figures.length === 0
      ? ''
      : `<dl class="figures">${answer.figures.map(({ figure, of }) => `<div><dt>${htmlText(of)}</dt><dd>${htmlText(figure)}</dd></div>`).join('')}</dl>`,
    `<p class="verdict ${answer.verdict.good ? 'good' : 'bad'}">${htmlText(answer.verdict.text)}</p>`,
    thresholdsHtml(answer),
    answer.warnings.length === 0
      ? ''
      : `<h2 class="small">Before you trust these figures</h2>\n<ul class="warnings">${answer.warnings.map((warning) => `<li>${htmlText(warning)}</li>`).join('')}</ul>`,
  ]
    .filter(Boolean)
    .join('\n');
}

function seedText({ seed, runs = [] }: Report): string {
  const seeds = [...new Set(runs.map((run) => run.seed))];
  if (seeds.length < 2) return `seed ${seed}`;
  return `${exact(runs.length)} runs, seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}`;
}

/** The first words say which network it was: they are set off. */
function networkHtml(report: Report, sentence: string): string {
  const words = report.network.kind === 'docker' ? 'Measured on real nodes in Docker' : 'Simulated';
  return `<p class="network">${htmlText(sentence).replace(words, `<strong>${words}</strong>`)}</p>`;
}

function thresholdsHtml(answer: Answer): string {
  if (answer.thresholds.length === 0) return '';
  const items = answer.thresholds.map(
    ({ text, measured, passed }) =>
      `<li><strong class="${passed ? 'good' : 'bad'}">${passed ? '✓ pass' : '✗ FAIL'}</strong><span><code>${htmlText(text)}</code> <span class="measured">measured ${htmlText(measured)}</span></span></li>`,
  );
  return `<ul class="thresholds" aria-label="Thresholds">\n${items.join('\n')}\n</ul>`;
}
