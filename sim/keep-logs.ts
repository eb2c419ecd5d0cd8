/** What every process of the network said, beside the report. */
import type { Network } from '../nodes/node.ts';

const LOGS_MS_MAX = 30_000;

/** Warnings for the report: logs that cannot be kept are no reason to lose what was measured. */
export async function keepLogs(network: Network, folder: string): Promise<readonly string[]> {
  try {
    await network.writeLogs(folder, { signal: AbortSignal.timeout(LOGS_MS_MAX) });
    return [];
  } catch (error) {
    return [`The logs could not be kept: ${error instanceof Error ? error.message : String(error)}`];
  }
}
