/** A report from disk. Files come from anywhere: they are bounded and checked before they are believed. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ScenarioError } from '../../nodes/errors.ts';
import type { Report } from './report.ts';
import { reportSchema } from './report-schema.ts';

/** One of 15,000 nodes and 52,000 channels has some 30 MB. */
const BYTES_MAX = 256 * 2 ** 20;
const PROBLEMS_SHOWN = 5;

/** `place`: a report.json, or the folder that holds one. Throws ScenarioError that names the place and what is wrong there. */
export async function readReport(place: string): Promise<Report> {
  const file = await fileAt(place);
  const text = await boundedText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ScenarioError(`${file}: expected a report in JSON, ${(cause as Error).message}`, { cause, hint: HINT });
  }
  return reportOf(value, file);
}

/** Throws ScenarioError; `file` names it there. */
export function reportOf(value: unknown, file: string): Report {
  const named = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof named === 'string' && named !== 'leyden.report/1')
    throw new ScenarioError(`${file}: expected schema leyden.report/1, found ${named.slice(0, 60)}`, {
      hint: 'read it with the Leyden that wrote it',
    });
  const read = reportSchema.safeParse(value);
  if (read.success) return value as Report;
  const problems = read.error.issues
    .slice(0, PROBLEMS_SHOWN)
    .map(({ path, message }) => `${file}: ${path.map(String).join('.') || 'report'}: ${message}`);
  throw new ScenarioError(problems.join('\n'), { hint: HINT });
}

const HINT = 'a report is the folder (or its report.json) that `sim run` names at its end';

async function fileAt(place: string): Promise<string> {
  const found = await stat(place).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    throw new ScenarioError(`${place}: expected a report, ${found.code === 'ENOENT' ? 'nothing is there' : found.message}`, { hint: HINT });
  return found.isDirectory() ? join(place, 'report.json') : place;
}

async function boundedText(file: string): Promise<string> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > BYTES_MAX) throw new ScenarioError(`${file}: expected at most ${BYTES_MAX} B, found ${size}`, { hint: HINT });
    return await handle.readFile('utf8');
  } catch (cause) {
    if (cause instanceof ScenarioError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new ScenarioError(
      `${file}: expected a report, ${code === 'ENOENT' ? 'no report.json is there: the run did not reach its end' : message}`,
      { cause, hint: HINT },
    );
  }
}
