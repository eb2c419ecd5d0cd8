/**
 * LND drops a peer over a message that is too large, a custom one and an onion alike: with 0.21.3 both ends had lost each other 5 to 160 ms
 * after the error, and dialled again by themselves only seconds later.
 */
import type { Clock, Node } from '../../../nodes/node.ts';
import { until } from '../wait.ts';

/** When nothing shows by then, no peer was dropped. */
const DROP_SHOWS_MS = 1_000;
const MENDED_MS = 30_000;

/** Waits for the drop to show, then until the two are connected and their channels active at both ends. Throws DeadlineError. */
export async function mend(clock: Clock, one: Node, other: Node, signal: AbortSignal): Promise<void> {
  const shownByMs = clock.now() + DROP_SHOWS_MS;
  await until(clock, { what: `${one.name} to show whether it dropped ${other.name}`, ms: MENDED_MS, signal }, async () =>
    clock.now() >= shownByMs || !(await joined(one, other)) ? true : null,
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
