/**
 * After a fault, peers that nobody dials are dialled. LND does so by itself within its `maxbackoff`; but where two connections crossed and a
 * link failed at its start (seen at an LND killed while an HTLC ended at it), neither end dials again, and their channel stands still for
 * good. What LND has not done within some seconds is asked of it, as whoever runs a node would.
 */
import type { LndNode } from '../lnd/index.ts';
import type { ChannelPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';

const LOOK_MS = 2_000;
/** Longer than LND's own pause before it dials again (lnd-flags.ts, maxbackoff). */
const LOOKS_MISSED = 3;
const WATCH_MS = 90_000;

export interface Redial {
  /** For a minute and a half from now on. */
  watch(signal: AbortSignal | undefined): void;
}

/** `whole` says which channels should be at work now: neither closed nor cut. */
export const redial = (nodes: ReadonlyMap<string, LndNode>, whole: () => readonly ChannelPlan[]): Redial => {
  let untilMs = 0;
  let watching = false;
  const missed = new Map<string, number>();
  const watchOn = async (signal: AbortSignal | undefined): Promise<void> => {
    while (wallClock.now() < untilMs && !signal?.aborted) {
      await wallClock.sleep(LOOK_MS, { ...(signal && { signal }) }).catch(() => {});
      await look(nodes, whole(), missed).catch(() => {});
    }
  };
  return {
    watch(signal) {
      untilMs = wallClock.now() + WATCH_MS;
      if (watching) return;
      watching = true;
      void watchOn(signal).finally(() => {
        watching = false;
        missed.clear();
      });
    },
  };
};

const look = async (nodes: ReadonlyMap<string, LndNode>, channels: readonly ChannelPlan[], missed: Map<string, number>): Promise<void> => {
  for (const { name, from, to } of channels) {
    const [near, far] = [nodes.get(from)!, nodes.get(to)!];
    // Who does not answer is down, and dials nobody.
    const apart = await near.peers().then(
      (peers) => !peers.includes(far.publicKey),
      () => false,
    );
    missed.set(name, apart ? (missed.get(name) ?? 0) + 1 : 0);
    if (missed.get(name)! > LOOKS_MISSED) await near.connect(far.publicKey, far.socket).catch(() => {});
  }
};
