import test from 'ava';
import { DeadlineError, NoRouteError, PeerError } from '../../nodes/errors.ts';
import { decodePeerFrame, encodePeerFrame, PEER_MESSAGE_TYPE } from '../../nodes/relay/carrier/peer-frame.ts';
import { LEG_WINDOW_BYTES } from '../../nodes/relay/carrier/peer-leg.ts';
import { seededRandom } from './fake-circuits.ts';
import { peerLine, stationKey } from './peer-line.ts';
import { VirtualClock } from './virtual-clock.ts';

const line = async (count: number, sendMs?: number) => {
  const clock = new VirtualClock();
  return { clock, stations: await peerLine(count, clock, seededRandom(3), sendMs) };
};

test('units cross five links, each once, and the way back is open', async (t) => {
  const { clock, stations } = await line(6);
  await clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(5));
      t.is(circuit.hops, 5);
      t.is(circuit.mtu, 65_522);
      await Promise.all(Array.from({ length: 60 }, (_, index) => circuit.send(Buffer.alloc(60_000, index))));
      await clock.sleep(10_000);
      const numbers = stations[5]!.received.map(({ unit }) => unit[0]!);
      t.deepEqual(
        [...numbers].sort((one, other) => one - other),
        Array.from({ length: 60 }, (_, index) => index),
      );
      t.notDeepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
        'links do not keep order, and relays do not mend it',
      );
      await stations[5]!.received[0]!.back!.send(Buffer.from('answer'));
      await clock.sleep(1_000);
      t.is(Buffer.from(stations[0]!.received[0]!.unit).toString(), 'answer');
      for (const { received } of stations.slice(1, 5)) t.is(received.length, 0, 'relays hand nothing up');
    })(),
  );
});

test('a close comes behind everything that was sent before it', async (t) => {
  const { clock, stations } = await line(6);
  await clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(5));
      const sends = Array.from({ length: 30 }, () => circuit.send(Buffer.alloc(65_522)));
      circuit.close();
      await Promise.all(sends);
      await clock.sleep(10_000);
      t.is(stations[5]!.received.length, 30);
      let closed = false;
      stations[5]!.received[0]!.back!.onClosed(() => {
        closed = true;
      });
      t.true(closed, 'and it does come');
    })(),
  );
});

test('a slow link slows the sender down: no relay holds more than its window of a circuit', async (t) => {
  const { clock, stations } = await line(4);
  const slow = stations[2]!.node as unknown as { sendPeerMessage(request: object): Promise<void> };
  const send = slow.sendPeerMessage.bind(slow);
  slow.sendPeerMessage = async (request) => {
    await clock.sleep(400);
    await send(request);
  };
  await clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(3));
      let written = 0;
      const all = Promise.all(
        Array.from({ length: 100 }, async () => {
          await circuit.send(Buffer.alloc(60_000));
          written += 1;
        }),
      );
      await clock.sleep(600);
      const held = written * 60_000 - stations[3]!.received.length * 60_000;
      t.true(held <= 2 * LEG_WINDOW_BYTES + 12 * 60_000, `${held} B on their way over three links`);
      await all;
      await clock.sleep(60_000);
      t.is(stations[3]!.received.length, 100);
    })(),
  );
});

test('credit that was lost with a message comes back when asked for', async (t) => {
  const { clock, stations } = await line(3);
  let toLose = 4;
  stations[1]!.loses = (data) => decodePeerFrame(data).kind === 'data' && toLose-- > 0;
  await clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(2));
      await Promise.all(Array.from({ length: 40 }, () => circuit.send(Buffer.alloc(60_000))));
      await clock.sleep(60_000);
      t.is(stations[2]!.received.length, 36);
    })(),
  );
});

test('a circuit past a relay whose next peer is gone is refused at once, and one that breaks ends at both ends', async (t) => {
  const { clock, stations } = await line(4);
  await clock.run(
    (async () => {
      stations[2]!.cut = stationKey(3);
      const startMs = clock.now();
      await t.throwsAsync(stations[0]!.carrier.open(stationKey(3)), { instanceOf: PeerError });
      t.true(clock.now() - startMs < 1_000);
      stations[2]!.cut = null;
      const circuit = await stations[0]!.carrier.open(stationKey(3));
      await circuit.send(Buffer.from('one'));
      await clock.sleep(100);
      stations[1]!.cut = stationKey(2);
      const closed = new Promise<Error>((resolve) => circuit.onClosed(resolve));
      await circuit.send(Buffer.from('two'));
      t.true((await closed) instanceof PeerError);
      await t.throwsAsync(circuit.send(Buffer.from('three')), { instanceOf: PeerError });
      await t.throwsAsync(stations[0]!.carrier.open('03'.padEnd(66, '1')), { instanceOf: NoRouteError });
    })(),
  );
});

test('a relay that does not answer is named after a deadline', async (t) => {
  const { clock, stations } = await line(3);
  stations[1]!.loses = () => true;
  await t.throwsAsync(clock.run(stations[0]!.carrier.open(stationKey(2))), { instanceOf: DeadlineError, message: /no circuit/ });
});

test('frames of circuits that nobody knows are answered a few times a second, whatever comes', async (t) => {
  const { clock, stations } = await line(2);
  let answers = 0;
  stations[1]!.loses = () => {
    answers += 1;
    return true;
  };
  await clock.run(
    (async () => {
      const rubbish = [
        encodePeerFrame({ kind: 'data', id: 77, number: 1, message: Buffer.alloc(111) }),
        Buffer.alloc(3),
        Buffer.alloc(0),
        Buffer.alloc(9, 255),
      ];
      const sends = Array.from({ length: 400 }, (_, index) =>
        stations[0]!.node.sendPeerMessage({ to: stationKey(1), type: PEER_MESSAGE_TYPE, data: rubbish[index % 4]! }),
      );
      await Promise.all(sends);
      await clock.sleep(500);
    })(),
  );
  t.true(answers > 0 && answers <= 32, `${answers} answers`);
});
