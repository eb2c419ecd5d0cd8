/** What a transfer cost every node's machine, per MiB: CPU time of LND and relay, and LND's databases. Nothing where none runs. */
import type { Usage } from '../../../nodes/node.ts';
import type { Tags } from '../../measure/report.ts';
import type { Recorder } from '../workload.ts';

const MIB = 2 ** 20;

export function recordUsed(record: Recorder, tags: Tags, bytes: number, before: readonly Usage[], after: readonly Usage[]): void {
  for (const now of after) {
    const then = before.find(({ node }) => node === now.node);
    // A process that was restarted meanwhile began to count anew.
    if (then === undefined || now.lndCpuMs < then.lndCpuMs || (now.relayCpuMs ?? 0) < (then.relayCpuMs ?? 0)) continue;
    const { node } = now;
    const perMib = (more: number): number => (more * MIB) / bytes;
    record.value('cpu_s_per_mib', { ...tags, node, process: 'lnd' }, perMib(now.lndCpuMs - then.lndCpuMs) / 1_000);
    if (now.relayCpuMs !== null && then.relayCpuMs !== null)
      record.value('cpu_s_per_mib', { ...tags, node, process: 'relay' }, perMib(now.relayCpuMs - then.relayCpuMs) / 1_000);
    record.value('database_bytes_per_mib', { ...tags, node }, perMib(now.databaseBytes - then.databaseBytes));
  }
}
