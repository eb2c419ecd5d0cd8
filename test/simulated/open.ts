/** A simulated network for tests, and what most of them do with one. */
import type { Node } from '../../nodes/node.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { openSimulated, type SimulatedNetwork } from '../../nodes/simulated/index.ts';

export function open(plan: NetworkPlan): Promise<SimulatedNetwork> {
  return openSimulated(plan, { startRelay: () => Promise.reject(new Error('the plan has no relays')) });
}

export function nodesOf(network: SimulatedNetwork): readonly Node[] {
  return [...network.nodes.values()];
}

/** A preimage of its own for every number. */
export function preimage(number: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}
