/**
 * Finding relays: a relay announces itself by an odd feature bit in its node's announcement (BOLT 7: whoever does not know it ignores
 * it), and circuits that every node on the way must pass on lead only through nodes that announce it. The graph alone is asked.
 */
import { NoRouteError } from '../errors.ts';
import type { Clock, Graph, Node, Waiting } from '../node.ts';
import { shortestPath } from './path.ts';

/** Odd, unassigned, and below the highest that LND announces anyway (2023): it makes no announcement longer. */
export const RELAY_FEATURE = 1337;

/** An announcement of a moment ago may still be on its way here. */
const GOSSIP_DEADLINE_MS = 10_000;
const GOSSIP_POLL_MS = 500;

export const announcedRelays = ({ nodes }: Graph): ReadonlySet<string> =>
  new Set(nodes.filter(({ features }) => features.includes(RELAY_FEATURE)).map(({ publicKey }) => publicKey));

/** What a way should go round, where there is another. */
export interface Round {
  /** Who is not passed through where there is another way: somebody on a way that failed. */
  readonly avoid?: ReadonlySet<string>;
  /** Neighbours to whom this node can pay nothing now: the way does not begin with them, where there is another. */
  readonly unpayable?: ReadonlySet<string>;
}

export type RelayPathOptions = Waiting & Round;

/** Public keys after this node, destination last, a relay beside each. @throws NoRouteError that names who announces none. */
export const relayPath = async (node: Node, clock: Clock, to: string, options: RelayPathOptions = {}): Promise<string[]> => {
  const { signal } = options;
  const deadlineMs = clock.now() + GOSSIP_DEADLINE_MS;
  for (;;) {
    const graph = await node.graph({ signal });
    const relays = announcedRelays(graph);
    try {
      return preferred(graph, node.publicKey, to, relays, options);
    } catch (cause) {
      const bare = shortestPath(graph, node.publicKey, to).filter((key) => !relays.has(key));
      // Where LND cannot announce (no peersrpc), nobody is announced: then the way is tried as it stands.
      if (clock.now() >= deadlineMs && relays.size === 0) return shortestPath(graph, node.publicKey, to);
      if (clock.now() >= deadlineMs) throw unannounced(graph, bare, to, cause);
    }
    await clock.sleep(GOSSIP_POLL_MS, { signal });
  }
};

/** Round what is to be avoided; where that leaves no way, as if nothing were. */
const preferred = (
  graph: Graph,
  from: string,
  to: string,
  relays: ReadonlySet<string>,
  { avoid = NOBODY, unpayable = NOBODY }: RelayPathOptions,
): string[] => {
  const dry = ([one, other]: Graph['edges'][number]['ends']): boolean =>
    (one.publicKey === from && unpayable.has(other.publicKey)) || (other.publicKey === from && unpayable.has(one.publicKey));
  const payable = { ...graph, edges: graph.edges.filter(({ ends }) => !dry(ends)) };
  const ways = [
    () => shortestPath(payable, from, to, { through: (key) => relays.has(key) && (key === to || !avoid.has(key)) }),
    () => shortestPath(payable, from, to, { through: (key) => relays.has(key) }),
  ];
  for (const way of avoid.size + unpayable.size > 0 ? ways : [])
    try {
      return way();
    } catch (error) {
      if (!(error instanceof NoRouteError)) throw error;
    }
  return shortestPath(graph, from, to, { through: (key) => relays.has(key) });
};

const NOBODY: ReadonlySet<string> = new Set();

const unannounced = ({ nodes }: Graph, bare: readonly string[], to: string, cause: unknown): NoRouteError => {
  const names = bare.map((key) => nodes.find(({ publicKey }) => publicKey === key)?.alias || key.slice(0, 12));
  return new NoRouteError(`no way to ${to.slice(0, 12)}… leads through relays only: none is announced at ${names.join(', ')}`, {
    cause,
    hint: 'keysend and onion messages need a relay at the far end alone',
  });
};
