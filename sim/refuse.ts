/** What is asked of a network that has no machinery for it is refused by name, never ignored. */
import { ScenarioError } from '../nodes/errors.ts';
import type { Network } from '../nodes/node.ts';
import { scenarioError } from './scenario/mistake.ts';
import type { Scenario } from './scenario/read.ts';

/** One LND needs some 100 MB and 6 s of CPU to start: past these a single machine cannot bring them up. */
const DOCKER_NODES_MAX = 200;
const DOCKER_CHANNELS_MAX = 2_000;

/** Why docker cannot run this at all, in one sentence; null: it can. */
export function whyNotDocker({ plan, simulatedOnly: [mistake] }: Scenario): string | null {
  if (mistake !== undefined) return mistake.text;
  const traffic = plan.workloads.find(({ kind }) => kind === 'traffic');
  if (traffic !== undefined) return `${traffic.at}: traffic: LND has no machinery for it, only the simulated network`;
  const { nodes, channels } = plan.network;
  const large = (what: string, found: number, most: number) => `${found} ${what}: the docker network takes at most ${most}`;
  if (nodes.length > DOCKER_NODES_MAX) return large('nodes', nodes.length, DOCKER_NODES_MAX);
  return channels.length > DOCKER_CHANNELS_MAX ? large('channels', channels.length, DOCKER_CHANNELS_MAX) : null;
}

/** Throws ScenarioError. */
export function refuseWhatIsMissing(scenario: Scenario, kind: Network['kind'], { keep }: { readonly keep: boolean }): void {
  if (kind === 'simulated') {
    if (scenario.dockerOnly.length > 0) throw scenarioError(scenario.dockerOnly);
    if (keep) throw new ScenarioError('--keep: a simulated network lives in this process and ends with it', { hint: '--network docker' });
    return;
  }
  if (scenario.simulatedOnly.length > 0) throw scenarioError(scenario.simulatedOnly);
  const reason = whyNotDocker(scenario);
  if (reason !== null) throw new ScenarioError(`${scenario.file}: ${reason}`, { hint: '--network simulated' });
}
