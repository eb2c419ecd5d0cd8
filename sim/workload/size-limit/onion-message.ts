/**
 * What one onion message carries: N arrives, N + 1 is refused or does not. Nobody says when a limiter drops a message, so every packet
 * waits until the limiter has room for it.
 */
import { WorkloadError } from '../../../nodes/errors.ts';
import type { Network, OnionBytes } from '../../../nodes/node.ts';
import { onionMessagePayloadBytesMax } from '../../../nodes/onion.ts';
import type { HopTarget, SizeLimitPlan } from '../../scenario/plan.ts';
import { admissionAlong, nodeOf, pathBetween } from '../path.ts';
import { PROBE_RECORD_TYPE } from '../probe.ts';
import type { WorkloadContext } from '../workload.ts';
import { Arrivals } from './arrivals.ts';
import { findEdge } from './edge.ts';
import { mend } from './mend.ts';
import { outcomeOf, TRIES } from './outcome.ts';

/** LND counts a little more than the packet (type, path key, length): stay below what it admits. */
const SHARE_OF_LIMITER = 0.9;
const PACKET_BYTES_MAX = 65_498;

/** Records one figure per target and packet size. */
export async function onionMessageEdges(
  plan: SizeLimitPlan,
  context: WorkloadContext,
  tell: (target: HopTarget, onion: OnionBytes) => void,
): Promise<void> {
  const pace = new Pace(context.network, plan);
  for (const onion of plan.onions) {
    for (const target of plan.targets) {
      tell(target, onion);
      const bytes = await edge(plan.from, target, onion, pace, context);
      context.record.value('payload_limit_bytes', { carrier: 'onion-message', hops: target.hops, onion, by: 'lnd' }, bytes);
    }
  }
}

async function edge(from: string, { to, hops }: HopTarget, onion: OnionBytes, pace: Pace, context: WorkloadContext): Promise<number> {
  const { network, random, signal } = context;
  const [sender, target] = [nodeOf(network, from), nodeOf(network, to)];
  const way = pathBetween(network.plan, from, to).map((name) => nodeOf(network, name));
  const path = way.map(({ publicKey }) => publicKey);
  const first = way[0]!;
  await using arrivals = await Arrivals.open(network.clock, async (ending) =>
    only(await target.onionMessages({ signal: ending }), PROBE_RECORD_TYPE),
  );
  const arrives = async (n: number) => {
    const value = random.bytes(n);
    await pace.room(signal);
    return arrivals.afterSending(
      value,
      async () => {
        await sender.sendOnionMessage({ path, type: PROBE_RECORD_TYPE, value, onionBytesMax: onion, probe: true, signal });
        pace.sent(n);
      },
      { signal },
    );
  };
  const bytes = await findEdge({ expected: onionMessagePayloadBytesMax(path.length, onion), floor: 1, ceiling: onion }, async (n) => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const outcome = await outcomeOf(arrives(n));
      if (outcome === 'arrived') return true;
      // Above its largest packet LND says so, and drops the peer all the same; smaller packets are refused before LND is asked.
      if (outcome === 'peer lost' || (outcome === 'refused' && onion === PACKET_BYTES_MAX))
        await mend(network.clock, sender, first, signal);
      if (outcome === 'refused') return false;
    }
    return false;
  });
  if (bytes === null) throw new WorkloadError(`no onion message arrived at ${to} from ${from}, ${hops} hops away`);
  return bytes;
}

/** Holds each packet back until the limiters on the way must have room for it, counting on none of their burst. */
class Pace {
  readonly #clock: Network['clock'];
  readonly #bytesPerMs: number | null;
  #freeAtMs: number;

  constructor({ clock, plan }: Network, { targets }: SizeLimitPlan) {
    const { bytesPerS } = admissionAlong(
      plan,
      plan.nodes.map(({ name }) => name),
    );
    this.#clock = clock;
    this.#bytesPerMs = bytesPerS === null ? null : (bytesPerS * SHARE_OF_LIMITER) / 1_000;
    this.#freeAtMs = clock.now();
    if (targets.length > 0) this.sent(PACKET_BYTES_MAX); // what came before may have left the buckets empty
  }

  async room(signal: AbortSignal): Promise<void> {
    const waitMs = this.#freeAtMs - this.#clock.now();
    if (waitMs > 0) await this.#clock.sleep(waitMs, { signal });
  }

  /** `bytes` of payload went out, in a packet at least as large; probes at an edge fill theirs. */
  sent(bytes: number): void {
    if (this.#bytesPerMs === null) return;
    this.#freeAtMs = this.#clock.now() + packetBytes(bytes) / this.#bytesPerMs;
  }
}

function packetBytes(payloadBytes: number): number {
  return [1_366, 32_834, PACKET_BYTES_MAX].find((bytes) => bytes > payloadBytes) ?? PACKET_BYTES_MAX;
}

async function* only(messages: AsyncIterable<{ type: number; value: Uint8Array }>, type: number): AsyncGenerator<Uint8Array> {
  for await (const message of messages) if (message.type === type) yield message.value;
}
