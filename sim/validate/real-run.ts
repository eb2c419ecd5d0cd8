/** A docker run that stands in a folder already, read back to be judged again: minutes of real nodes need not be spent on every change of the model. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ScenarioError } from '../../nodes/errors.ts';
import { METRICS, type MetricName } from '../measure/metrics.ts';
import { readReport } from '../measure/read-report.ts';
import type { Findings, Sample, Tags } from '../measure/report.ts';
import type { Plan } from '../scenario/plan.ts';
import { fingerprint } from './fingerprint.ts';

/** Samples are some tens of MB. */
const FILE_BYTES_MAX = 512 * 2 ** 20;
const COLUMNS_BEFORE_TAGS = 4;

/** Throws ScenarioError: no report, a simulated one, or of another scenario than `plan`. */
export async function readRealRun(folder: string, plan: Plan): Promise<Findings> {
  const report = await readReport(folder);
  if (report.network.kind !== 'docker')
    throw wrong(folder, `expected the report of a docker run, found one of a ${report.network.kind} network`);
  if (fingerprint(report.plan) !== fingerprint(plan))
    throw wrong(folder, `expected a run of ${plan.name} as it stands now, found one of ${report.scenario} with other nodes or workloads`);
  return { report, samples: samplesOf(await text(join(folder, 'samples.csv'))) };
}

async function text(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) throw wrong(path, `expected at most ${FILE_BYTES_MAX} B, found ${size} B`);
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof ScenarioError) throw cause;
    throw wrong(path, 'cannot be read', cause);
  }
}

/** Our own CSV: metric, unit, at_ms, value, a column a tag. No cell of it needs quotes, since names and tags are words and numbers. */
function samplesOf(csv: string): Sample[] {
  const [head = '', ...lines] = csv.split('\n');
  const tagNames = head.split(',').slice(COLUMNS_BEFORE_TAGS);
  return lines.flatMap((line): Sample[] => {
    const [metric = '', , atMs, value, ...cells] = line.split(',');
    if (!Object.hasOwn(METRICS, metric)) return [];
    const tags: Tags = Object.fromEntries(tagNames.flatMap((name, i) => (cells[i] ? [[name, cells[i]]] : [])));
    return [{ metric: metric as MetricName, tags, atMs: Number(atMs), value: Number(value) }];
  });
}

function wrong(place: string, what: string, cause?: unknown): ScenarioError {
  return new ScenarioError(`${place}: ${what}`, { cause, hint: 'leave --real away: `sim validate` then runs docker itself' });
}
