/** The reports of several runs of one scenario as one: every figure with all its runs, tagged by the axes of the matrix. */

import { seriesOf } from './compare/figures.ts';
import { median } from './compare/noisy.ts';
import type { Host, Metric, Report, RunRecord, ThresholdResult } from './measure/report.ts';
import { worst } from './measure/thresholds.ts';
import type { Cell } from './scenario/matrix.ts';
import type { Plan } from './scenario/plan.ts';

export interface FinishedRun {
  readonly cell: Cell;
  readonly repeat: number;
  /** From the folder of the report over all. */
  readonly path: string;
  readonly report: Report;
}

/** @param ended why not all runs are here; null: they are. `runs` is not empty, and in order. */
export function topReport(plan: Plan, runs: readonly FinishedRun[], host: Host, ended: Report['ended']): Report {
  const [{ report: first }] = runs as [FinishedRun];
  const { trace: _, ...versions } = first.network.versions;
  return {
    schema: 'leyden.report/1',
    scenario: plan.name,
    question: plan.question,
    seed: plan.seed,
    network: { ...first.network, versions },
    host,
    plan,
    phases: first.phases,
    metrics: metricsOver(runs),
    thresholds: thresholdsOver(plan, runs),
    accounting: first.accounting,
    warnings: unique(runs.flatMap(({ report }) => report.warnings)),
    notes: unique(runs.flatMap(({ report }) => report.notes ?? [])),
    ended: ended ?? broken(runs),
    channels: first.channels,
    runs: runs.map(({ cell, repeat, path, report }): RunRecord => ({ cell, repeat, seed: report.seed, path, ended: report.ended })),
    ...(plan.matrix && { matrix: plan.matrix }),
  };
}

/** By metric, then by cell, in the order in which they came. */
function metricsOver(runs: readonly FinishedRun[]): Metric[] {
  const cells = [...Map.groupBy(runs, ({ cell }) => JSON.stringify(cell)).values()];
  const series = cells.map((ofCell) => ({ cell: ofCell[0]!.cell, each: ofCell.map(({ report }) => seriesOf(report)) }));
  const keys = unique(series.flatMap(({ each }) => each.flatMap((one) => [...one.keys()])));
  return keys.flatMap((key) =>
    series.flatMap(({ cell, each }) => {
      const found = each.find((one) => one.has(key))?.get(key);
      if (found === undefined) return [];
      const { metric, stat, headline } = found;
      const { value: _value, summary: _summary, headline: _headline, tags, ...kept } = metric;
      const figures = each.map((one) => one.get(key)?.figures[0]?.value ?? null);
      const known = figures.filter((figure) => figure !== null);
      return [
        {
          ...kept,
          ...(headline && { headline }),
          tags: { ...tags, ...cell },
          ...(known.length > 0 && { value: median(known) }),
          ...(stat !== 'value' && { stat }),
          runs: figures,
        },
      ];
    }),
  );
}

/** Passed where every run that it is about passed; the figure is the worst of them, or of those that failed. */
function thresholdsOver(plan: Plan, runs: readonly FinishedRun[]): ThresholdResult[] {
  const results = runs.flatMap(({ report }) => report.thresholds);
  return plan.thresholds.flatMap((threshold) => {
    const own = results.filter(({ text, at }) => text === threshold.text && at === threshold.at);
    if (own.length === 0) return [];
    const failed = own.filter(({ passed }) => !passed);
    const measured = (failed.length > 0 ? failed : own).map((result) => result.measured);
    const numbers = measured.filter((value) => value !== null);
    const whole = numbers.length === measured.length;
    return [{ ...own[0]!, passed: failed.length === 0, measured: whole ? worst(numbers, threshold) : null }];
  });
}

function broken(runs: readonly FinishedRun[]): Report['ended'] {
  const ended = runs.flatMap(({ report }) => report.ended ?? []);
  if (ended.length === 0) return null;
  const [first] = ended as [NonNullable<Report['ended']>];
  return { error: first.error, message: `${ended.length} of ${runs.length} runs did not reach their end; the first: ${first.message}` };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
