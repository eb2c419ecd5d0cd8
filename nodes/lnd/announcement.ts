/** Feature bits of the node announcement, set while LND runs; a restart forgets them. */
import type { AuthenticatedLnd } from 'lightning';
import { getWalletInfo } from 'ln-service';
import type { Waiting } from '../node.ts';
import { asked } from './failures.ts';
import { unary } from './grpc.ts';

/** LND's words when there is nothing to change. */
const SO_ALREADY = /bit is already (un)?set/;

/** LND has no name for the bit, and takes its number all the same. @throws LndError where peersrpc is not built in or not allowed */
export const announceFeature = async (lnd: AuthenticatedLnd, bit: number, announced: boolean, waiting: Waiting = {}): Promise<void> => {
  // Asked for what it does already, LND writes an error into its log each time.
  const { features } = await asked('ask which features are announced', getWalletInfo({ lnd }));
  if (features.some((feature) => feature.bit === bit) === announced) return;
  const update = { feature_updates: [{ action: announced ? 'ADD' : 'REMOVE', feature_bit: bit }] };
  try {
    await unary(lnd, 'peers' as keyof AuthenticatedLnd, 'updateNodeAnnouncement', update, waiting);
  } catch (error) {
    if (!(error instanceof Error && SO_ALREADY.test(error.message))) throw error;
  }
};
