/** BOLT 1 custom messages to a direct peer. */
import type { AuthenticatedLnd } from 'lightning';
import { PayloadTooLargeError } from '../errors.ts';
import type { PeerMessage, PeerMessageRequest } from '../node.ts';
import { PEER_MESSAGE_BYTES_MAX } from '../onion.ts';
import { unary } from './grpc.ts';
import { subscribe } from './subscription.ts';

export const sendPeerMessage = async (lnd: AuthenticatedLnd, { to, type, data, probe, signal }: PeerMessageRequest): Promise<void> => {
  const tooLarge = data.length > PEER_MESSAGE_BYTES_MAX;
  if (tooLarge && !probe) throw new PayloadTooLargeError('peer-message', data.length, PEER_MESSAGE_BYTES_MAX);
  try {
    await unary(lnd, 'default', 'sendCustomMessage', { peer: Buffer.from(to, 'hex'), type, data }, { signal });
  } catch (error) {
    if (!tooLarge || signal?.aborted) throw error;
    const hint = 'LND has dropped the peer over it: connect again and wait until the channel is active';
    throw new PayloadTooLargeError('peer-message', data.length, PEER_MESSAGE_BYTES_MAX, { cause: error, hint });
  }
};

interface RawPeerMessage {
  peer: Uint8Array;
  type: number;
  data: Uint8Array;
}

export const peerMessages = (lnd: AuthenticatedLnd, signal: AbortSignal): Promise<AsyncIterable<PeerMessage>> =>
  subscribe<RawPeerMessage, PeerMessage>(
    lnd,
    {
      service: 'default',
      method: 'subscribeCustomMessages',
      request: () => ({}),
      pick: ({ peer, type, data }) => ({ from: Buffer.from(peer).toString('hex'), type, data }),
    },
    signal,
  );
