/** BOLT 1 custom messages between direct peers: in order on the wire, but calls in flight overtake one another on their way to it. */
import { LndError, PayloadTooLargeError, PeerError } from '../errors.ts';
import type { PeerMessageRequest } from '../node.ts';
import { PEER_MESSAGE_BYTES_MAX } from '../onion.ts';
import type { Connection } from './connection.ts';
import type { SimulatedLnd } from './lnd.ts';
import { breakSoon } from './peers.ts';
import type { Settle } from './waits.ts';
import type { Worker } from './worker.ts';

/** BOLT 1 leaves types from here on to whoever wants them. */
const CUSTOM_TYPE_MIN = 32_768;

/** @param client the thread of the program that sends. Resolves when the message is written to the connection. */
export function sendPeerMessage(lnd: SimulatedLnd, client: Worker, request: PeerMessageRequest, settle: Settle<void>): void {
  const bytes = request.data.length;
  if (request.type < CUSTOM_TYPE_MIN) throw new LndError('gRPC 2', `${lnd.name}: message type ${request.type} is not in the custom range`);
  const tooLarge = bytes > PEER_MESSAGE_BYTES_MAX;
  if (tooLarge && !request.probe) throw new PayloadTooLargeError('peer-message', bytes, PEER_MESSAGE_BYTES_MAX);
  const data = Uint8Array.from(request.data);
  const { costs, time } = lnd;
  client.do(lnd.spread(costs.callCpuUs + bytes * costs.callCpuUsPerByte), () =>
    time.after(lnd.random.float() * (costs.callScheduleUs + bytes * costs.callScheduleUsPerByte), () =>
      lnd.compute(costs.peerMessageCpuUs + bytes * costs.peerMessageCpuUsPerByte, () => {
        const connection = lnd.connections.get(request.to);
        if (!connection?.up) {
          settle.reject(new PeerError(`${lnd.name}: ${request.to} is not connected`));
        } else if (tooLarge) {
          lnd.note(`a message of ${bytes} B for ${request.to}: peer exiting`);
          breakSoon(connection);
          const hint = 'LND has dropped the peer over it: connect again and wait until the channel is active';
          settle.reject(new PayloadTooLargeError('peer-message', bytes, PEER_MESSAGE_BYTES_MAX, { hint }));
        } else {
          carry(lnd, connection, request.type, data);
          settle.resolve();
        }
      }),
    ),
  );
}

function carry(from: SimulatedLnd, connection: Connection, type: number, data: Uint8Array): void {
  const to = connection.far(from);
  const { costs } = from;
  from.record('peer-message', to, data.length, 0);
  from.compute(data.length * costs.asideCpuUsPerByte, () => {});
  connection.send(from, data.length, () => {
    to.inbound(from.publicKey, 'peer').do(to.spread(costs.peerMessageCpuUs + data.length * costs.peerMessageCpuUsPerByte), () => {
      to.compute(data.length * costs.asideCpuUsPerByte, () => {});
      to.peerMessages.publish({ from: from.publicKey, type, data });
    });
  });
}
