/**
 * `carrier: auto`: chosen once, when a session starts, of the graph and what the relay may pay. Peer messages cost nothing and are the
 * fastest, where a relay stands beside every node on the way; onion messages cost nothing either but pass a limiter of 64 kB/s; keysends
 * go wherever payments do, and every unit is paid. Wire records pay every relay too, and go nowhere that peer messages do not: who wants
 * them asks for them.
 */
import { NoRouteError } from '../errors.ts';
import type { CarrierChoice, Graph, Identity } from '../node.ts';
import { shortestPath } from './path.ts';
import { announcedRelays } from './relay-path.ts';

/** BOLT 9: option_onion_messages. */
const ONION_MESSAGES = [38, 39];
/** LND's default limiter, per second. */
const ONION_BYTES_PER_S = 64_000;

export interface ChoiceWanted {
  readonly graph: Graph;
  readonly from: string;
  readonly to: string;
  readonly identity: Identity;
  /** How much the session is to carry, where the caller knows. */
  readonly bytes?: number | undefined;
  /** What the relay may pay in all, or for this session. */
  readonly budgetMsat: number;
}

/** @throws NoRouteError that says of each carrier why not. */
export const chooseCarrier = ({ graph, from, to, identity, bytes, budgetMsat }: ChoiceWanted): CarrierChoice => {
  const relays = announcedRelays(graph);
  const lacking: string[] = [];
  const way = (what: string, options: Parameters<typeof shortestPath>[3]): readonly string[] | null => {
    try {
      return shortestPath(graph, from, to, options);
    } catch (error) {
      if (!(error instanceof NoRouteError)) throw error;
      lacking.push(what);
      return null;
    }
  };
  const direct = way('peer-message: not every node on a way there announces a relay', { through: (key) => relays.has(key) });
  if (direct !== null)
    return { carrier: 'peer-message', reason: `a relay stands beside each of the ${direct.length} nodes on the way: free and fastest` };

  const onions = new Set(
    graph.nodes.filter(({ features }) => features.some((bit) => ONION_MESSAGES.includes(bit))).map((node) => node.publicKey),
  );
  const indirect = identity === 'anonymous';
  const onion = way(`onion-message: no way${indirect ? ' past a third node' : ''} of nodes that forward them`, {
    indirect,
    through: (key) => onions.has(key),
  });
  if (onion !== null) {
    const takes = bytes === undefined ? '' : `, about ${Math.ceil(bytes / ONION_BYTES_PER_S)} s for ${bytes} B`;
    return { carrier: 'onion-message', reason: `${lacking.join('; ')}; onion messages are free, at LND's default 64 kB/s${takes}` };
  }
  const paid = way('keysend: no way of public channels', {});
  if (paid !== null && budgetMsat > 0)
    return { carrier: 'keysend', reason: `${lacking.join('; ')}; keysends need a relay at the end alone, and each is paid` };
  if (paid !== null) lacking.push('keysend: the relay has no budget');
  throw new NoRouteError(`no carrier reaches ${to.slice(0, 12)}…: ${lacking.join('; ')}`, {
    hint: 'give the relay a budget, or open a channel',
  });
};
