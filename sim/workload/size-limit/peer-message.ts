/** What one custom message to a direct peer carries. One byte more makes LND drop the peer, so each such probe mends the connection. */
import { LndError, PayloadTooLargeError, PeerError, WorkloadError } from '../../../nodes/errors.ts';
import type { Clock, Node } from '../../../nodes/node.ts';
import { PEER_MESSAGE_BYTES_MAX } from '../../../nodes/onion.ts';
import type { HopTarget } from '../../scenario/plan.ts';
import { nodeOf } from '../path.ts';
import { PROBE_PEER_TYPE } from '../probe.ts';
import { until } from '../wait.ts';
import type { WorkloadContext } from '../workload.ts';
import { Arrivals } from './arrivals.ts';
import { findEdge } from './edge.ts';

/** LND shows that it dropped a peer within moments; when it has not by then it dropped none, or is back already. */
const DROP_SHOWS_MS = 2_000;
const MENDED_MS = 30_000;
/** For a size that should pass: the connection may just be coming back. */
const TRIES = 2;

export async function peerMessageEdge(from: string, { to }: HopTarget, context: WorkloadContext): Promise<number> {
  const { network, random, signal } = context;
  const [sender, target] = [nodeOf(network, from), nodeOf(network, to)];
  await using arrivals = await Arrivals.open(network.clock, async (ending) =>
    probesOf(sender, await target.peerMessages({ signal: ending })),
  );
  const passes = async (n: number): Promise<'yes' | 'no' | 'too large'> => {
    const data = random.bytes(n);
    const send = () => sender.sendPeerMessage({ to: target.publicKey, type: PROBE_PEER_TYPE, data, probe: true, signal });
    try {
      return (await arrivals.afterSending(data, send, { signal })) ? 'yes' : 'no';
    } catch (error) {
      if (error instanceof PayloadTooLargeError || error instanceof LndError) return 'too large';
      if (error instanceof PeerError) return 'no';
      throw error;
    }
  };
  const bytes = await findEdge({ expected: PEER_MESSAGE_BYTES_MAX, floor: 1, ceiling: 2 * PEER_MESSAGE_BYTES_MAX }, async (n) => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const outcome = await passes(n);
      if (outcome === 'yes') return true;
      await mend(network.clock, sender, target, signal);
      if (outcome === 'too large') return false;
    }
    return false;
  });
  if (bytes === null) throw new WorkloadError(`no message arrived at ${to} from its peer ${from}`);
  return bytes;
}

/** Connected again, and every channel between the two active at both ends. Throws DeadlineError. */
async function mend(clock: Clock, one: Node, other: Node, signal: AbortSignal): Promise<void> {
  const droppedByMs = clock.now() + DROP_SHOWS_MS;
  await until(clock, { what: `${one.name} to show whether it dropped ${other.name}`, ms: MENDED_MS, signal }, async () =>
    clock.now() >= droppedByMs || !(await joined(one, other)) ? true : null,
  );
  await until(clock, { what: `the channel between ${one.name} and ${other.name} to be active again`, ms: MENDED_MS, signal }, async () => {
    if (await joined(one, other)) return true;
    // LND also dials by itself: whoever comes second is told that the peer is connected already.
    if (!(await one.peers({ signal })).includes(other.publicKey))
      await one.connect(other.publicKey, other.socket, { signal }).catch(() => {});
    return null;
  });
}

async function joined(one: Node, other: Node): Promise<boolean> {
  const ends = await Promise.all([one.channels(), other.channels()]);
  const keys = [other.publicKey, one.publicKey];
  const connected = (await one.peers()).includes(other.publicKey);
  return connected && ends.every((channels, end) => channels.every((channel) => channel.partner !== keys[end] || channel.active));
}

async function* probesOf(
  sender: Node,
  messages: AsyncIterable<{ from: string; type: number; data: Uint8Array }>,
): AsyncGenerator<Uint8Array> {
  for await (const { from, type, data } of messages) if (type === PROBE_PEER_TYPE && from === sender.publicKey) yield data;
}
