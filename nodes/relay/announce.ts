/** Tells the network that a relay stands beside this node, and goes on telling: LND forgets the feature bit when it restarts. */
import { DeadlineError } from '../errors.ts';
import type { RelayEnvironment } from '../node.ts';
import { withDeadline } from './deadline.ts';
import { RELAY_FEATURE } from './relay-path.ts';

const ANNOUNCE_DEADLINE_MS = 10_000;
/** Cheap where nothing has changed, and sooner than a session gives up on its way. */
const ANNOUNCE_AGAIN_MS = 5_000;

/** Resolves after the first try. Who cannot announce is still reached over carriers that need a relay at the far end alone. */
export const announce = async (environment: RelayEnvironment, signal: AbortSignal): Promise<void> => {
  const { node, clock, log } = environment;
  const late = () => new DeadlineError(`the node did not answer within ${ANNOUNCE_DEADLINE_MS / 1000} s`);
  const asked = node.announceFeature(RELAY_FEATURE, true, { signal });
  asked.catch(() => {});
  await withDeadline({ clock, ms: ANNOUNCE_DEADLINE_MS, late }, asked).catch((error: Error) =>
    log(`relay: not announced to the network: ${error.message}`),
  );
  void again(environment, signal);
};

/** Passive: virtual time does not pass for this alone. */
const again = async ({ node, clock }: RelayEnvironment, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await clock.sleep(ANNOUNCE_AGAIN_MS, { signal, passive: true }).catch(() => {});
    // A node that does not answer now is asked again soon; why the first try failed was said then.
    if (!signal.aborted) await node.announceFeature(RELAY_FEATURE, true, { signal }).catch(() => {});
  }
};
