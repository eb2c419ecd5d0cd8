/** Two hundred readers of one page at once, by the workload that scenarios use; every byte is checked. */
import type { Network } from '../../nodes/node.ts';
import type { PagePlan, Plan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

const READERS = 200;

export const pages = async (network: Network, signal: AbortSignal): Promise<object> => {
  const page: PagePlan = {
    kind: 'page',
    at: 'load',
    from: 'n0',
    to: 'n2',
    hops: 2,
    carriers: ['peer-message'],
    onionBytesMax: 32_834,
    sizes: [65_536],
    loads: 1,
    parallel: READERS,
  };
  const around = { name: 'load', question: '?', seed: 1, timeLimitMs: 300_000, thresholds: [] };
  const plan: Plan = { ...around, network: network.plan, workloads: [page] };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(300_000)]);
  const { report, error } = await runWorkloads(plan, network, { signal: limited, progress: () => {} });
  const times = report.metrics.find(({ name }) => name === 'page_load_ms')?.summary;
  const figure = (name: string) => report.metrics.find((metric) => metric.name === name)?.value ?? null;
  const { count, p50, p99, max } = times ?? {};
  return {
    readers: READERS,
    loaded: count ?? 0,
    p50Ms: p50,
    p99Ms: p99,
    maxMs: max,
    bytesPerS: figure('page_goodput_bytes_per_s'),
    accountingErrorMsat: figure('accounting_error_msat'),
    broke: error?.message ?? null,
  };
};
