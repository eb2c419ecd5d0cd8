/** chart.js as one script that can stand inside a page: its UMD build, which defines `Chart`. */
import { readFile } from 'node:fs/promises';
import { InfrastructureError } from '../../nodes/errors.ts';

/** Throws InfrastructureError where the package is not installed. */
export async function chartLibrary(): Promise<string> {
  try {
    const source = await readFile(new URL('./chart.umd.min.js', import.meta.resolve('chart.js')), 'utf8');
    return inlined(source);
  } catch (cause) {
    throw new InfrastructureError('report.html: expected the package chart.js beside us; its dist/chart.umd.min.js cannot be read', {
      cause,
      hint: 'npm ci',
    });
  }
}

/** Nothing in it may end the script element, and its source map is not beside the page. */
export function inlined(source: string): string {
  return source
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
    .replaceAll(/<\/(script)/gi, '<\\/$1')
    .replaceAll('<!--', '<\\!--')
    .trim();
}
