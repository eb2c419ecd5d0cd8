/** Where this package lies on disk: images are built from its own files. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Three folders up from nodes/docker/images. */
export const packageRoot: string = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const dockerFolder: string = join(packageRoot, 'docker');
