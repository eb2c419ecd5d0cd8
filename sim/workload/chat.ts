/** Messages as people send them: through the relays' own messages, each counted when the other relay holds it and its bytes are right. */
import { WorkloadError } from '../../nodes/errors.ts';
import type { RelayClient } from '../../nodes/node.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import type { ChatPlan } from '../scenario/plan.ts';
import { nodeOf, relayOf } from './path.ts';
import { within } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const MESSAGE_MS_MAX = 300_000;

export const chat: Workload<ChatPlan> = async (plan, context) => {
  for (const carrier of plan.carriers)
    for (const bytes of plan.sizes) for (const inFlight of plan.inFlight) await exchange(plan, carrier, bytes, inFlight, context);
};

const exchange = async (plan: ChatPlan, carrier: CarrierKind, bytes: number, inFlight: number, context: WorkloadContext): Promise<void> => {
  const { network, record, progress } = context;
  const tags = { carrier, hops: plan.hops, size: bytes, in_flight: inFlight };
  progress(`chat, ${carrier}: ${plan.count} messages of ${bytes} B, ${inFlight} in flight`);
  const startMs = network.clock.now();
  let next = 0;
  let lost = 0;
  const one = async (): Promise<void> => {
    while (next++ < plan.count) {
      const sentMs = network.clock.now();
      if (await delivered(plan, carrier, bytes, context)) record.sample('chat_latency_ms', tags, network.clock.now() - sentMs);
      else lost += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  record.value('chat_goodput_bytes_per_s', tags, ((plan.count - lost) * bytes * 1_000) / (network.clock.now() - startMs));
  record.value('chat_lost', tags, lost);
};

/** False when the other relay does not show what it said it holds. */
const delivered = async (plan: ChatPlan, carrier: CarrierKind, bytes: number, context: WorkloadContext): Promise<boolean> => {
  const { network, random, signal } = context;
  const to = relayOf(network, plan.to);
  const body = random.bytes(bytes);
  const what = `a message of ${bytes} B over ${carrier}`;
  const { id } = await within(network.clock, { what, ms: MESSAGE_MS_MAX, signal }, (waiting) =>
    relayOf(network, plan.from).messages.send({
      to: nodeOf(network, plan.to).publicKey,
      carrier,
      bytes: body,
      timeoutMs: MESSAGE_MS_MAX,
      signal: waiting,
    }),
  );
  const held = await find(to, id, signal);
  if (held === undefined) return false;
  await to.messages.remove(id);
  if (!Buffer.from(held).equals(body)) throw new WorkloadError(`${what} arrived with other bytes than were sent`);
  return true;
};

/** Nothing but this workload's own messages lies there, each removed once it was seen. */
const find = async (to: RelayClient, id: string, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  for (let after = 0; ; ) {
    const page = await to.messages.list({ after, signal });
    const found = page.find((message) => message.id === id);
    if (found !== undefined || page.length === 0) return found?.bytes;
    after = page.at(-1)?.number ?? after;
  }
};
