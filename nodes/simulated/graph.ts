/** The network as gossip tells it: everybody knows every edge. */
import type { Graph, GraphEnd } from '../node.ts';
import type { LinkEnd } from './channel.ts';
import type { SimulatedLnd } from './lnd.ts';

/** What LND 0.21.3 with the flags of nodes/docker announces (BOLT 9): onion messages are 39, keysend 55. */
const FEATURES = [0, 5, 7, 8, 12, 14, 17, 23, 25, 27, 31, 35, 39, 44, 55, 261, 2023];

export function graphOf(nodes: Iterable<SimulatedLnd>): Graph {
  const lnds = [...nodes];
  return {
    nodes: lnds.map(({ publicKey, name, features }) => ({
      publicKey,
      alias: name,
      features: features.size === 0 ? FEATURES : [...FEATURES, ...features].toSorted((one, other) => one - other),
    })),
    edges: lnds.flatMap(({ links }) =>
      links
        .filter(({ node, peer, channel }) => node.publicKey < peer.node.publicKey && !channel.closed)
        .map((link) => ({
          id: link.channel.id,
          capacitySat: link.channel.plan.capacitySat,
          ends: [endOf(link), endOf(link.peer)] as const,
        })),
    ),
  };
}

function endOf(link: LinkEnd): GraphEnd {
  return {
    publicKey: link.node.publicKey,
    policy: link.channel.policy(link.side),
    disabled: !link.channel.active || link.node.world.core.graph.disabled[link.end] === 1,
  };
}
