/** Which of the two networks a run is on, and why: the first line of the run, and in its report. */
import { InfrastructureError } from '../nodes/errors.ts';
import type { Network, Waiting } from '../nodes/node.ts';

export const NETWORK_CHOICES = ['auto', 'docker', 'simulated'] as const;
export type NetworkChoice = (typeof NETWORK_CHOICES)[number];

export interface Chosen {
  readonly kind: Network['kind'];
  readonly reason: string;
}

/** Whether a docker network can be brought up here; in one sentence what is there, or what is missing. */
export interface DockerReady {
  readonly ready: boolean;
  readonly reason: string;
  readonly hint?: string | undefined;
}

/**
 * @param simulatedOnly why docker cannot run this scenario at all, or null.
 * Throws InfrastructureError when docker was asked for by name and is not ready.
 */
export async function chooseNetwork(
  asked: NetworkChoice,
  dockerReady: (waiting: Waiting) => Promise<DockerReady>,
  waiting: Waiting,
  simulatedOnly: string | null = null,
): Promise<Chosen> {
  if (asked === 'simulated') return { kind: 'simulated', reason: 'asked for by name' };
  if (asked === 'auto' && simulatedOnly !== null) return { kind: 'simulated', reason: simulatedOnly };
  const { ready, reason, hint = 'npx sim setup' } = await dockerReady(waiting);
  if (ready) return { kind: 'docker', reason: asked === 'docker' ? `asked for by name; ${reason}` : reason };
  if (asked === 'docker') throw new InfrastructureError(`the docker network is not ready here: ${reason}`, { hint });
  return { kind: 'simulated', reason: `docker is not ready here (${reason}); \`npx sim setup\` makes it so` };
}
