/** One short text for what a scenario asks of a network, whatever it is called and whichever seed it has: the same question, the same fingerprint. */
import { createHash } from 'node:crypto';
import type { Plan } from '../scenario/plan.ts';

/** SHA-256, in hex, over the nodes, channels and workloads of the plan. Where a line stands in its file does not matter. */
export function fingerprint({ network, workloads }: Pick<Plan, 'network' | 'workloads'>): string {
  const { nodes, channels } = network;
  const loads = workloads.map(({ at: _, ...workload }) => workload);
  return createHash('sha256').update(canonical({ nodes, channels, loads })).digest('hex');
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(',')}}`;
}
