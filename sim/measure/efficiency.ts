/** How much of what a carrier gives bare is left to a tunnel over it. */
import type { Metric, Tags } from './report.ts';
import { tagsMatch } from './tags.ts';

export interface Efficiency {
  readonly tags: Tags;
  /** Tunnel goodput over the best raw goodput of the same run, carrier, hops and onion; null where the run measured none. */
  readonly value: number | null;
}

export function efficiencies(metrics: readonly Metric[]): Efficiency[] {
  const raw = metrics.filter(({ name }) => name === 'message_goodput_bytes_per_s');
  return metrics
    .filter(({ name }) => name === 'tunnel_goodput_bytes_per_s')
    .map(({ tags, value }) => {
      const { direction: _, identity: __, ...path } = tags;
      const best = Math.max(0, ...raw.filter((metric) => tagsMatch(metric.tags, path)).map((metric) => metric.value!));
      return { tags, value: best > 0 ? value! / best : null };
    });
}
