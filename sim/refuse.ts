/** What is asked of a network that has no machinery for it is refused by name, never ignored. */
import { ScenarioError } from '../nodes/errors.ts';
import type { Network } from '../nodes/node.ts';
import { scenarioError } from './scenario/mistake.ts';
import type { Scenario } from './scenario/read.ts';

/** One LND needs some 100 MB and 6 s of CPU to start: past these a single machine cannot bring them up. */
const DOCKER_NODES_MAX = 200;
const DOCKER_CHANNELS_MAX = 2_000;

/** Throws ScenarioError. */
export function refuseWhatIsMissing(scenario: Scenario, kind: Network['kind'], { keep }: { readonly keep: boolean }): void {
  const { nodes, channels } = scenario.plan.network;
  if (kind === 'simulated') {
    if (scenario.dockerOnly.length > 0) throw scenarioError(scenario.dockerOnly);
    if (keep) throw new ScenarioError('--keep: a simulated network lives in this process and ends with it', { hint: '--network docker' });
    return;
  }
  if (scenario.simulatedOnly.length > 0) throw scenarioError(scenario.simulatedOnly);
  const large = (what: string, found: number, most: number) =>
    new ScenarioError(`${scenario.file}: ${found} ${what}: the docker network takes at most ${most}`, { hint: '--network simulated' });
  if (nodes.length > DOCKER_NODES_MAX) throw large('nodes', nodes.length, DOCKER_NODES_MAX);
  if (channels.length > DOCKER_CHANNELS_MAX) throw large('channels', channels.length, DOCKER_CHANNELS_MAX);
}
