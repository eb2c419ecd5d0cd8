/** The real networks, workloads and reports, each loaded when a run needs it. Only here is it known that there are two networks. */
import { InfrastructureError } from '../nodes/errors.ts';
import type { Waiting } from '../nodes/node.ts';
import type { DockerReady } from './choose-network.ts';
import { countBuffersWithHeap } from './external-memory.ts';
import { measurePace } from './measure/pace.ts';
import type { World } from './run.ts';

export const world: World = {
  dockerReady,
  async open(kind, plan, options) {
    if (kind === 'docker') {
      const { openDocker } = await import('../nodes/docker/network.ts');
      const { connectRelay } = await import('../nodes/relay/index.ts');
      countBuffersWithHeap();
      return openDocker(plan, { ...options, connectRelay }).catch(throwRefusal);
    }
    const { openSimulated } = await import('../nodes/simulated/index.ts');
    const { startRelay } = await import('../nodes/relay/index.ts');
    const { serveOrigin } = await import('../nodes/origin.ts');
    return openSimulated(plan, { ...options, costs: options.profile?.costs, startRelay, serveOrigin });
  },
  async runWorkloads(plan, network, options) {
    const { runWorkloads } = await import('./workload/run-workloads.ts');
    return runWorkloads(plan, network, options);
  },
  async writeReport(findings, folder) {
    const { writeReport } = await import('../reports/write.ts');
    return writeReport(findings, folder);
  },
  now: () => Date.now(),
  pace: () => measurePace(() => performance.now()),
};

/** An answer of the engine's own that nobody below had a name for: a full disk, a port that is taken. Not our bug. */
function throwRefusal(cause: unknown): never {
  if (!(cause instanceof Error) || !('statusCode' in cause)) throw cause;
  throw new InfrastructureError(`the Docker engine refused: ${cause.message.trim()}`, { cause, hint: 'npx sim doctor' });
}

async function dockerReady({ signal }: Waiting): Promise<DockerReady> {
  const { connectEngine } = await import('../nodes/docker/engine.ts');
  const { imagesReady } = await import('../nodes/docker/images/resolve.ts');
  try {
    const { docker, version } = await connectEngine({ signal });
    const { ready, reason } = await imagesReady(docker);
    return { ready, reason: ready ? `Docker ${version} answers, ${reason}` : reason };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InfrastructureError) return { ready: false, reason: error.message, hint: error.hint };
    throw error;
  }
}
