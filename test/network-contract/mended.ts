/** A line that is whole again after a connection was lost. */
import { LeydenError } from '../../nodes/errors.ts';
import type { Network, Node } from '../../nodes/node.ts';

/** LND shows a drop up to 160 ms after the error that goes with it. */
const DROP_SHOWS_MS = 1_000;
const LOOK_EVERY_MS = 100;
const MENDED_MS = 30_000;

/** Waits for the drop to show (or not), then connects until the channel is active at both ends: LND may dial meanwhile. */
export async function mended(network: Network, a: Node, b: Node): Promise<void> {
  const shownByMs = network.clock.now() + DROP_SHOWS_MS;
  await patient(network, `${a.name} to lose ${b.name}`, async () => network.clock.now() > shownByMs || !(await joined(a, b)));
  await patient(network, `${a.name} and ${b.name} to have their channel again`, async () => {
    if (await joined(a, b)) return true;
    await a.connect(b.publicKey, b.socket).catch((error: unknown) => {
      if (!(error instanceof LeydenError)) throw error;
    });
    return false;
  });
}

/** Polls on the network's clock. */
export async function patient(network: Network, what: string, happened: () => Promise<boolean>): Promise<void> {
  const lateMs = network.clock.now() + MENDED_MS;
  while (!(await happened())) {
    if (network.clock.now() > lateMs) throw new Error(`waited ${MENDED_MS} ms for ${what}`);
    await network.clock.sleep(LOOK_EVERY_MS);
  }
}

async function joined(a: Node, b: Node): Promise<boolean> {
  const [ours, theirs, peers] = await Promise.all([a.channels(), b.channels(), a.peers()]);
  const active = (channels: typeof ours, key: string) => channels.some((channel) => channel.partner === key && channel.active);
  return peers.includes(b.publicKey) && active(ours, b.publicKey) && active(theirs, a.publicKey);
}
