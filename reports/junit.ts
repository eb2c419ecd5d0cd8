/** JUnit XML, which every CI reads: thresholds of a run, verdicts of a comparison, each a test case. */
import junitReportBuilder, { type Builder } from 'junit-report-builder';
import type { Comparison } from '../sim/compare/comparison.ts';
import type { Report } from '../sim/measure/report.ts';
import { nameOf, share } from './comparison/rows.ts';
import { quantity } from './format.ts';
import { plain } from './plain.ts';

/** The package is CommonJS: what its types call `default` is the module itself. */
const builder = junitReportBuilder as unknown as Builder;

/** A threshold that was missed is a failure, a run that did not reach its end an error. */
export function reportJUnit(report: Report): string {
  const { scenario, network, thresholds, ended, host } = report;
  const junit = builder.newBuilder();
  const suite = junit.testSuite().name(plain(`leyden.${scenario}`));
  suite.timestamp(host.startedAt).property('network', network.kind).property('seed', String(report.seed));
  const run = suite
    .testCase()
    .className(plain(scenario))
    .name('runs to its end')
    .time(host.wallMs / 1_000);
  if (ended !== null) run.error(plain(ended.message), plain(ended.error));
  for (const { text, at, measured, passed } of thresholds) {
    const one = suite.testCase().className(plain(scenario)).name(plain(text)).file(plain(at));
    if (!passed) one.failure(plain(`${at}: ${text}: measured ${measured ?? 'nothing'}`), 'threshold');
  }
  return junit.build();
}

/** A regression is a failure, a doubt an error: neither passes. */
export function comparisonJUnit(comparison: Comparison): string {
  const { scenario, base, head, network } = comparison;
  const junit = builder.newBuilder();
  const suite = junit.testSuite().name(plain(`leyden.${scenario}.compare`));
  suite.property('base', plain(base.label)).property('head', plain(head.label)).property('network', network);
  for (const metric of comparison.metrics) {
    if (metric.verdict === null) continue;
    const one = suite
      .testCase()
      .className(plain(scenario))
      .name(plain(nameOf(metric)));
    const figures = `${quantity(metric.base.median, metric.unit)} became ${quantity(metric.head.median, metric.unit)}${metric.ratio === null ? '' : ` (× ${metric.ratio.toPrecision(4)})`}`;
    const text = plain(`${metric.verdict}: ${figures}; ${metric.reason}`);
    if (metric.verdict === 'regression') one.failure(text, 'regression');
    else if (metric.verdict === 'inconclusive') one.error(text, 'inconclusive');
    else one.standardOutput(`${text}${metric.detectable === null ? '' : `; could find ${share(metric.detectable)}`}`);
  }
  return junit.build();
}
