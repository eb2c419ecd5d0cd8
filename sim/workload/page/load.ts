/** One file read through a relay, compared with what its seed says it must be. */
import { createHash } from 'node:crypto';
import { WorkloadError } from '../../../nodes/errors.ts';
import type { PageRequest, RelayClient } from '../../../nodes/node.ts';
import { originSha256 } from '../../../nodes/origin.ts';
import type { TransferArrivals } from '../tunnel/goodput-after.ts';
import type { WorkloadContext } from '../workload.ts';

interface Expected {
  readonly size: number;
  readonly seed: string;
}

/** When which bytes came. @throws WorkloadError when they are not those of the seed, and what reading throws. */
export async function load(
  relay: RelayClient,
  request: PageRequest,
  { size, seed }: Expected,
  what: string,
  { network, progress, traffic, moved }: WorkloadContext,
): Promise<TransferArrivals> {
  const { clock } = network;
  progress(`${what}: looking it up`);
  const startMs = clock.now();
  const answer = await relay.pages.get(request);
  const hash = createHash('sha256');
  const arrived: { ms: number; bytes: number }[] = [];
  let bytes = 0;
  const reading = async (): Promise<void> => {
    for await (const piece of answer.body) {
      hash.update(piece);
      bytes += piece.length;
      traffic?.moved(piece.length);
      moved(piece.length);
      arrived.push({ ms: clock.now(), bytes: piece.length });
      progress(`${what}: ${bytes} of ${size} B`);
    }
  };
  await (traffic?.during('B', reading) ?? reading());
  const sha256 = hash.digest('hex');
  if (bytes !== size || sha256 !== originSha256(seed, size) || answer.sha256 !== sha256)
    throw new WorkloadError(`${what}: what arrived is not what was published (${bytes} of ${size} B)`);
  return { startMs, arrived };
}
