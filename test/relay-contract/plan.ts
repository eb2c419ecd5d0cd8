/** The line that the relay contract runs on: six nodes with a relay each, the origin `shop` near n5, and little money at n1. */
import { type NetworkPlan, ONION_LIMITER_DEFAULT, type RelayPlan } from '../../nodes/plan.ts';

const CAPACITY_SAT = 10_000_000;
const POLICY = { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
const RELAY: RelayPlan = { budgetMsat: 100_000_000, feeLimitMsat: 10_000, allow: [] };

/** Enough for a handle of units over four hops at 3,000 msat of fees each. */
export const SMALL_BUDGET_MSAT = 25_000;

export const relayLinePlan = (seed = 1): NetworkPlan => ({
  name: 'relay-line',
  seed,
  nodes: Array.from({ length: 6 }, (_, index) => ({
    name: `n${index}`,
    image: 'auto',
    commitIntervalMs: 50,
    onionLimiter: ONION_LIMITER_DEFAULT,
    storage: 'volume',
    memoryBytes: null,
    cpus: null,
    flags: [],
    relay: {
      ...RELAY,
      ...(index === 1 ? { budgetMsat: SMALL_BUDGET_MSAT } : {}),
      ...(index === 5 ? { allow: ['shop:80', 'udp/shop:80'] } : {}),
    },
  })),
  channels: Array.from({ length: 5 }, (_, index) => ({
    name: `n${index}-n${index + 1}`,
    from: `n${index}`,
    to: `n${index + 1}`,
    capacitySat: CAPACITY_SAT,
    balance: 0.5,
    policies: [POLICY, POLICY],
  })),
  origins: [{ name: 'shop', near: 'n5', port: 80 }],
});
