/** A scale-free network of real LNDs: whether it comes up, what it holds, and whether payments find their way. */
import { openDocker } from '../../nodes/docker/network.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

const scenario = (nodes: number): string => `name: load-nodes
question: How many LNDs does this machine hold?
timeLimit: 20 min
topology: { scale-free: { nodes: ${nodes}, channels: ${nodes * 2}, capacity: 10M sat } }
workloads: [{ kind: payment, from: n0, hops: [1, 2, 3], count: 10 }]
`;

export const nodes = async (count: number): Promise<object> => {
  const { plan } = scenarioOf('load-nodes.yaml', scenario(count));
  const startMs = performance.now();
  const freeBefore = process.availableMemory();
  const progress = (phase: string) => process.stderr.write(`${Math.round((performance.now() - startMs) / 1_000)} s: ${phase}\n`);
  await using network = await openDocker(plan.network, { connectRelay, fresh: true, progress });
  const upMs = Math.round(performance.now() - startMs);
  const memoryMib = Math.round((freeBefore - process.availableMemory()) / 2 ** 20);
  const { report, error } = await runWorkloads(plan, network, { signal: AbortSignal.timeout(600_000), progress: () => {} });
  const latency = (hops: number) =>
    report.metrics.find(({ name, tags }) => name === 'payment_latency_ms' && tags.hops === hops)?.summary?.p50;
  return {
    nodes: count,
    channels: plan.network.channels.length,
    upMs,
    memoryMib,
    memoryMibPerNode: Math.round(memoryMib / count),
    paymentP50Ms: Object.fromEntries([1, 2, 3].map((hops) => [hops, latency(hops)])),
    accountingErrorMsat: report.metrics.find(({ name }) => name === 'accounting_error_msat')?.value ?? null,
    broke: error?.message ?? null,
  };
};
