/** What every node's channels hold, from the columns: as its own LND shows it. */
import type { Balance } from '../node.ts';
import type { Model } from './world.ts';

export function balancesOf({ core, nameOf }: Model): ReadonlyMap<string, Balance> {
  const { graph, state } = core;
  const balances = new Map<string, Balance>();
  for (let node = 0; node < graph.nodes; node++) {
    let [localMsat, remoteMsat, unsettledMsat] = [0, 0, 0];
    for (let place = graph.firstEnd[node]!; place < graph.firstEnd[node + 1]!; place++) {
      const end = graph.endsOf[place]!;
      localMsat += state.balanceMsat(end);
      remoteMsat += state.balanceMsat(end ^ 1);
      unsettledMsat += state.offeredMsat[end]! + state.offeredMsat[end ^ 1]!;
    }
    balances.set(nameOf(node), { localMsat, remoteMsat, unsettledMsat });
  }
  return balances;
}
