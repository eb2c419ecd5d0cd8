/** Plans for tests: a line of nodes with equal channels, half and half, and LND's default policy with a minimum of 1 msat. */
import type { ChannelPolicy } from '../../nodes/node.ts';
import { type NetworkPlan, type NodePlan, ONION_LIMITER_DEFAULT } from '../../nodes/plan.ts';

const CAPACITY_SAT = 10_000_000;
const POLICY: ChannelPolicy = { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };

export interface LineOptions {
  readonly seed?: number;
  readonly capacitySat?: number;
  readonly node?: Partial<NodePlan>;
  readonly policy?: Partial<ChannelPolicy>;
}

/** n0 … n(count − 1), each channel opened by the lesser. */
export function linePlan(count: number, { seed = 1, capacitySat = CAPACITY_SAT, node = {}, policy = {} }: LineOptions = {}): NetworkPlan {
  const both: [ChannelPolicy, ChannelPolicy] = [
    { ...POLICY, ...policy },
    { ...POLICY, ...policy },
  ];
  return {
    name: `line-${count}`,
    seed,
    nodes: Array.from({ length: count }, (_, index) => ({
      name: `n${index}`,
      image: 'auto',
      commitIntervalMs: 50,
      onionLimiter: ONION_LIMITER_DEFAULT,
      storage: 'volume',
      memoryBytes: null,
      cpus: null,
      flags: [],
      relay: null,
      ...node,
    })),
    channels: Array.from({ length: count - 1 }, (_, index) => ({
      name: `n${index}-n${index + 1}`,
      from: `n${index}`,
      to: `n${index + 1}`,
      capacitySat,
      balance: 0.5,
      policies: both,
    })),
    origins: [],
  };
}
