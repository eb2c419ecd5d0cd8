/** Where this package lies on disk: images are built from its own files. An installed one is the same tree, compiled. */
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Three folders up from nodes/docker/images. */
export const packageRoot: string = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const dockerFolder: string = join(packageRoot, 'docker');

/** A file of our code by its path without extension: `sim/cli` is sim/cli.ts in a checkout, sim/cli.js where Leyden is installed. */
export function ownFile(path: string): string {
  return `${path}${extname(import.meta.url)}`;
}
