/** Waiting until nothing is under way: no HTLC on any channel, and balances that stand still. */
import { DeadlineError } from '../errors.ts';
import type { Clock, Waiting } from '../node.ts';
import type { Model } from './world.ts';

const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 10;

export async function quiet({ channels, core: { state } }: Model, clock: Clock, waiting: Waiting): Promise<void> {
  const deadline = clock.now() + DEADLINE_MS;
  for (let before = new Float64Array(0); ; ) {
    const pending = channels.filter((channel) => channel.pendingHtlcs > 0);
    const now = state.heldMsat.slice();
    if (pending.length === 0 && before.length === now.length && now.every((value, index) => value === before[index])) return;
    if (clock.now() >= deadline) {
      const named = pending.map(({ plan, pendingHtlcs }) => `${plan.name} has ${pendingHtlcs}`).slice(0, 10);
      throw new DeadlineError(`HTLCs still pending after ${DEADLINE_MS} ms: ${named.join(', ')}`, {
        hint: 'a channel whose peers are not connected cannot settle: connect them again',
      });
    }
    before = now;
    await clock.sleep(LOOK_EVERY_MS, waiting);
  }
}
