/** What path-finding (routing/) finds, as objects for payments that come over the seam. */
import { keysendRoutingInfoBytes, type RecordSize } from '../onion.ts';
import { FINAL_CLTV_DELTA } from './chain.ts';
import type { Channel } from './channel.ts';
import { REFUSAL } from './engine/channel-state.ts';
import type { SimulatedLnd } from './lnd.ts';
import { Walk } from './routing/learn.ts';
import type { MissionControl } from './routing/mission-control.ts';
import { CLTV_LIMIT, type Search } from './routing/path-finder.ts';

/** One layer: what this hop passes on (the last: receives), and over which channel it was reached. */
export interface PathHop {
  readonly publicKey: string;
  readonly channel: Channel;
  readonly forwardMsat: number;
  readonly feeMsat: number;
  readonly expiry: number;
}

export interface Path {
  readonly hops: readonly PathHop[];
  /** What the first channel carries: amount and fees. */
  readonly firstMsat: number;
  readonly firstExpiry: number;
}

export interface PathRequest {
  readonly source: SimulatedLnd;
  readonly destination: SimulatedLnd;
  readonly amountMsat: number;
  readonly maxFeeMsat: number;
  /** Custom records for the destination. */
  readonly records?: readonly RecordSize[];
}

/** The way that LND would take, by what this payer remembers; null when there is none within the fee limit that could carry the amount. */
export function findPath(request: PathRequest): Path | null {
  return search(request, request.source.world.routing.memory);
}

/** The cheapest, as if nothing had ever failed. */
export function cheapestPath(request: PathRequest): Path | null {
  return search(request, null);
}

/** The path over these nodes, destination last: between two of them the channel that LND would take, whatever is remembered of it. */
export function pinnedPath(request: Omit<PathRequest, 'destination'>, via: readonly SimulatedLnd[]): Path | null {
  const nodes = [request.source, ...via].map(({ index }) => index);
  const next = new Map(nodes.slice(0, -1).map((node, index) => [node, nodes[index + 1]]));
  // Over a node twice LND builds no route either.
  if (next.size < nodes.length - 1) return null;
  return search({ ...request, destination: via.at(-1)! }, null, (from, to) => next.get(from) !== to);
}

function search(request: PathRequest, memory: MissionControl | null, ignore?: Search['ignore']): Path | null {
  const { source, destination, amountMsat, maxFeeMsat, records = [] } = request;
  const { world } = source;
  const { core, routing } = world;
  const finalExpiry = core.chain.height + FINAL_CLTV_DELTA;
  const hops = routing.finder.find(
    {
      source: source.index,
      destination: destination.index,
      amountMsat,
      maxFeeMsat,
      finalExpiry,
      cltvLimit: CLTV_LIMIT,
      finalPayloadBytes: keysendRoutingInfoBytes([{ amountMsat, expiry: finalExpiry }], records),
      nowUs: world.time.nowUs,
      ignore,
    },
    memory,
    (end, msat) => (core.state.refusal(end, msat) === REFUSAL.none ? core.state.spendableMsat(end, msat) : 0),
  );
  if (hops === 0) return null;
  const { end, forwardMsat, expiry, firstMsat, firstExpiry } = core.routes;
  return {
    hops: Array.from({ length: hops }, (_, hop) => ({
      publicKey: world.keyOf(core.graph.endNode[end[hop]! ^ 1]!).publicKey,
      channel: world.channelAt(end[hop]! >> 1),
      forwardMsat: forwardMsat[hop]!,
      // What reaches it less what it passes on; the last keeps all.
      feeMsat: (hop === 0 ? firstMsat : forwardMsat[hop - 1]!) - forwardMsat[hop]!,
      expiry: expiry[hop]!,
    })),
    firstMsat,
    firstExpiry,
  };
}

/** The path as mission control sees it; null where a channel does not lead on from where the one before ended. */
export function walkOf(payer: SimulatedLnd, { hops, firstMsat }: Path): Walk | null {
  const walk = new Walk();
  walk.nodes.push(payer.index);
  let at: SimulatedLnd | undefined = payer;
  for (const [pair, { channel }] of hops.entries()) {
    at = at.linkOn(channel)?.peer.node;
    if (at === undefined) return null;
    walk.nodes.push(at.index);
    walk.amountsMsat.push(pair === 0 ? firstMsat : hops[pair - 1]!.forwardMsat);
  }
  walk.pairs = hops.length;
  return walk;
}
