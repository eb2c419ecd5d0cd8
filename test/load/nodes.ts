/** Scale-free networks of real LNDs, twice as many in each step: whether one comes up, what it holds, and whether payments find their way. */
import { openDocker } from '../../nodes/docker/network.ts';
import type { Network } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { whyNotDocker } from '../../sim/refuse.ts';
import type { Plan } from '../../sim/scenario/plan.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { timeLimit } from '../../sim/time-limit.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
import { type Broke, doubling, type Load, type Step } from './doubling.ts';
import { inWords } from './in-words.ts';

const NODES_FIRST = 50;
/** More than these docker refuses by name (sim/refuse.ts). */
const NODES_BOUND = 200;
const PAYING_MS = 600_000;

const scenario = (nodes: number): string => `name: load-nodes
question: How many LNDs does this machine hold?
timeLimit: 20 min
topology: { scale-free: { nodes: ${nodes}, channels: ${nodes * 2}, capacity: 10M sat } }
workloads: [{ kind: payment, from: n0, hops: [1, 2, 3], count: 10 }]
`;

/** A count that is asked for is the only step. `open` is another one in tests. */
export const nodes = (asked: number | undefined, load: Load, open: typeof openDocker = openDocker): Promise<Broke> =>
  doubling({ ...load, first: asked ?? NODES_FIRST, bound: asked ?? NODES_BOUND }, (count) => bringUp(count, load.signal, open));

/** That it does not come up is a figure as well: what broke, and the last phase that ended. */
const bringUp = async (count: number, signal: AbortSignal, open: typeof openDocker): Promise<Step> => {
  const wanted = scenarioOf('load-nodes.yaml', scenario(count));
  const refused = whyNotDocker(wanted);
  if (refused !== null) return { nodes: count, broke: refused, phase: null };
  const { plan } = wanted;
  const startMs = performance.now();
  const freeBefore = process.availableMemory();
  const phases: string[] = [];
  const progress = (phase: string) => {
    phases.push(phase);
    process.stderr.write(`${count} LNDs, ${Math.round((performance.now() - startMs) / 1_000)} s: ${phase}\n`);
  };
  let opened: Network;
  try {
    opened = await open(plan.network, { connectRelay, fresh: true, progress, signal });
  } catch (error) {
    signal.throwIfAborted();
    return { nodes: count, broke: inWords(error), phase: phases.at(-1) ?? null };
  }
  await using network = opened;
  const upMs = Math.round(performance.now() - startMs);
  const memoryMib = Math.round((freeBefore - process.availableMemory()) / 2 ** 20);
  return { nodes: count, upMs, memoryMib, memoryMibPerNode: Math.round(memoryMib / count), ...(await paying(plan, network, signal)) };
};

const paying = async (plan: Plan, network: Network, signal: AbortSignal): Promise<Step> => {
  using limit = timeLimit(PAYING_MS, signal);
  const { report, error } = await runWorkloads(plan, network, { signal: limit.signal, progress: () => {} });
  const latency = (hops: number) =>
    report.metrics.find(({ name, tags }) => name === 'payment_latency_ms' && tags.hops === hops)?.summary?.p50;
  return {
    channels: plan.network.channels.length,
    paymentP50Ms: Object.fromEntries([1, 2, 3].map((hops) => [hops, latency(hops)])),
    accountingErrorMsat: report.metrics.find(({ name }) => name === 'accounting_error_msat')?.value ?? null,
    broke: error && inWords(error),
  };
};
