/** Readers of one page at once, by the workload that scenarios use, twice as many in each step; every byte is checked. */
import type { Network } from '../../nodes/node.ts';
import type { PagePlan, Plan } from '../../sim/scenario/plan.ts';
import { timeLimit } from '../../sim/time-limit.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import { type Broke, doubling, type Load, type Step } from './doubling.ts';
import { inWords } from './in-words.ts';
import { relayMemoryMib } from './relay-memory.ts';

const READERS_FIRST = 200;
const READERS_BOUND = 3_200;
/** Of one step: nobody waits for a page longer. */
const LIMIT_MS = 180_000;

export const pages = (network: Network, load: Load): Promise<Broke> =>
  doubling({ ...load, first: READERS_FIRST, bound: READERS_BOUND }, (readers) => reading(readers, network, load.signal));

/** The first reader who fails ends all others. */
const reading = async (readers: number, network: Network, signal: AbortSignal): Promise<Step> => {
  using limit = timeLimit(LIMIT_MS, signal);
  const { report, error } = await runWorkloads(planFor(readers, network), network, { signal: limit.signal, progress: () => {} });
  const times = report.metrics.find(({ name }) => name === 'page_load_ms')?.summary;
  const figure = (name: string) => report.metrics.find((metric) => metric.name === name)?.value ?? null;
  const { count, p50, p99, max } = times ?? {};
  return {
    readers,
    loaded: count ?? 0,
    p50Ms: p50,
    p99Ms: p99,
    maxMs: max,
    bytesPerS: figure('page_goodput_bytes_per_s'),
    relayMemoryMib: await relayMemoryMib(network),
    accountingErrorMsat: figure('accounting_error_msat'),
    broke: error && inWords(error),
  };
};

const planFor = (readers: number, network: Network): Plan => {
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
    parallel: readers,
  };
  const around = { name: 'load', question: '?', seed: 1, timeLimitMs: LIMIT_MS, thresholds: [] };
  return { ...around, network: network.plan, workloads: [page] };
};
