/** A scale-free network of real LNDs: whether it comes up, what it holds, and whether payments find their way. */
import { openDocker } from '../../nodes/docker/network.ts';
import type { Network } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import type { Plan } from '../../sim/scenario/plan.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

const scenario = (nodes: number): string => `name: load-nodes
question: How many LNDs does this machine hold?
timeLimit: 20 min
topology: { scale-free: { nodes: ${nodes}, channels: ${nodes * 2}, capacity: 10M sat } }
workloads: [{ kind: payment, from: n0, hops: [1, 2, 3], count: 10 }]
`;

/** That it does not come up is a figure as well: what broke, and the last phase that ended. `open` is another one in tests. */
export const nodes = async (count: number, signal: AbortSignal, open: typeof openDocker = openDocker): Promise<object> => {
  const { plan } = scenarioOf('load-nodes.yaml', scenario(count));
  const startMs = performance.now();
  const freeBefore = process.availableMemory();
  const phases: string[] = [];
  const progress = (phase: string) => {
    phases.push(phase);
    process.stderr.write(`${Math.round((performance.now() - startMs) / 1_000)} s: ${phase}\n`);
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

const paying = async (plan: Plan, network: Network, signal: AbortSignal): Promise<object> => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(600_000)]);
  const { report, error } = await runWorkloads(plan, network, { signal: limited, progress: () => {} });
  const latency = (hops: number) =>
    report.metrics.find(({ name, tags }) => name === 'payment_latency_ms' && tags.hops === hops)?.summary?.p50;
  return {
    channels: plan.network.channels.length,
    paymentP50Ms: Object.fromEntries([1, 2, 3].map((hops) => [hops, latency(hops)])),
    accountingErrorMsat: report.metrics.find(({ name }) => name === 'accounting_error_msat')?.value ?? null,
    broke: error && inWords(error),
  };
};

const inWords = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
