/** How sessions begin: two relays' tables of sessions, joined by carriers that lose, repeat and forge. */
import test from 'ava';
import { DeadlineError, SessionError } from '../../nodes/errors.ts';
import type { Node, RelayEnvironment } from '../../nodes/node.ts';
import { CARRIER_TRAITS, type Carrier } from '../../nodes/relay/carrier/carrier.ts';
import type { Seeker } from '../../nodes/relay/rendezvous/seek.ts';
import { Sessions } from '../../nodes/relay/session/sessions.ts';
import { keyPair } from '../../nodes/relay/wire/noise.ts';
import { readUnit, UNIT, unitHeader } from '../../nodes/relay/wire/unit.ts';
import { circuitPair, type Mischief, NO_MISCHIEF, seededRandom } from './fake-circuits.ts';
import { echo, MTUS, readAll } from './session-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

const KIND = 'onion-message';
const keys = { client: keyPair(Buffer.alloc(32, 1)), exit: keyPair(Buffer.alloc(32, 2)), other: keyPair(Buffer.alloc(32, 3)) };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const relays = (mischief: Mischief = NO_MISCHIEF) => {
  const clock = new VirtualClock();
  const random = seededRandom(11);
  const circuits = circuitPair(KIND, MTUS[KIND], clock, random, mischief);
  const counts = { ecdh: 0 };
  const environment = (pair: typeof keys.client): RelayEnvironment =>
    ({
      node: {
        name: 'n',
        publicKey: hex(pair.publicKey),
        async ecdh(publicKey: string) {
          counts.ecdh += 1;
          return pair.dh(Buffer.from(publicKey, 'hex'));
        },
      } as unknown as Node,
      clock,
      random,
      log: () => {},
    }) as unknown as RelayEnvironment;
  const carrier = (circuit: typeof circuits.near): ReadonlyMap<typeof KIND, Carrier> =>
    new Map([[KIND, { kind: KIND, ...CARRIER_TRAITS[KIND], open: async (to: string) => ({ ...circuit, to }) }]]);
  const seeker = {} as Seeker; // these sessions are named
  const client = new Sessions({ environment: environment(keys.client), carriers: carrier(circuits.near), accept: () => {}, seeker });
  const exit = new Sessions({ environment: environment(keys.exit), carriers: carrier(circuits.far), accept: echo, seeker });
  const take = (sessions: Sessions) => (unit: Uint8Array) => sessions.receive(readUnit(unit), unit, { carrier: KIND, back: null });
  circuits.sinks.near = take(client);
  circuits.sinks.far = take(exit);
  const open = (publicKey = keys.exit.publicKey) => client.open({ exit: hex(publicKey), carrier: KIND, identity: 'named' });
  /** The exit's relay is started anew: it knows nothing of before. */
  const restartExit = () => {
    const fresh = new Sessions({ environment: environment(keys.exit), carriers: carrier(circuits.far), accept: echo, seeker });
    circuits.sinks.far = take(fresh);
  };
  return { clock, circuits, client, exit, open, counts, take, restartExit };
};

test('a session opens although two in five units are lost, either way', async (t) => {
  const { clock, open } = relays({ ...NO_MISCHIEF, drop: 0.4 });
  const back = await clock.run(
    (async () => {
      const session = await open();
      const stream = await session.connect('echo', 80);
      stream.end('there and back');
      return (await readAll(stream)).toString();
    })(),
  );
  t.is(back, 'there and back');
});

test('a hello that comes again is one session, answered from memory', async (t) => {
  const { clock, circuits, open, counts, exit, take } = relays();
  let hello: Buffer | undefined;
  circuits.sinks.far = (unit) => {
    if (readUnit(unit).kind === UNIT.named) hello ??= Buffer.from(unit);
    take(exit)(unit);
  };
  await clock.run(
    (async () => {
      await open();
      const asked = counts.ecdh;
      const delivered = circuits.delivered;
      for (let index = 0; index < 50; index++) circuits.sinks.far(hello!);
      await clock.sleep(5_000);
      t.is(counts.ecdh, asked, 'the node’s key is not troubled again');
      t.true(circuits.delivered - delivered <= 8, 'and the answers are few');
    })(),
  );
});

test('a forged welcome changes nothing: the true one still opens the session', async (t) => {
  const { clock, circuits, client, open, take } = relays();
  circuits.sinks.near = (unit) => {
    const { kind, id } = readUnit(unit);
    if (kind === UNIT.welcome) {
      const forged = Buffer.concat([unitHeader(UNIT.welcome, id), keys.other.publicKey, Buffer.alloc(17, 4)]);
      take(client)(forged);
      void clock.sleep(20_000).then(() => take(client)(unit));
    } else take(client)(unit);
  };
  t.true((await clock.run(open().then((session) => session.ping()))) > 0);
});

test('whoever does not hold the node’s key cannot answer for it', async (t) => {
  const { clock, open } = relays();
  await t.throwsAsync(clock.run(open(keys.other.publicKey)), { instanceOf: DeadlineError, message: /no relay beside/ });
});

test('a flood of hellos troubles the node’s key a few times a second', async (t) => {
  const { clock, circuits, counts } = relays();
  await clock.run(
    (async () => {
      for (let index = 0; index < 1_000; index++) {
        const id = index.toString(16).padStart(16, '0');
        circuits.sinks.far(Buffer.concat([unitHeader(UNIT.hello, id), keys.client.publicKey, Buffer.alloc(54, 9)]));
        await clock.sleep(10);
      }
    })(),
  );
  t.true(counts.ecdh <= 32 + 4 * 10 + 1, `${counts.ecdh} times in 10 s`);
});

test('a caller that gives up while the session opens leaves nothing behind', async (t) => {
  const { clock, circuits, client } = relays({ ...NO_MISCHIEF, drop: 1 });
  const controller = new AbortController();
  const opening = client.open({ exit: hex(keys.exit.publicKey), carrier: KIND, identity: 'named', signal: controller.signal });
  const reason = new Error('no longer wanted');
  await t.throwsAsync(
    clock.run(
      (async () => {
        const given = clock.sleep(1_000).then(() => controller.abort(reason));
        await Promise.all([opening, given]);
      })(),
    ),
    { is: reason },
  );
  t.is(circuits.delivered, 0);
});

test('an exit that was started anew says that it has forgotten the session, and the client hears it within seconds', async (t) => {
  const { clock, open, restartExit } = relays();
  await clock.run(
    (async () => {
      const session = await open();
      const stream = await session.connect('echo', 80);
      stream.write('half a word');
      await clock.sleep(1_000);
      restartExit();
      const startMs = clock.now();
      stream.write('and the other half');
      await t.throwsAsync(readAll(stream), { instanceOf: SessionError, message: /no longer knows this session/ });
      t.true(clock.now() - startMs < 10_000, `after ${clock.now() - startMs} ms`);
      await t.throwsAsync(session.ping(), { instanceOf: SessionError, message: /no longer knows/ });
      t.true((await (await open()).ping()) > 0, 'and another session opens');
    })(),
  );
});

test('nobody but the exit can say that it forgot: false welcomes, replays and answers unasked change nothing', async (t) => {
  const { clock, circuits, client, open, take } = relays();
  let welcome: Buffer | undefined;
  circuits.sinks.near = (unit) => {
    if (readUnit(unit).kind === UNIT.welcome) welcome ??= Buffer.from(unit);
    take(client)(unit);
  };
  await clock.run(
    (async () => {
      const session = await open();
      const { id } = readUnit(welcome!);
      const forge = (index: number) =>
        Buffer.concat([unitHeader(UNIT.welcome, id), keys.other.publicKey, Buffer.from(seededRandom(index).bytes(17))]);
      for (let round = 0; round < 3; round++) {
        circuits.mischief = { ...NO_MISCHIEF, drop: 1 };
        const pinging = session.ping();
        await clock.sleep(8_000);
        for (let index = 0; index < 20; index++) take(client)(index % 2 === 0 ? forge(index) : welcome!);
        circuits.mischief = NO_MISCHIEF;
        t.true((await pinging) > 0);
      }
    })(),
  );
});

test('a packet of a session that nobody knows is answered with silence', async (t) => {
  const { clock, circuits, exit, take } = relays();
  for (let index = 0; index < 100; index++) take(exit)(Buffer.from([UNIT.packet, ...seededRandom(index).bytes(60)]));
  await clock.run(clock.sleep(5_000));
  t.is(circuits.delivered, 0);
});
