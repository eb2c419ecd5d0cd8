/**
 * One request to dial a peer, and then nothing but looks whether it is there. LND dials anew for every request, beside a dial that is under
 * way; of two connections that come up in the same direction each end may keep another one, and both are closed. (ln-service's addPeer asks
 * again after 50, 100, 200 ms …: with 100 ms of delay a link met that each time.) What fails LND dials again by itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { getPeers } from 'ln-service';
import { LndError, PeerError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { asked } from './failures.ts';
import { unary } from './grpc.ts';

/** LND's connection manager dials again 5 s after a dial that failed, then after 10 s more. */
const CONNECTED_MS = 20_000;
const LOOK_EVERY_MS = 50;
const CONNECTED = /already connected to peer/i;
const STARTING = /in the process of starting/i;

/** Resolves when LND counts it among its peers. @throws PeerError after 20 s (LND goes on dialling), LndError */
export async function connectPeer(lnd: AuthenticatedLnd, publicKey: string, socket: string, { signal }: Waiting = {}): Promise<void> {
  const deadlineMs = Date.now() + CONNECTED_MS;
  let requested = false;
  while (!(requested && (await isPeer(lnd, publicKey)))) {
    signal?.throwIfAborted();
    if (Date.now() > deadlineMs)
      throw new PeerError(
        `connect to ${socket}: expected a connection within ${CONNECTED_MS / 1_000} s, found none; see whether its LND answers`,
      );
    if (requested) await delay(LOOK_EVERY_MS, undefined, { signal });
    else requested = await request(lnd, publicKey, socket, signal);
  }
}

/** False: LND takes no request yet. */
async function request(lnd: AuthenticatedLnd, publicKey: string, socket: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await unary(lnd, 'default', 'connectPeer', { addr: { pubkey: publicKey, host: socket }, perm: true }, { signal });
  } catch (error) {
    if (!(error instanceof LndError)) throw error;
    if (STARTING.test(error.message)) {
      await delay(LOOK_EVERY_MS, undefined, { signal });
      return false;
    }
    if (!CONNECTED.test(error.message)) throw error;
  }
  return true;
}

async function isPeer(lnd: AuthenticatedLnd, publicKey: string): Promise<boolean> {
  return (await asked('list peers', getPeers({ lnd }))).peers.some(({ public_key }) => public_key === publicKey);
}
