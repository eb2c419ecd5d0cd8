/** What tests of the command share: a folder of their own, and a scenario of two simulated nodes that runs in milliseconds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

export const TINY = `name: tiny
question: Does it run?
topology: { line: { nodes: 2 } }
workloads:
  - { kind: payment, hops: [1], count: 20 }
thresholds:
  accounting_error_msat: value == 0
  payment_latency_ms: count >= 20
`;

/** Removed when the test has ended. */
export async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function fileOf(t: ExecutionContext, text: string): Promise<string> {
  const file = join(await scratch(t), 'scenario.yaml');
  await writeFile(file, text);
  return file;
}
