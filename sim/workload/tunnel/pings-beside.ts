/** What a keystroke waits while a transfer fills the same session: round trips beside the bulk. */
import type { RelaySession } from '../../../nodes/node.ts';
import type { Tags } from '../../measure/report.ts';
import type { TunnelPlan } from '../../scenario/plan.ts';
import type { WorkloadContext } from '../workload.ts';

/** The first waits as long: by then the transfer fills its window. */
const EVERY_MS = 250;

/** Over carriers whose units are payments a ping would cost as much as a kilobyte of the transfer, and their time is settlement's. */
export const pingsBeside = ({ carrier, pings }: Pick<TunnelPlan, 'carrier' | 'pings'>): boolean =>
  pings > 0 && (carrier === 'onion-message' || carrier === 'peer-message');

/** At most `count` round trips, as many as the work lasts for; the last one may end after it and is not counted then. */
export async function pingedBeside<T>(
  count: number,
  session: RelaySession,
  tags: Tags,
  { network: { clock }, record, signal }: WorkloadContext,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, signal]);
  const pinging = async (): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await clock.sleep(EVERY_MS, { signal: until });
      const ms = await session.ping({ signal: until });
      until.throwIfAborted();
      record.sample('tunnel_rtt_ms', tags, ms);
    }
  };
  // A session that is gone fails the work itself.
  const pings = pinging().catch(() => {});
  try {
    return await work();
  } finally {
    over.abort();
    await pings;
  }
}
