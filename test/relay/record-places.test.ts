import test from 'ava';
import { LndError, PeerError } from '../../nodes/errors.ts';
import type { Node, Waiting } from '../../nodes/node.ts';
import { RecordPlaces } from '../../nodes/relay/carrier/record-places.ts';
import { seededRandom } from './fake-circuits.ts';
import { peerLine, stationKey } from './peer-line.ts';
import { VirtualClock } from './virtual-clock.ts';

/** LND's two places, each one program's at a time. */
const setUp = () => {
  const clock = new VirtualClock();
  const asking = { forwards: 0, exits: 0, refuses: false };
  const place =
    (which: 'forwards' | 'exits') =>
    async (_: unknown, { signal }: Waiting = {}) => {
      if (asking.refuses) throw new LndError('gRPC 2', 'interceptor already exists');
      asking[which] += 1;
      signal!.addEventListener('abort', () => {
        asking[which] -= 1;
      });
    };
  const node = { interceptForwards: place('forwards'), modifyExitHtlcs: place('exits') } as unknown as Node;
  const answers = { forward: () => 'resume' as const, exit: () => 'accept' as const };
  return { clock, asking, places: new RecordPlaces({ node, clock, signal: new AbortController().signal, answers }) };
};

test('LND asks while anybody’s records come this way, once for all of them, and before it passes on only a while longer', async (t) => {
  const { clock, asking, places } = setUp();
  t.like(asking, { forwards: 0, exits: 0 });
  const [first, second] = await Promise.all([places.take(), places.take()]);
  t.like(asking, { forwards: 1, exits: 1 });
  first();
  await clock.run(clock.sleep(60_000));
  t.like(asking, { forwards: 1, exits: 1 });
  second();
  await clock.run(clock.sleep(10_000));
  t.like(asking, { forwards: 1, exits: 1 }, 'the next may follow soon');
  const third = await places.take();
  await clock.run(clock.sleep(60_000));
  t.like(asking, { forwards: 1, exits: 1 });
  third();
  await clock.run(clock.sleep(60_000));
  t.like(asking, { forwards: 0, exits: 1 }, 'LND fails a link whose payment meets the end of the second');
});

test('where another program is asked already, whoever wants the places is refused, and has them once it is gone', async (t) => {
  const { clock, asking, places } = setUp();
  asking.refuses = true;
  for (let turn = 0; turn < 2; turn++) await t.throwsAsync(places.take(), { instanceOf: LndError });
  asking.refuses = false;
  const giveBack = await places.take();
  t.like(asking, { forwards: 1, exits: 1 });
  giveBack();
  await clock.run(clock.sleep(60_000));
  t.like(asking, { forwards: 0, exits: 1 });
});

test('a circuit that says records come has every relay on it take the places before it stands, and give them back when it is gone', async (t) => {
  const clock = new VirtualClock();
  const lines = Array.from({ length: 4 }, () => ({ taken: 0, refuses: false }));
  const placesOf = (index: number) =>
    ({
      async take() {
        const line = lines[index]!;
        if (line.refuses) throw new LndError('gRPC 2', 'interceptor already exists');
        line.taken += 1;
        return () => {
          line.taken -= 1;
        };
      },
    }) as unknown as RecordPlaces;
  const stations = await peerLine(4, clock, seededRandom(3), 4, () => {}, placesOf);
  await clock.run(
    (async () => {
      const open = (records: boolean) => stations[0]!.carrier.open(stationKey(3), { records });
      const bare = await open(false);
      t.deepEqual(
        lines.map(({ taken }) => taken),
        [0, 0, 0, 0],
      );
      const circuit = await open(true);
      t.deepEqual(circuit.path, [1, 2, 3].map(stationKey));
      t.deepEqual(
        lines.map(({ taken }) => taken),
        [0, 1, 1, 1],
      );
      bare.close();
      circuit.close();
      await clock.sleep(1_000);
      t.deepEqual(
        lines.map(({ taken }) => taken),
        [0, 0, 0, 0],
      );
      lines[2]!.refuses = true;
      await t.throwsAsync(open(true), { instanceOf: PeerError });
      await clock.sleep(1_000);
      t.deepEqual(
        lines.map(({ taken }) => taken),
        [0, 0, 0, 0],
        'a refusal leaves nothing behind',
      );
      t.truthy(await open(false), 'other circuits go on');
    })(),
  );
});
