/** What whoever sits on the way, and whoever holds the keys, can do to a session: nothing, or end it by name, and never fill memory. */
import test from 'ava';
import fc from 'fast-check';
import { RefusedError, SessionError } from '../../nodes/errors.ts';
import { PROFILES, SESSION_WINDOW_STREAMS } from '../../nodes/relay/session/profile.ts';
import { Session } from '../../nodes/relay/session/session.ts';
import { STREAMS_MAX, type Stream } from '../../nodes/relay/session/streams.ts';
import { Writer } from '../../nodes/relay/wire/bytes.ts';
import { encodeFrame, type Frame, frameBytes } from '../../nodes/relay/wire/frames.ts';
import { sealPacket } from '../../nodes/relay/wire/packet.ts';
import { circuitPair, NO_MISCHIEF, seededRandom } from './fake-circuits.ts';
import { echo, readAll, sessionPair } from './session-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

const ID = '0011223344556677';
const [UP, DOWN, CHAINING, HASH] = [1, 2, 3, 4].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer, Buffer, Buffer];

/** A session whose other end is the test itself, with all keys. */
const captive = (role: 'client' | 'exit', accept: (stream: Stream) => void = echo) => {
  const clock = new VirtualClock();
  const circuits = circuitPair('peer-message', 65_528, clock, seededRandom(1), NO_MISCHIEF);
  const session = new Session({
    id: ID,
    role,
    clock,
    circuit: circuits.far,
    keys: { send: DOWN, receive: UP, chaining: CHAINING, hash: HASH },
    accept,
    onEnd: () => {},
  });
  let number = 0;
  const say = (plaintext: Uint8Array) => session.receive(sealPacket(UP, ID, number++, plaintext));
  return { clock, session, say, tell: (...frames: Frame[]) => say(encoded(frames)) };
};

const encoded = (frames: readonly Frame[]): Buffer => {
  const writer = new Writer(frames.reduce((sum, frame) => sum + frameBytes(frame), 0));
  for (const frame of frames) encodeFrame(writer, frame);
  return writer.done();
};

const NUMBER = fc.oneof(fc.nat(40), fc.nat(5_000), fc.maxSafeNat());
const STREAM = fc.oneof(fc.nat(4), fc.nat(3_000));
const DATA = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const FRAME: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const), id: NUMBER }),
  fc.record({
    kind: fc.constant('ack' as const),
    delayUs: NUMBER,
    ranges: fc.tuple(fc.nat(40), fc.nat(20)).map(([a, b]) => [[a, a + b]] as const),
  }),
  fc.record({ kind: fc.constant('settled' as const), below: NUMBER }),
  fc.record({ kind: fc.constant('open' as const), stream: STREAM, host: fc.constantFrom('a', 'b'), port: fc.nat(65_535) }),
  fc.record({ kind: fc.constant('opened' as const), stream: STREAM }),
  fc.record({ kind: fc.constant('refused' as const), stream: STREAM, reason: fc.constant('no') }),
  fc.record({
    kind: fc.constant('data' as const),
    stream: STREAM,
    offset: NUMBER.map((n) => Math.min(n, 2 ** 50)),
    fin: fc.boolean(),
    data: DATA,
  }),
  fc.record({ kind: fc.constant('reset' as const), stream: STREAM, finalBytes: NUMBER }),
  fc.record({ kind: fc.constant('credit' as const), bytes: NUMBER }),
  fc.record({ kind: fc.constant('stream-credit' as const), stream: STREAM, bytes: NUMBER }),
  fc.record({ kind: fc.constant('datagram' as const), flow: fc.nat(20_000), data: DATA }),
  fc.record({ kind: fc.constant('way' as const), number: NUMBER, way: DATA }),
);

test('whatever a peer that holds the keys says, a session lives on or ends with a SessionError', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('client' as const, 'exit' as const),
      fc.array(fc.oneof(fc.array(FRAME, { minLength: 1, maxLength: 12 }).map(encoded), DATA), { maxLength: 40 }),
      async (role, packets) => {
        const { clock, session, say } = captive(role);
        if (role === 'client') void session.connect('a', 80).catch(() => {});
        for (const packet of packets) say(packet);
        await clock.run(clock.sleep(10));
        const { ended } = session;
        session.fail(new SessionError('enough'));
        return ended === undefined || ended instanceof SessionError;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

test('a flood of random, cut and replayed units, forged acknowledgements among them, changes nothing', async (t) => {
  const { clock, circuits, client, exit } = sessionPair('peer-message');
  const random = seededRandom(5);
  const seen: Buffer[] = [];
  const { near, far } = circuits.sinks;
  const disturbed = (session: Session, sink: (unit: Uint8Array) => void) => (unit: Uint8Array) => {
    seen.push(Buffer.from(unit));
    for (let index = 0; index < 20; index++) {
      const old = seen[Math.floor(random.float() * seen.length)]!;
      const cut = old.subarray(0, Math.floor(random.float() * old.length));
      session.receive([random.bytes(40), cut, old][index % 3]!);
      // An acknowledgement of everything, by somebody without the keys.
      session.receive(sealPacket(Buffer.alloc(32, 9), ID, index, encoded([{ kind: 'ack', delayUs: 0, ranges: [[0, index]] }])));
    }
    sink(unit);
  };
  circuits.sinks.near = disturbed(client, near);
  circuits.sinks.far = disturbed(exit, far);
  const payload = Buffer.from(seededRandom(6).bytes(3_000_000));
  const back = await clock.run(
    (async () => {
      const stream = await client.connect('echo', 80);
      stream.end(payload);
      return readAll(stream);
    })(),
  );
  t.true(back.equals(payload));
  t.true(client.rejected + exit.rejected > 1_000);
});

test('acknowledgements of what was never sent, and two in one packet, end the session by name', (t) => {
  for (const frames of [
    [{ kind: 'ack', delayUs: 0, ranges: [[0, 1_000]] }],
    [
      { kind: 'ack', delayUs: 0, ranges: [[0, 0]] },
      { kind: 'ack', delayUs: 0, ranges: [[0, 0]] },
    ],
  ] as Frame[][]) {
    const { session, tell } = captive('exit');
    tell(...frames);
    t.true(session.ended instanceof SessionError);
    t.regex(session.ended!.message, /broke the protocol/);
  }
});

test('a peer that asks for more answers than it fetches is cut off', async (t) => {
  const { clock, session, tell } = captive('exit');
  for (let round = 0; round < 20; round++) {
    tell(...Array.from({ length: 500 }, (_, id): Frame => ({ kind: 'ping', id })));
    await clock.run(clock.sleep(1));
  }
  t.is(session.ended, undefined, 'what can be answered is');
  tell(...Array.from({ length: 30_000 }, (): Frame => ({ kind: 'ping', id: 1 })));
  t.regex(session.ended?.message ?? 'it lives', /more answers than it fetches/);
});

test('streams that are opened and reset without end make no more connections at once than streams that stay', async (t) => {
  const asked: Stream[] = [];
  const { clock, session, tell } = captive('exit', (stream) => void asked.push(stream));
  for (let stream = 0; stream < 4_000; stream++) {
    tell({ kind: 'open', stream, host: 'slow', port: 80 }, { kind: 'reset', stream, finalBytes: 0 });
    if (stream % 500 === 0) await clock.run(clock.sleep(1));
  }
  t.is(session.ended, undefined);
  t.is(asked.length, STREAMS_MAX, 'while none of them is answered');
  t.is(session.streamCount, 0, 'and nothing is kept of them');
  for (const stream of asked) stream.refuse('it took too long');
  tell({ kind: 'open', stream: 4_000, host: 'slow', port: 80 });
  t.is(asked.length, STREAMS_MAX + 1, 'then there is room again');
});

test('ten thousand streams that nobody reads cost one session window, and the rest are refused by name', async (t) => {
  const profile = PROFILES['onion-message'];
  const { clock, client, exit } = sessionPair('onion-message', { accept: (stream) => stream.opened() });
  const [opened, refused] = await clock.run(
    (async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 10_000 }, () => client.connect('a', 80)));
      const streams = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      for (const stream of streams) stream.write(Buffer.alloc(20_000, 7));
      await clock.sleep(60_000);
      return [streams.length, outcomes.filter(({ status }) => status === 'rejected').length];
    })(),
  );
  t.is(opened, STREAMS_MAX);
  t.is(refused, 10_000 - STREAMS_MAX);
  const boundBytes = SESSION_WINDOW_STREAMS * profile.streamWindowBytes;
  const { bytesReceived } = exit.stats();
  t.true(bytesReceived > 0.9 * boundBytes && bytesReceived < 1.1 * boundBytes, `${bytesReceived} B came, the window is ${boundBytes} B`);
  t.true((await clock.run(client.ping())) > 0, 'and the session answers');
});

test('streams that one side leaves half open count until the session ends, and then none is left', async (t) => {
  const { clock, client, exit } = sessionPair('peer-message', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.resume(); // reads to the end, and never ends its own side
    },
  });
  await clock.run(
    (async () => {
      for (let index = 0; index < STREAMS_MAX; index++) (await client.connect('half', 80)).resume().end('the only word');
      await clock.sleep(1_000);
      t.is(exit.streamCount, STREAMS_MAX);
      await t.throwsAsync(client.connect('half', 80), { instanceOf: SessionError, message: /1024 streams are open/ });
      await client.close();
      await clock.sleep(1_000);
    })(),
  );
  t.is(exit.streamCount + client.streamCount, 0);
});

test('a stream id that leaps, or pieces that leave a thousand gaps, are bounded by name', (t) => {
  const leaps = captive('exit', (stream) => stream.refuse('no'));
  for (let stream = 0; stream < 3_000; stream += 2) leaps.tell({ kind: 'open', stream, host: 'a', port: 80 });
  t.regex(leaps.session.ended?.message ?? 'it lives', /too many gaps/);
  const gaps = captive('exit', (stream) => stream.opened());
  gaps.tell({ kind: 'open', stream: 0, host: 'a', port: 80 });
  for (let index = 0; index < 5_000; index++) gaps.tell({ kind: 'data', stream: 0, offset: 2 * index + 1, fin: false, data: Buffer.of(1) });
  t.is(gaps.session.ended, undefined, 'what cannot be kept is not acknowledged');
});

test('a refusal keeps its name whoever sends it', async (t) => {
  const { clock, session, tell } = captive('client');
  const connecting = session.connect('bank', 443);
  tell({ kind: 'refused', stream: 0, reason: 'not allowed: bank:443' });
  await t.throwsAsync(clock.run(connecting), { instanceOf: RefusedError });
});
