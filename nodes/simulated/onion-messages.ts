/**
 * BOLT 4 onion messages: built by the sender, peeled hop by hop, and dropped without a word wherever the limiter's bucket is empty or
 * the peer's queue is full. Sizes are those of real packets; the layers themselves are not encrypted here.
 */
import { PayloadTooLargeError, PeerError } from '../errors.ts';
import type { OnionBytes, OnionMessage, OnionMessageRequest } from '../node.ts';
import { onionBytesFor, onionMessagePayloadBytesMax } from '../onion.ts';
import type { Connection } from './connection.ts';
import { TokenBucket } from './limiter.ts';
import type { SimulatedLnd } from './lnd.ts';
import { breakSoon } from './peers.ts';
import { unblinded } from './unblinded.ts';
import type { Settle } from './waits.ts';
import type { Worker } from './worker.ts';

/** Messages of one peer that wait to be peeled. LND drops a burst even with its limiter off: 40 to 50 % of 120 sent 16 at a time. */
const QUEUE_MAX = 50;
const ONION_BYTES_DEFAULT: OnionBytes = 32834;
/** What still fits a BOLT 8 message beside type, path key and length. */
const ONION_BYTES_LND_MAX: OnionBytes = 65498;

/** Where the sender made the destination's blinded hop itself, what it sealed there names nothing. */
const OWN_PATH = new Uint8Array(0);

interface Packet {
  readonly bytes: number;
  /** Public keys still ahead, destination last; null instead where a blinded path that nobody can read breaks off. */
  readonly ahead: readonly (string | null)[];
  readonly message: OnionMessage;
}

/** @param client the thread of the program that sends. Resolves when LND has taken it. */
export function sendOnionMessage(
  lnd: SimulatedLnd,
  client: Worker,
  request: OnionMessageRequest,
  byKey: (publicKey: string) => SimulatedLnd | undefined,
  settle: Settle<void>,
): void {
  const { path, to, type, probe, onionBytesMax = ONION_BYTES_DEFAULT } = request;
  const limit = onionMessagePayloadBytesMax(path.length, onionBytesMax, to);
  const tooLarge = new PayloadTooLargeError('onion-message', request.value.length, limit);
  const fitting = onionBytesFor(path.length, request.value.length, onionBytesMax, to);
  // A packet above a smaller limit than LND's own cannot be asked for: it is refused before LND, probe or not.
  if (fitting === null && (!probe || onionBytesMax < ONION_BYTES_LND_MAX)) throw tooLarge;
  const bytes = fitting ?? ONION_BYTES_LND_MAX + request.value.length - limit;
  const behind = to === undefined ? [] : unblinded(to, byKey);
  const encrypted = to === undefined ? OWN_PATH : (to.hops.at(-1)?.encrypted ?? OWN_PATH);
  const packet: Packet = {
    bytes,
    ahead: [...path.slice(1), ...behind],
    message: { type, value: Uint8Array.from(request.value), encrypted },
  };
  const { costs } = lnd;
  const buildUs =
    costs.onionBuildCpuUs + (path.length + behind.length) * costs.onionBuildCpuUsPerHop + bytes * costs.onionBuildCpuUsPerByte;
  client.do(lnd.spread(buildUs + costs.callCpuUs + bytes * costs.callCpuUsPerByte), () =>
    lnd.compute(costs.onionSendCpuUs + bytes * costs.peerMessageCpuUsPerByte, () => {
      const connection = lnd.connections.get(path[0]!);
      if (!connection?.up) {
        settle.reject(new PeerError(`${lnd.name}: ${path[0]} is not connected`));
      } else if (fitting === null) {
        lnd.note(`an onion message of ${bytes} B for ${path[0]}: message payload is too large, peer exiting`);
        breakSoon(connection);
        settle.reject(tooLarge);
      } else {
        carry(lnd, connection, packet);
        settle.resolve();
      }
    }),
  );
}

function carry(from: SimulatedLnd, connection: Connection, packet: Packet): void {
  const to = connection.far(from);
  from.record('onion-message', to, packet.bytes, 0);
  connection.send(from, packet.bytes, () => arrive(to, from, packet));
}

function arrive(lnd: SimulatedLnd, from: SimulatedLnd, packet: Packet): void {
  const { costs } = lnd;
  const queue = lnd.inbound(from.publicKey, 'onion');
  if (!admitted(lnd, from.publicKey, packet.bytes) || queue.backlog >= QUEUE_MAX) {
    lnd.record('onion-dropped', from, packet.bytes, 0);
    lnd.note(`onion message of ${packet.bytes} B from ${from.name} dropped`);
    return;
  }
  const deliverUs = packet.ahead.length === 0 ? costs.onionDeliverCpuUs : 0;
  queue.do(lnd.spread(costs.onionPeelCpuUs + packet.bytes * costs.onionPeelCpuUsPerByte + deliverUs), () => {
    const [next, ...ahead] = packet.ahead;
    if (next === undefined) {
      lnd.onionMessages.publish(packet.message);
      return;
    }
    // LND hands nothing back to the peer that it came from (onionmessage/actor.go, ErrSamePeerCycle).
    const connection = next === null || next === from.publicKey ? undefined : lnd.connections.get(next);
    if (connection?.up) carry(lnd, connection, { ...packet, ahead });
  });
}

/** LND asks the peer's bucket, then the one for all. Bytes are those of the onion packet. */
function admitted(lnd: SimulatedLnd, peer: string, bytes: number): boolean {
  const { peerKbps, peerBurstBytes } = lnd.plan.onionLimiter;
  let bucket = lnd.onionPeerBuckets.get(peer);
  if (bucket === undefined) {
    bucket = new TokenBucket(peerKbps, peerBurstBytes, lnd.time.nowUs);
    lnd.onionPeerBuckets.set(peer, bucket);
  }
  return bucket.allow(bytes, lnd.time.nowUs) && lnd.onionBucket.allow(bytes, lnd.time.nowUs);
}
