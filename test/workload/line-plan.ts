/** A line of nodes as scenarios/vpn-5hop.yaml has it, for tests that need a plan and no file. */
import { type NetworkPlan, ONION_LIMITER_DEFAULT, type RelayPlan } from '../../nodes/plan.ts';

const policy = { feeBaseMsat: 1_000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };

/** n0 … with a channel of 10M sat between neighbours; relays beside all where `relays`, and an origin `shop` that only the last reaches. */
export function linePlan(count: number, relays: boolean): NetworkPlan {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  const last = names.at(-1)!;
  const relay = (name: string): RelayPlan => ({ budgetMsat: 1e9, feeLimitMsat: 50_000, allow: name === last ? ['shop:80'] : [] });
  return {
    name: 'line',
    seed: 1,
    nodes: names.map((name) => ({
      name,
      image: 'auto',
      commitIntervalMs: 50,
      onionLimiter: ONION_LIMITER_DEFAULT,
      storage: 'volume',
      memoryBytes: null,
      cpus: null,
      flags: [],
      relay: relays ? relay(name) : null,
    })),
    channels: names
      .slice(1)
      .map((to, index) => ({ name: `c${index}`, from: names[index]!, to, capacitySat: 1e7, balance: 0.5, policies: [policy, policy] })),
    origins: relays ? [{ name: 'shop', near: last, port: 80 }] : [],
  };
}
