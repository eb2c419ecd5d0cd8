/** One image from a registry. */
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { engineEvents } from './events.ts';
import type { Progress } from './progress.ts';

const MIB = 1024 * 1024;

/** Pulls `ref`. Throws InfrastructureError with the registry's words: an unknown name, no network, a rate limit. */
export async function pullImage(docker: Docker, ref: string, progress: Progress, { signal }: Waiting = {}): Promise<void> {
  progress.line(`  ${ref}: pulling`);
  const layers = new Map<string, { current: number; total: number }>();
  try {
    const stream = await docker.pull(ref, signal ? { abortSignal: signal } : {});
    for await (const event of engineEvents(stream, { signal })) {
      if (event.id === undefined) continue;
      const { current, total } = event.progressDetail ?? {};
      if (event.status === 'Downloading' && current !== undefined && total !== undefined) layers.set(event.id, { current, total });
      if (event.status === 'Download complete') layers.set(event.id, whole(layers.get(event.id)));
      if (event.status === 'Pull complete') progress.line(`  ${ref}: layer ${event.id} complete`);
      else progress.now(`  ${ref}: ${totalOf(layers)}`);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new InfrastructureError(`pulling ${ref} failed: ${error instanceof Error ? error.message.trim() : String(error)}`, {
      cause: error,
      hint: 'check the name and the network; npx sim setup --profile local builds instead',
    });
  }
}

function whole(layer: { total: number } = { total: 0 }): { current: number; total: number } {
  return { current: layer.total, total: layer.total };
}

function totalOf(layers: ReadonlyMap<string, { current: number; total: number }>): string {
  let current = 0;
  let total = 0;
  for (const layer of layers.values()) {
    current += layer.current;
    total += layer.total;
  }
  return `${layers.size} layers, ${(current / MIB).toFixed(1)} of ${(total / MIB).toFixed(1)} MiB`;
}
