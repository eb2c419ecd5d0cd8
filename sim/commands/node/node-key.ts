/** A node's public key by its alias, for people who name an exit. Anyone may take any alias: one that several have names nobody. */
import { RefusedError } from '../../../nodes/errors.ts';
import type { Node, Waiting } from '../../../nodes/node.ts';

export const nodeKeyOf =
  (node: Node) =>
  async (alias: string, waiting: Waiting = {}): Promise<string> => {
    const { nodes } = await node.graph(waiting);
    const named = nodes.filter((known) => known.alias === alias);
    if (named.length === 1) return (named[0] as (typeof named)[0]).publicKey;
    throw new RefusedError(
      `${named.length === 0 ? 'no' : named.length} nodes of the graph are called ${alias.slice(0, 80)}: expected one`,
      {
        hint: 'name the node by its public key',
      },
    );
  };
