import type { Network } from '../../nodes/node.ts';

/** What each relay's process holds, by node; one that does not run is left out of the JSON. */
export const relayMemoryMib = async (network: Network): Promise<Record<string, number | undefined>> =>
  Object.fromEntries((await network.usage()).map(({ node, relay }) => [node, relay && Math.round(relay.memoryBytes / 2 ** 20)]));
