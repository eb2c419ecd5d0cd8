/** One running LND as a Node of the seam. Knows nothing of how LND was started. */

import type { AuthenticatedLnd } from 'lightning';
import { authenticatedLndGrpc, diffieHellmanComputeSecret, getHeight, getIdentity, getPeers, removePeer } from 'ln-service';
import type { Node, Waiting } from '../node.ts';
import { announceFeature } from './announcement.ts';
import { balanceOf, channelsOf, graphOf } from './channels.ts';
import { connectPeer } from './connect.ts';
import { asked } from './failures.ts';
import { unary } from './grpc.ts';
import { interceptForwards, modifyExitHtlcs } from './htlcs.ts';
import { createInvoice, decodeInvoice, lookUpInvoice } from './invoices.ts';
import { lookUpPayment } from './look-up-payment.ts';
import { onionMessageSender, onionMessages } from './onion-messages.ts';
import { findRoute, payInvoice, payKeysend, receivedPayments } from './payments.ts';
import { peerMessages, sendPeerMessage } from './peer-messages.ts';

export interface LndAccess {
  readonly name: string;
  /** host:port of gRPC; `localhost` is a name in LND's own certificate. */
  readonly socket: string;
  readonly cert: Uint8Array;
  readonly macaroon: Uint8Array;
  /** Where other nodes dial this one. */
  readonly peerSocket: string;
}

/** A Node and the gRPC handle it stands on; the orchestrator opens channels and funds wallets through the latter. */
export type LndNode = Node & AsyncDisposable & { readonly lnd: AuthenticatedLnd };

/** @throws InfrastructureError's kin (LndError) when LND does not answer: the caller polls while it starts. */
export const openLnd = async (access: LndAccess): Promise<LndNode> => {
  const { lnd } = authenticatedLndGrpc({
    cert: Buffer.from(access.cert).toString('base64'),
    macaroon: Buffer.from(access.macaroon).toString('base64'),
    socket: access.socket,
  });
  const close = (): void => {
    for (const service of Object.values(lnd as unknown as Record<string, { close(): void }>)) service.close();
  };
  const { public_key: publicKey } = await asked('ask for the identity', getIdentity({ lnd })).catch((error: unknown) => {
    close();
    throw error;
  });
  const closed = new AbortController();
  const until = (waiting: Waiting | undefined): AbortSignal =>
    waiting?.signal ? AbortSignal.any([waiting.signal, closed.signal]) : closed.signal;
  const sendOnionMessage = onionMessageSender(lnd);

  return {
    lnd,
    name: access.name,
    publicKey,
    socket: access.peerSocket,
    height: async () => (await asked('ask for the height', getHeight({ lnd }))).current_block_height,
    channels: () => channelsOf(lnd),
    graph: () => graphOf(lnd),
    announceFeature: (bit, announced, waiting) => announceFeature(lnd, bit, announced, waiting),
    balanceMsat: (waiting = {}) => balanceOf(lnd, waiting),
    route: async (request) => findRoute(lnd, (await asked('ask for the height', getHeight({ lnd }))).current_block_height, request),
    pay: (request) => payKeysend(lnd, request),
    lookUpPayment: (hash, waiting) => lookUpPayment(lnd, hash, waiting),
    createInvoice: (request) => createInvoice(lnd, request),
    decodeInvoice: (request, waiting) => decodeInvoice(lnd, request, waiting),
    payInvoice: (request) => payInvoice(lnd, request),
    lookUpInvoice: (hash, waiting) => lookUpInvoice(lnd, hash, waiting),
    receivedPayments: (waiting) => receivedPayments(lnd, until(waiting)),
    interceptForwards: (answer, waiting) => interceptForwards(lnd, answer, until(waiting)),
    modifyExitHtlcs: (answer, waiting) => modifyExitHtlcs(lnd, answer, until(waiting)),
    sendPeerMessage: (request) => sendPeerMessage(lnd, request),
    peerMessages: (waiting) => peerMessages(lnd, until(waiting)),
    sendOnionMessage,
    onionMessages: (waiting) => onionMessages(lnd, until(waiting)),
    peers: async () => (await asked('list peers', getPeers({ lnd }))).peers.map((peer) => peer.public_key),
    connect: (peer, socket, waiting) => connectPeer(lnd, peer, socket, { signal: until(waiting) }),
    disconnect: (peer) => asked('disconnect a peer', removePeer({ lnd, public_key: peer })),
    sign: (message, waiting = {}) =>
      unary<{ signature: string }>(lnd, 'default', 'signMessage', { msg: message }, waiting).then(({ signature }) => signature),
    async verify(message, signature, waiting = {}) {
      const answer = await unary<{ valid: boolean; pubkey: string }>(lnd, 'default', 'verifyMessage', { msg: message, signature }, waiting);
      return answer.valid ? answer.pubkey : null;
    },
    async ecdh(partner) {
      const { secret } = await asked('ECDH with the node key', diffieHellmanComputeSecret({ lnd, partner_public_key: partner }));
      return Buffer.from(secret, 'hex');
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      close();
    },
  };
};
