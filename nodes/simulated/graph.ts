/** The network as gossip tells it: everybody knows every edge. */
import type { Graph, GraphEnd } from '../node.ts';
import type { LinkEnd } from './link.ts';
import type { SimulatedLnd } from './lnd.ts';

/** Bits that LND 0.21.3 sets in its node announcement and that matter here (BOLT 9, odd: optional): TLV onions, anchors, onion messages. */
const FEATURES = [9, 23, 39];

export function graphOf(nodes: Iterable<SimulatedLnd>): Graph {
  const lnds = [...nodes];
  return {
    nodes: lnds.map(({ publicKey, name }) => ({ publicKey, alias: name, features: FEATURES })),
    edges: lnds.flatMap(({ links }) =>
      links
        .filter(({ node, peer }) => node.publicKey < peer.node.publicKey)
        .map((link) => ({
          id: link.channel.id,
          capacitySat: link.channel.plan.capacitySat,
          ends: [endOf(link), endOf(link.peer)] as const,
        })),
    ),
  };
}

function endOf(link: LinkEnd): GraphEnd {
  return { publicKey: link.node.publicKey, policy: link.channel.policy(link.side), disabled: !link.channel.active };
}
