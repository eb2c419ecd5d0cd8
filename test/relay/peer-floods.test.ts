/** Peers that want too much of a relay over peer messages: openings, circuits, memory. */
import test from 'ava';
import { PeerError } from '../../nodes/errors.ts';
import { layerKeys } from '../../nodes/relay/carrier/circuit-layers.ts';
import { makeOpening } from '../../nodes/relay/carrier/circuit-opening.ts';
import { HELD_BYTES_MAX, HeldBytes } from '../../nodes/relay/carrier/held-bytes.ts';
import { PeerCircuit } from '../../nodes/relay/carrier/peer-circuit.ts';
import { decodePeerFrame, encodePeerFrame, PEER_MESSAGE_TYPE } from '../../nodes/relay/carrier/peer-frame.ts';
import type { PeerLeg } from '../../nodes/relay/carrier/peer-leg.ts';
import { LEG_WINDOW_BYTES } from '../../nodes/relay/carrier/peer-leg.ts';
import { seededRandom } from './fake-circuits.ts';
import { type PeerStation, peerLine, stationKey } from './peer-line.ts';
import { VirtualClock } from './virtual-clock.ts';

const RANDOM = seededRandom(12);

const line = async (count: number, sendMs?: number) => {
  const clock = new VirtualClock();
  return { clock, stations: await peerLine(count, clock, seededRandom(5), sendMs) };
};

const parity = (from: number, to: number): number => (stationKey(from) < stationKey(to) ? 0 : 1);

const openTo = (
  station: PeerStation,
  from: number,
  to: number,
  index: number,
  packet = makeOpening([stationKey(to)], RANDOM.bytes(32)).packet,
) =>
  station.node.sendPeerMessage({
    to: stationKey(to),
    type: PEER_MESSAGE_TYPE,
    data: encodePeerFrame({ kind: 'open', id: 2 * index + parity(from, to), packet }),
  });

test('a peer that opens without end costs the node its share of ECDHs, and the other peer is served meanwhile', async (t) => {
  const { clock, stations } = await line(3);
  await clock.run(
    (async () => {
      const rubbish = RANDOM.bytes(1366);
      rubbish.set([0, ...Buffer.from(stationKey(2), 'hex')]);
      const startMs = clock.now();
      await Promise.all(Array.from({ length: 1_000 }, (_, index) => openTo(stations[0]!, 0, 1, index, Buffer.from(rubbish))));
      const honest = await stations[2]!.carrier.open(stationKey(1));
      await honest.send(Buffer.from('served'));
      await clock.sleep(500);
      t.is(Buffer.from(stations[1]!.received[0]!.unit).toString(), 'served');
      const share = 128 + 32 * ((clock.now() - startMs) / 1_000);
      t.true(stations[1]!.ecdhs <= share + 1 && stations[1]!.ecdhs >= 128, `${stations[1]!.ecdhs} ECDHs`);
    })(),
  );
});

test('a peer has 1,024 circuits at most', async (t) => {
  const { clock, stations } = await line(2);
  let opened = 0;
  stations[1]!.loses = (data) => {
    if (decodePeerFrame(data).kind === 'opened') opened += 1;
    return true;
  };
  await clock.run(
    (async () => {
      for (let index = 0; index < 1_100; index++) {
        await openTo(stations[0]!, 0, 1, index);
        await clock.sleep(40);
      }
    })(),
  );
  t.is(opened, 1_024);
});

test('a thousand circuits cross the same relays, opened all at once, each with its own units both ways', async (t) => {
  const { clock, stations } = await line(4, 1);
  await clock.run(
    (async () => {
      const circuits = await Promise.all(Array.from({ length: 1_000 }, () => stations[0]!.carrier.open(stationKey(3))));
      await Promise.all(circuits.map((circuit, index) => circuit.send(Buffer.from(`unit ${index}`))));
      await clock.sleep(5_000);
      const arrived = stations[3]!.received;
      t.is(new Set(arrived.map(({ unit }) => Buffer.from(unit).toString())).size, 1_000);
      await Promise.all(arrived.map(({ unit, back }) => back!.send(unit)));
      await clock.sleep(5_000);
      t.is(new Set(stations[0]!.received.map(({ unit }) => Buffer.from(unit).toString())).size, 1_000);
    })(),
  );
});

test('a relay whose next peer takes nothing holds a window of each circuit, and the hungriest goes when that is too much', async (t) => {
  const { clock, stations } = await line(3, 1);
  const node = stations[1]!.node as unknown as { sendPeerMessage(request: { to: string; data: Uint8Array }): Promise<void> };
  const send = node.sendPeerMessage.bind(node);
  let held = 0;
  let heldMost = 0;
  let stuck = false;
  node.sendPeerMessage = async (request) => {
    if (stuck && request.to === stationKey(2)) await new Promise(() => {});
    await send(request);
  };
  const count = HELD_BYTES_MAX / LEG_WINDOW_BYTES + 22;
  stations[0]!.alters = (data, to) => {
    const frame = decodePeerFrame(data);
    if (to === stationKey(1) && frame.kind === 'data') held += frame.message.length;
    heldMost = Math.max(heldMost, held);
    return data;
  };
  await clock.run(
    (async () => {
      const circuits = await Promise.all(Array.from({ length: count }, () => stations[0]!.carrier.open(stationKey(2))));
      stuck = true;
      const ends: Error[] = [];
      for (const circuit of circuits) circuit.onClosed((reason) => ends.push(reason));
      const unit = Buffer.alloc(65_000);
      for (const circuit of circuits) for (let turn = 0; turn < 12; turn++) circuit.send(unit).catch(() => {});
      await clock.sleep(20_000);
      t.true(heldMost <= count * (LEG_WINDOW_BYTES + 65_536), 'credit bounds each circuit');
      t.true(ends.length >= 15 && ends.length < 60, `${ends.length} of ${count} circuits had to go`);
      t.true(ends.every((reason) => reason instanceof PeerError));
    })(),
  );
});

test('what is held is bounded: the neighbour that fills most loses the circuit that fills most', (t) => {
  const held = new HeldBytes();
  const leg = (peer: string) => ({ peer }) as PeerLeg;
  const [greedy, modest, small] = [leg('a'), leg('b'), leg('a')];
  held.add(small, 1_000);
  held.add(modest, HELD_BYTES_MAX / 2 - 1_000);
  held.add(greedy, HELD_BYTES_MAX / 2);
  t.is(held.overfull(), undefined);
  held.add(small, 1);
  t.is(held.overfull(), greedy);
  held.release(greedy, HELD_BYTES_MAX / 2);
  t.is(held.overfull(), undefined);
  held.release(modest, HELD_BYTES_MAX / 2 - 1_000);
  held.release(small, 1_001);
  t.is(held.bytes, 0);
});

test('a circuit ends before its unit numbers do', async (t) => {
  const { forward, back } = layerKeys(RANDOM.bytes(32));
  const numbers: number[] = [];
  const leg = { send: async ({ number }: { number: number }) => numbers.push(number) } as unknown as PeerLeg;
  let closed = false;
  const drop = () => {
    closed = true;
  };
  const circuit = new PeerCircuit({
    leg,
    to: stationKey(1),
    path: [''],
    outward: [forward],
    inward: [back],
    proof: null,
    unitsMax: 3,
    drop,
  });
  for (let turn = 0; turn < 3; turn++) await circuit.send(Buffer.from('unit'));
  await t.throwsAsync(circuit.send(Buffer.from('unit')), { instanceOf: PeerError, message: /unit numbers/ });
  t.true(closed);
  t.deepEqual(numbers, [1, 2, 3]);
});
