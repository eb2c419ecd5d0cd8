/** report.html: what a run found, as a page. */
import type { Findings } from '../../sim/measure/report.ts';
import { answer } from '../answer.ts';
import { day } from '../format.ts';
import { sections } from '../sections.ts';
import { answerHtml } from './answer.ts';
import { documentHtml } from './document.ts';
import { htmlText } from './escape.ts';

/** The page. `library` is chart.js' UMD build, ready to stand in a script element (chart-library.ts). */
export function reportHtml(findings: Findings, library: string): string {
  const { report } = findings;
  const page = {
    title: report.scenario,
    header: answerHtml(report, answer(report)),
    sections: sections(findings),
    footer:
      `Made by Leyden ${htmlText(report.host.leyden)} on ${htmlText(day(report.host.endedAt))}. ` +
      'The figures behind this page: <code>report.json</code>, <code>summary.csv</code>, <code>samples.csv</code>.',
  };
  return documentHtml(page, library);
}
