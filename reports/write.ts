/** A run's findings into its folder: all six files whole, or none under its own name. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../nodes/errors.ts';
import type { Findings } from '../sim/measure/report.ts';
import { boundedReport } from './bounded-report.ts';
import { samplesCsv, summaryCsv } from './csv.ts';
import { chartLibrary } from './html/chart-library.ts';
import { reportHtml } from './html/page.ts';
import { reportJson } from './json.ts';
import { reportJUnit } from './junit.ts';
import { reportMarkdown } from './markdown.ts';

/**
 * Writes report.json, samples.csv, summary.csv, report.md, report.xml (JUnit) and report.html; makes the folder. Each file goes to a temporary name and
 * to disk first; then all are renamed, report.json last: where it stands, the others stand whole beside it.
 * Throws one InfrastructureError that names the folder, the cause and the remedy, and leaves no temporary file.
 */
export async function writeReport(findings: Findings, folder: string): Promise<{ readonly files: readonly string[] }> {
  const contents: readonly (readonly [string, Iterable<string>])[] = [
    ['samples.csv', samplesCsv(findings.samples)],
    ['summary.csv', summaryCsv(findings.report.metrics)],
    ['report.md', [reportMarkdown(findings)]],
    ['report.xml', [reportJUnit(findings.report)]],
    ['report.html', [reportHtml(findings, await chartLibrary())]],
    ['report.json', [reportJson(boundedReport(findings.report))]],
  ];
  return writeFiles(contents, folder);
}

/** The last of them vouches for the others: it is renamed when they stand. As writeReport otherwise. */
export async function writeFiles(
  contents: readonly (readonly [name: string, pieces: Iterable<string>])[],
  folder: string,
): Promise<{ readonly files: readonly string[] }> {
  const files = contents.map(([name]) => join(folder, name));
  const temporary = contents.map(([name]) => join(folder, `.${name}.${process.pid}.part`));
  try {
    await mkdir(folder, { recursive: true });
    for (const [i, [, pieces]] of contents.entries()) await writeWhole(temporary[i]!, pieces);
    // The report.json of an earlier run must not vouch for files of this one.
    await rm(files.at(-1)!, { force: true });
    for (const [i, file] of files.entries()) await rename(temporary[i]!, file);
  } catch (cause) {
    await Promise.allSettled(temporary.map((file) => rm(file, { force: true })));
    throw unwritten(folder, cause);
  }
  return { files };
}

async function writeWhole(file: string, pieces: Iterable<string>): Promise<void> {
  await using handle = await open(file, 'w');
  // Not write(): that may stop short on a disk that fills up, and say so only in its result.
  for (const piece of pieces) await handle.writeFile(piece);
  // A full disk may only show when the bytes leave the cache.
  await handle.sync();
}

function unwritten(folder: string, cause: unknown): InfrastructureError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const what = CAUSES[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new InfrastructureError(`the report could not be written to ${folder}: ${what}${code === '' ? '' : ` (${code})`}`, {
    cause,
    hint: `${REMEDIES[code] ?? 'see what stands in the way there'}, or name another folder with --out`,
  });
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file would be larger than is allowed here',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission',
  EPERM: 'not permitted',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file stands where the folder should be',
  EISDIR: 'a folder stands where a file should be',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space (the report needs a few MB)',
  EDQUOT: 'free some space (the report needs a few MB)',
  EFBIG: 'raise the limit (ulimit -f)',
  EACCES: 'make the folder writable',
  EPERM: 'make the folder writable',
  EROFS: 'mount it writable',
};
