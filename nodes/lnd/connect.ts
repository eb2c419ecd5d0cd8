/**
 * One request to dial a peer, and then nothing but looks whether it is there. LND dials anew for every request, beside a dial that is under
 * way; of two connections that come up in the same direction each end may keep another one, and both are closed. (ln-service's addPeer asks
 * again after 50, 100, 200 ms …: with 100 ms of delay a link met that each time.) What fails LND dials again by itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { LndError, PeerError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { unary } from './grpc.ts';

/** LND's connection manager dials again 5 s after a dial that failed, then after 10 s more. */
const CONNECTED_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** What one call may take however little is left, so that who is late is the peer and not LND. */
const CALL_MS_MIN = 5_000;
const NOT_NOW = /already connected to peer|in the process of starting/i;

/** Resolves when LND counts it among its peers. @throws PeerError after 20 s (LND goes on dialling), LndError */
export const connectPeer = async (lnd: AuthenticatedLnd, publicKey: string, socket: string, { signal }: Waiting = {}): Promise<void> => {
  const deadlineMs = Date.now() + CONNECTED_MS;
  const calling = (): Calling => ({ signal, deadlineMs: Math.max(CALL_MS_MIN, deadlineMs - Date.now()) });
  let requested = false;
  while (!(await isPeer(lnd, publicKey, calling()))) {
    if (Date.now() > deadlineMs)
      throw new PeerError(`connect to ${publicKey} at ${socket}: expected a connection within ${CONNECTED_MS / 1_000} s, found none`, {
        hint: 'see whether an LND with this key answers there',
      });
    if (!requested) requested = await request(lnd, publicKey, socket, calling());
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
};

type Calling = Parameters<typeof unary>[4];

/** False: LND takes no request yet, or has a connection with it that begins or ends. */
const request = (lnd: AuthenticatedLnd, publicKey: string, socket: string, calling: Calling): Promise<boolean> =>
  unary(lnd, 'default', 'connectPeer', { addr: { pubkey: publicKey, host: socket }, perm: true }, calling).then(() => true, notNow);

const isPeer = (lnd: AuthenticatedLnd, publicKey: string, calling: Calling): Promise<boolean> =>
  unary<{ peers: readonly { pub_key: string }[] }>(lnd, 'default', 'listPeers', {}, calling).then(
    ({ peers }) => peers.some(({ pub_key }) => pub_key === publicKey),
    notNow,
  );

const notNow = (error: unknown): false => {
  if (error instanceof LndError && NOT_NOW.test(error.message)) return false;
  throw error;
};
