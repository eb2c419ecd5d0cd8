/** The networks that calibration has of its own: two and three nodes in a line, nothing that a scenario asks. */
import type { ChannelPolicy } from '../../nodes/node.ts';
import { type NetworkPlan, type NodePlan, ONION_LIMITER_OFF, type RelayPlan } from '../../nodes/plan.ts';

const CAPACITY_SAT = 16_000_000;
const POLICY: ChannelPolicy = { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
const RELAY: RelayPlan = { budgetMsat: 1e9, feeLimitMsat: 1e6, allow: [] };

export interface ProbePlan {
  readonly name: string;
  readonly nodes: 2 | 3;
  readonly storage: NodePlan['storage'];
  readonly relays: boolean;
}

export const PROBE_PLANS: readonly ProbePlan[] = [
  { name: 'two', nodes: 2, storage: 'volume', relays: false },
  { name: 'three', nodes: 3, storage: 'volume', relays: false },
  { name: 'relays', nodes: 2, storage: 'volume', relays: true },
  { name: 'relays-three', nodes: 3, storage: 'volume', relays: true },
];

export function networkOf({ name, nodes, storage, relays }: ProbePlan): NetworkPlan {
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  return {
    name: `calibrate-${name}`,
    seed: 1,
    nodes: names.map((node) => ({
      name: node,
      image: 'auto',
      commitIntervalMs: 50,
      onionLimiter: ONION_LIMITER_OFF,
      storage,
      memoryBytes: null,
      cpus: null,
      flags: [],
      relay: relays ? RELAY : null,
    })),
    channels: names.slice(1).map((to, index) => ({
      name: `n${index}-${to}`,
      from: `n${index}`,
      to,
      capacitySat: CAPACITY_SAT,
      balance: 0.5,
      policies: [POLICY, POLICY],
    })),
    origins: [],
  };
}
