/** A comparison into a folder: compare.json, compare.md, compare.html and compare.xml (JUnit). */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../../nodes/errors.ts';
import type { Comparison } from '../../sim/compare/comparison.ts';
import { chartLibrary } from '../html/chart-library.ts';
import { comparisonJUnit } from '../junit.ts';
import { comparisonHtml } from './html.ts';
import { comparisonMarkdown } from './markdown.ts';

/** Throws InfrastructureError that names the folder. */
export async function writeComparison(comparison: Comparison, folder: string): Promise<void> {
  const contents: readonly (readonly [string, string])[] = [
    ['compare.md', comparisonMarkdown(comparison)],
    ['compare.xml', comparisonJUnit(comparison)],
    ['compare.html', comparisonHtml(comparison, await chartLibrary())],
    ['compare.json', `${JSON.stringify(comparison, null, 2)}\n`],
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of contents) {
      const part = join(folder, `.${name}.${process.pid}.part`);
      await writeFile(part, text, { flush: true })
        .then(() => rename(part, join(folder, name)))
        .finally(() => rm(part, { force: true }));
    }
  } catch (cause) {
    throw new InfrastructureError(`the comparison could not be written to ${folder}: ${(cause as Error).message}`, {
      cause,
      hint: 'make it writable, or name another folder with --out',
    });
  }
}
