/** What one custom message to a direct peer carries. One byte more makes LND drop the peer, so each such probe mends the connection. */
import { WorkloadError } from '../../../nodes/errors.ts';
import type { Node } from '../../../nodes/node.ts';
import { PEER_MESSAGE_BYTES_MAX } from '../../../nodes/onion.ts';
import type { HopTarget } from '../../scenario/plan.ts';
import { nodeOf } from '../path.ts';
import { PROBE_PEER_TYPE } from '../probe.ts';
import type { WorkloadContext } from '../workload.ts';
import { Arrivals } from './arrivals.ts';
import { findEdge } from './edge.ts';
import { mend } from './mend.ts';
import { outcomeOf, TRIES } from './outcome.ts';

export async function peerMessageEdge(from: string, { to }: HopTarget, context: WorkloadContext): Promise<number> {
  const { network, random, signal } = context;
  const [sender, target] = [nodeOf(network, from), nodeOf(network, to)];
  await using arrivals = await Arrivals.open(network.clock, async (ending) =>
    probesOf(sender, await target.peerMessages({ signal: ending })),
  );
  const arrives = (n: number) => {
    const data = random.bytes(n);
    const send = () => sender.sendPeerMessage({ to: target.publicKey, type: PROBE_PEER_TYPE, data, probe: true, signal });
    return arrivals.afterSending(data, send, { signal });
  };
  const bytes = await findEdge({ expected: PEER_MESSAGE_BYTES_MAX, floor: 1, ceiling: 2 * PEER_MESSAGE_BYTES_MAX }, async (n) => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const outcome = await outcomeOf(arrives(n));
      if (outcome === 'arrived') return true;
      await mend(network.clock, sender, target, signal);
      if (outcome === 'refused') return false;
    }
    return false;
  });
  if (bytes === null) throw new WorkloadError(`no message arrived at ${to} from its peer ${from}`);
  return bytes;
}

async function* probesOf(
  sender: Node,
  messages: AsyncIterable<{ from: string; type: number; data: Uint8Array }>,
): AsyncGenerator<Uint8Array> {
  for await (const { from, type, data } of messages) if (type === PROBE_PEER_TYPE && from === sender.publicKey) yield data;
}
