/** One image from a Dockerfile and its context, by the engine's classic builder. */
import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { engineEvents } from './events.ts';
import type { Progress } from './progress.ts';
import { type TarEntry, tar } from './tar.ts';

export interface BuildRequest extends Waiting {
  readonly ref: string;
  /** Holds an entry named `Dockerfile`. */
  readonly context: Iterable<TarEntry>;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly progress: Progress;
}

/** Output kept to show when a build fails. */
const TAIL_LINES = 12;

/** Builds and tags; the image id. Throws InfrastructureError with the last lines of output. */
export async function buildImage(docker: Docker, request: BuildRequest): Promise<string> {
  const { ref, context, buildArgs = {}, labels = {}, progress, signal } = request;
  const tail: string[] = [];
  try {
    const stream = await docker.buildImage(Readable.from(tar(context)), {
      t: ref,
      // Name resolution and proxies as the host has them: bridges are where builds behind a company's network fail.
      networkmode: 'host',
      buildargs: { ...buildArgs },
      labels: { ...labels },
      rm: true,
      forcerm: true,
      ...(signal ? { abortSignal: signal } : {}),
    });
    for await (const event of engineEvents(stream, { signal })) {
      for (const line of (event.stream ?? event.status ?? '').split('\n')) {
        const text = stripVTControlCharacters(line).trim();
        if (text === '') continue;
        tail.push(text);
        if (tail.length > TAIL_LINES) tail.shift();
        if (text.startsWith('Step ')) progress.line(`  ${ref}: ${text}`);
        else progress.now(`  ${ref}: ${text}`);
      }
    }
    await removeStages(docker);
    return (await docker.getImage(ref).inspect()).Id;
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new InfrastructureError(`building ${ref} failed: ${reason}\n${tail.map((line) => `    ${line}`).join('\n')}`, {
      cause: error,
      hint: 'npx sim setup again once the cause is mended; layers that were built are kept',
    });
  }
}

/** What an earlier stage leaves behind, where its Dockerfile gives it this label: an image without a name. */
async function removeStages(docker: Docker): Promise<void> {
  const stages = await docker.listImages({ filters: { dangling: ['true'], label: ['leyden.stage=build'] } });
  // One that another build has not done with stays: the engine refuses, and that build removes it.
  for (const { Id } of stages)
    await docker
      .getImage(Id)
      .remove()
      .catch(() => {});
}
