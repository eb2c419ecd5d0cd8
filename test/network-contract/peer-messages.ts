import { createECDH, randomBytes } from 'node:crypto';
import { PayloadTooLargeError, PeerError } from '../../nodes/errors.ts';
import type { Network, Node } from '../../nodes/node.ts';
import { type Contracts, routeRequest, routeTo } from './contract.ts';
import { ARRIVES_MS, arrivalOf } from './hearing.ts';
import { keysend } from './keysend.ts';
import { mended, patient } from './mended.ts';

const PEER_TYPE = 47_863;
/** BOLT 1: 65,535 B less the two of the type. */
const PEER_MESSAGE_LIMIT = 65_533;

export const peerMessages: Contracts = {
  'peer messages of every size up to the limit arrive, and one byte more is refused by its limit': async (t, network, line) => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [3, 4],
    ] as const) {
      for (const bytes of [1, 1_000, PEER_MESSAGE_LIMIT]) {
        const stop = new AbortController();
        const data = randomBytes(bytes);
        const arrival = arrivalOf(network, await line[to]!.peerMessages(stop), ({ type }) => type === PEER_TYPE, ARRIVES_MS);
        await line[from]!.sendPeerMessage({ to: line[to]!.publicKey, type: PEER_TYPE, data });
        const message = await arrival;
        stop.abort();
        t.is(message.from, line[from]!.publicKey);
        t.true(Buffer.from(message.data).equals(data), `${bytes} B`);
      }
    }
    const over = line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: PEER_TYPE, data: new Uint8Array(PEER_MESSAGE_LIMIT + 1) });
    t.is((await t.throwsAsync(over, { instanceOf: PayloadTooLargeError }))!.limitBytes, PEER_MESSAGE_LIMIT);
    t.is((await line[0]!.peers()).length, 1, 'the guard kept the peer');
  },

  'a peer message over the limit that is probed costs the peer, and connecting again brings the channel back': async (t, network, line) => {
    const over = { to: line[1]!.publicKey, type: PEER_TYPE, data: new Uint8Array(PEER_MESSAGE_LIMIT + 1), probe: true };
    t.is((await t.throwsAsync(line[0]!.sendPeerMessage(over), { instanceOf: PayloadTooLargeError }))!.limitBytes, PEER_MESSAGE_LIMIT);
    await mended(network, line[0]!, line[1]!);
    t.is((await line[0]!.pay(keysend(await routeTo(line, 5, 1000), randomBytes(100)))).hops, 5);
  },

  'peer messages one at a time keep their order': async (t, network, line) => {
    t.deepEqual(await numbersThatArrive(network, line, 50, 1), [...Array(50).keys()]);
  },

  'none of 300 peer messages with 8 in flight is lost, though order may change': async (t, network, line) => {
    const numbers = await numbersThatArrive(network, line, 300, 8);
    t.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [...Array(300).keys()],
    );
  },

  'a peer that left is an error by name, and its channel works again after it is back': async (t, network, line) => {
    const [, , , , n4, n5] = line as [Node, Node, Node, Node, Node, Node];
    // On a new network n4 dialled n5: whoever dialled and is told to leave does not come back by itself.
    await n4.disconnect(n5.publicKey);
    await patient(network, 'n5 to be without peers', async () => (await n5.peers()).length === 0);
    const message = { to: n4.publicKey, type: PEER_TYPE, data: new Uint8Array(1) };
    await t.throwsAsync(n5.sendPeerMessage(message), { instanceOf: PeerError });
    await t.throwsAsync(n5.sendOnionMessage({ path: [n4.publicKey], type: 1_197_865, value: new Uint8Array(1) }), {
      instanceOf: PeerError,
    });
    await mended(network, n5, n4);
    t.is((await n5.pay(keysend(await n5.route(routeRequest(line[0]!)), randomBytes(8)))).hops, 5);
  },

  'connecting to a key that no node has is an error by name, and the peers stay as they were': async (t, _network, line) => {
    const before = await line[0]!.peers();
    const nobody = createECDH('secp256k1').generateKeys('hex', 'compressed');
    // LND goes on dialling for good: a port where nobody listens costs nothing.
    await t.throwsAsync(line[0]!.connect(nobody, '127.0.0.1:9'), { instanceOf: PeerError });
    t.deepEqual(await line[0]!.peers(), before);
  },
};

async function numbersThatArrive(network: Network, line: readonly Node[], count: number, inFlight: number): Promise<number[]> {
  const stop = new AbortController();
  const numbers: number[] = [];
  const heard = async () => {
    for await (const { type, data } of received) {
      if (type === PEER_TYPE) numbers.push(Buffer.from(data).readUInt32BE());
      if (numbers.length === count) return;
    }
  };
  const received = await line[1]!.peerMessages(stop);
  const done = heard();
  let next = 0;
  const send = async () => {
    while (next < count) {
      const data = Buffer.alloc(2_000);
      data.writeUInt32BE(next++);
      await line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: PEER_TYPE, data });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
  const late = network.clock.sleep(ARRIVES_MS, stop).then(
    () => stop.abort(),
    () => {},
  );
  await done;
  stop.abort();
  await late;
  return numbers;
}
