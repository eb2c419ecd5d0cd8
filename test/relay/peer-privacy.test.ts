/** What a relay on a circuit over peer messages can and cannot learn or do. */
import test from 'ava';
import { PeerError } from '../../nodes/errors.ts';
import type { Circuit } from '../../nodes/relay/carrier/carrier.ts';
import { makeOpening } from '../../nodes/relay/carrier/circuit-opening.ts';
import {
  decodePeerFrame,
  encodePeerFrame,
  LAYERED_HEADER_BYTES,
  PEER_MESSAGE_TYPE,
  withHeaderRoom,
} from '../../nodes/relay/carrier/peer-frame.ts';
import { seededRandom } from './fake-circuits.ts';
import { type PeerStation, peerLine, stationKey } from './peer-line.ts';
import { VirtualClock } from './virtual-clock.ts';

const RANDOM = seededRandom(11);
/** Longest string of a unit that chance may bring twice among some ten thousand. */
const TELLING_BYTES = 8;

const line = async (count: number) => {
  const clock = new VirtualClock();
  return { clock, stations: await peerLine(count, clock, seededRandom(4)) };
};

/** Everything that passes a link, in either direction, by the link's lower end. */
const tapped = (stations: readonly PeerStation[]): Map<number, Uint8Array[]> => {
  const links = new Map(stations.slice(1).map((_, index) => [index, [] as Uint8Array[]]));
  stations.forEach((station, index) => {
    station.alters = (data, to) => {
      links.get(to === stationKey(index + 1) ? index : index - 1)!.push(Uint8Array.from(data));
      return data;
    };
  });
  return links;
};

const strings = (bytes: Uint8Array): Set<string> => {
  const text = Buffer.from(bytes).toString('latin1');
  return new Set(Array.from({ length: Math.max(0, text.length - TELLING_BYTES + 1) }, (_, at) => text.slice(at, at + TELLING_BYTES)));
};

test('a relay sees neither far end nor plaintext, and no link shows a string that another shows', async (t) => {
  const { clock, stations } = await line(6);
  const links = tapped(stations);
  const units = Array.from({ length: 4 }, () => Buffer.from(RANDOM.bytes(3_000)));
  await clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(5));
      for (const unit of units) await circuit.send(unit);
      await clock.sleep(1_000);
      t.is(stations[5]!.received.length, units.length);
      const { back } = stations[5]!.received[0]!;
      t.is(back!.to, stationKey(4), 'the far end knows its neighbour alone');
      for (const unit of units) await back!.send(unit);
      await clock.sleep(1_000);
      t.deepEqual(stations[0]!.received.map(({ unit }) => Buffer.from(unit)).sort(Buffer.compare), units.toSorted(Buffer.compare));
      circuit.close();
      await clock.sleep(1_000);
    })(),
  );
  const ends = [stationKey(0), stationKey(5)].flatMap((key) => [
    Buffer.from(key, 'hex'),
    Buffer.from(key, 'hex').subarray(1),
    Buffer.from(key),
  ]);
  const shown = new Set(units.flatMap((unit) => [...strings(unit)]));
  for (const messages of links.values()) {
    const own = new Set<string>();
    for (const message of messages) {
      for (const key of ends) t.is(Buffer.from(message).indexOf(key), -1);
      const frame = decodePeerFrame(message);
      const body =
        frame.kind === 'open' ? frame.packet : 'message' in frame ? frame.message.subarray(LAYERED_HEADER_BYTES) : Buffer.alloc(0);
      for (const string of strings(body)) own.add(string);
    }
    t.true(own.size > 2 * units.length * 2_900, 'the link was heard');
    for (const string of own) if (shown.has(string)) t.fail('a link shows what was sent, or what another link shows');
    for (const string of own) shown.add(string);
  }
});

test('an opening is as large at the first link as at the last, however long the way', async (t) => {
  const { clock, stations } = await line(6);
  const links = tapped(stations);
  await clock.run(
    (async () => {
      await stations[0]!.carrier.open(stationKey(5));
      await stations[0]!.carrier.open(stationKey(1));
    })(),
  );
  const openings = [...links.values()].flat().filter((message) => decodePeerFrame(message).kind === 'open');
  t.is(openings.length, 6);
  t.deepEqual(new Set(openings.map(({ length }) => length)), new Set([1_371]));
});

test('a recorded opening opens nothing when it is sent again, and costs no ECDH', async (t) => {
  const { clock, stations } = await line(3);
  const links = tapped(stations);
  await clock.run(
    (async () => {
      await stations[0]!.carrier.open(stationKey(2));
      await clock.sleep(1_000);
      const recorded = links
        .get(0)!
        .map((message) => decodePeerFrame(message))
        .find(({ kind }) => kind === 'open');
      if (recorded?.kind !== 'open') return t.fail();
      const again = encodePeerFrame({ kind: 'open', id: (recorded.id ^ 2) >>> 0, packet: recorded.packet });
      const before = links.get(0)!.length;
      await stations[0]!.node.sendPeerMessage({ to: stationKey(1), type: PEER_MESSAGE_TYPE, data: again });
      await clock.sleep(1_000);
      const after = links
        .get(0)!
        .slice(before + 1)
        .map((message) => decodePeerFrame(message));
      t.deepEqual(after, [{ kind: 'close', id: (recorded.id ^ 2) >>> 0, bytes: 0 }]);
      t.is(stations[1]!.ecdhs, 1);
      return undefined;
    })(),
  );
});

test('the same opening sent twice at the same moment opens one circuit', async (t) => {
  const { clock, stations } = await line(2);
  const links = tapped(stations);
  const even = stationKey(0) < stationKey(1) ? 0 : 1;
  const { packet } = makeOpening([stationKey(1)], RANDOM.bytes(32));
  await clock.run(
    (async () => {
      const send = (id: number) =>
        stations[0]!.node.sendPeerMessage({
          to: stationKey(1),
          type: PEER_MESSAGE_TYPE,
          data: encodePeerFrame({ kind: 'open', id, packet }),
        });
      await Promise.all([send(even), send(even + 2), send(even)]);
      await clock.sleep(1_000);
    })(),
  );
  const answers = links
    .get(0)!
    .map((message) => decodePeerFrame(message).kind)
    .filter((kind) => kind === 'opened');
  t.is(answers.length, 1);
});

test('a relay that answers in place of the far end is found out', async (t) => {
  const { clock, stations } = await line(3);
  stations[1]!.alters = (data) => {
    const frame = decodePeerFrame(data);
    return frame.kind === 'opened' ? encodePeerFrame({ ...frame, message: withHeaderRoom(RANDOM.bytes(16)) }) : data;
  };
  await t.throwsAsync(clock.run(stations[0]!.carrier.open(stationKey(2))), { instanceOf: PeerError, message: /in the far end's place/ });
});

test('what a relay alters comes out as noise, and circuits beside it are as they were', async (t) => {
  const { clock, stations } = await line(4);
  await clock.run(
    (async () => {
      const [spoilt, sound] = [await stations[0]!.carrier.open(stationKey(3)), await stations[0]!.carrier.open(stationKey(3))] as [
        Circuit,
        Circuit,
      ];
      const [near, far] = [RANDOM.bytes(400), RANDOM.bytes(500)];
      await spoilt.send(Buffer.from('which is which'));
      await clock.sleep(1_000);
      let first: number | undefined;
      stations[1]!.alters = (data, to) => {
        const frame = decodePeerFrame(data);
        first ??= frame.id;
        if (to !== stationKey(2) || frame.id !== first) return data;
        return RANDOM.float() < 0.5 ? Uint8Array.from(data, (byte, at) => (at < LAYERED_HEADER_BYTES ? byte : byte ^ 1)) : RANDOM.bytes(40);
      };
      for (let turn = 0; turn < 20; turn++) await spoilt.send(near);
      for (let turn = 0; turn < 20; turn++) await sound.send(far);
      await clock.sleep(5_000);
      const arrived = stations[3]!.received.slice(1).map(({ unit }) => Buffer.from(unit));
      t.is(arrived.filter((unit) => unit.equals(far)).length, 20);
      t.is(arrived.filter((unit) => unit.equals(near)).length, 0);
      await stations[3]!.received.find(({ unit }) => Buffer.from(unit).equals(far))!.back!.send(near);
      await clock.sleep(1_000);
      t.deepEqual(
        stations[0]!.received.map(({ unit }) => Buffer.from(unit)),
        [Buffer.from(near)],
      );
    })(),
  );
});
