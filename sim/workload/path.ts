/** Who stands between two nodes, from the plan alone. */
import { WorkloadError } from '../../nodes/errors.ts';
import type { Network, Node, RelayClient } from '../../nodes/node.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';

export function nodeOf(network: Network, name: string): Node {
  const node = network.nodes.get(name);
  if (node === undefined) throw new WorkloadError(`there is no node ${name} on this network`);
  return node;
}

export function relayOf(network: Network, name: string): RelayClient {
  const relay = network.relays.get(name);
  if (relay === undefined)
    throw new WorkloadError(`no relay stands beside ${name}`, { hint: `write relay: { on: all }, or name ${name} among them` });
  return relay;
}

/** Names after `from` on a shortest path, `to` last; of equal ones the first by the plan's order of channels. */
export function pathBetween(plan: NetworkPlan, from: string, to: string): string[] {
  const before = new Map<string, string>([[from, from]]);
  const queue = [from];
  for (const here of queue) {
    for (const channel of plan.channels) {
      const next = channel.from === here ? channel.to : channel.to === here ? channel.from : null;
      if (next === null || before.has(next)) continue;
      before.set(next, here);
      queue.push(next);
    }
  }
  if (!before.has(to)) throw new WorkloadError(`no channels lead from ${from} to ${to}`);
  const path: string[] = [];
  for (let here = to; here !== from; here = before.get(here)!) path.unshift(here);
  return path;
}

/** The tightest onion limiter on the way: what it admits in bytes of onion messages per second, null without one, after its burst. */
export interface Admission {
  readonly bytesPerS: number | null;
  readonly burstBytes: number;
}

/** What LND's limiter counts beside the packet: type 2, path key 33 and length 2 of BOLT 4's onion_message. */
export const ONION_WIRE_OVERHEAD_BYTES = 37;
const BYTES_PER_S_IN_KBPS = 125;

export function admissionAlong(plan: NetworkPlan, path: readonly string[]): Admission {
  const limiters = plan.nodes.filter(({ name }) => path.includes(name)).map(({ onionLimiter }) => onionLimiter);
  const rates = limiters.flatMap(({ peerKbps, globalKbps }) => [peerKbps, globalKbps]).filter((kbps) => kbps > 0);
  if (rates.length === 0) return { bytesPerS: null, burstBytes: 0 };
  return {
    bytesPerS: Math.min(...rates) * BYTES_PER_S_IN_KBPS,
    burstBytes: Math.min(...limiters.map((limiter) => limiter.peerBurstBytes).filter((bytes) => bytes > 0)),
  };
}
