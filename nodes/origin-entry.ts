/** An exit's allowlist as its relay is given it: a scenario's origin becomes the literal address where it stands, trusted by construction. */
import type { OriginPlan } from './plan.ts';

export interface PlacedOrigin {
  readonly plan: OriginPlan;
  readonly address: string;
}

/** `shop:80` → `shop=172.18.0.9:80`, and the same behind `udp/`; everything else stays as it was written. */
export const originEntry = (entry: string, origins: readonly PlacedOrigin[]): string => {
  const protocol = entry.startsWith('udp/') ? 'udp/' : '';
  const origin = origins.find(({ plan }) => entry === `${protocol}${plan.name}:${plan.port}`);
  return origin ? `${protocol}${origin.plan.name}=${origin.address}:${origin.plan.port}` : entry;
};
