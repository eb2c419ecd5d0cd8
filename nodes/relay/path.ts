/** The way to another node over public channels, for what LND does not route: fewest channels, ties to the lesser keys. */
import { NoRouteError } from '../errors.ts';
import type { Graph } from '../node.ts';

/** Sphinx packets and circuits end here; LND's own payments do at 20 hops. */
export const HOPS_MAX = 20;

export interface PathOptions {
  /** Not over a channel between the two. */
  readonly indirect?: boolean;
  /** Whom it may lead to and through; default: anybody. */
  readonly through?: (publicKey: string) => boolean;
}

/** Public keys after `from`, destination last. @throws NoRouteError */
export const shortestPath = (
  graph: Graph,
  from: string,
  to: string,
  { indirect = false, through = () => true }: PathOptions = {},
): string[] => {
  const neighbours = new Map<string, string[]>();
  const join = (one: string, other: string): void => {
    const known = neighbours.get(one);
    if (known === undefined) neighbours.set(one, [other]);
    else known.push(other);
  };
  for (const { ends } of graph.edges) {
    if (ends.every(({ disabled }) => disabled)) continue;
    if (indirect && ends.every(({ publicKey }) => publicKey === from || publicKey === to)) continue;
    join(ends[0].publicKey, ends[1].publicKey);
    join(ends[1].publicKey, ends[0].publicKey);
  }
  const previous = new Map<string, string>([[from, from]]);
  let frontier = [from];
  while (frontier.length > 0 && !previous.has(to)) {
    const next: string[] = [];
    for (const key of frontier)
      for (const neighbour of (neighbours.get(key) ?? []).toSorted()) {
        if (previous.has(neighbour) || !through(neighbour)) continue;
        previous.set(neighbour, key);
        next.push(neighbour);
      }
    frontier = next;
  }
  const path: string[] = [];
  for (let at = to; at !== from; at = previous.get(at) as string) {
    if (!previous.has(at)) throw new NoRouteError(`no public channels lead to ${to.slice(0, 12)}…`);
    path.unshift(at);
  }
  if (path.length === 0) throw new NoRouteError('a circuit to the node itself');
  if (path.length > HOPS_MAX) throw new NoRouteError(`${path.length} hops to ${to.slice(0, 12)}…: at most ${HOPS_MAX} are carried`);
  return path;
};
