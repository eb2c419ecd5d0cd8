import test from 'ava';
import fc from 'fast-check';
import { RefusedError, SessionError } from '../../nodes/errors.ts';
import { CARRIERS } from '../../nodes/plan.ts';
import { SESSION_DEAD_MS } from '../../nodes/relay/session/session.ts';
import { NO_MISCHIEF, seededRandom } from './fake-circuits.ts';
import { readAll, type SessionPair, sessionPair } from './session-pair.ts';

/** Each on a stream of its own, all at once: what came back. */
const echoed = (client: SessionPair['client'], payloads: readonly Buffer[]): Promise<Buffer[]> =>
  Promise.all(
    payloads.map(async (payload) => {
      const stream = await client.connect('echo', 80);
      stream.end(payload);
      return readAll(stream);
    }),
  );

for (const carrier of CARRIERS) {
  test(`${carrier}: what a stream is given comes out at the other end and back`, async (t) => {
    const { clock, client } = sessionPair(carrier);
    const bytes = Buffer.from(seededRandom(7).bytes(200_000));
    const back = await clock.run(
      (async () => {
        const stream = await client.connect('echo', 80);
        stream.end(bytes);
        return readAll(stream);
      })(),
    );
    t.true(back.equals(bytes));
    t.is(client.stats().unitsLost, 0);
  });

  test(`${carrier}: bytes are exact whatever the carrier drops, doubles, alters, cuts, delays or reorders`, async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e9 }),
          streams: fc.integer({ min: 1, max: 4 }),
          bytes: fc.integer({ min: 0, max: carrier === 'keysend' ? 12_000 : 60_000 }),
          mischief: fc.record({
            drop: fc.double({ min: 0, max: 0.2, noNaN: true }),
            double: fc.double({ min: 0, max: 0.3, noNaN: true }),
            alter: fc.double({ min: 0, max: 0.05, noNaN: true }),
            truncate: fc.double({ min: 0, max: 0.05, noNaN: true }),
            delayMs: fc.integer({ min: 0, max: 300 }),
            jitterMs: fc.integer({ min: 0, max: 500 }),
          }),
        }),
        async ({ seed, streams, bytes, mischief }) => {
          const { clock, client } = sessionPair(carrier, { seed, mischief });
          const sent = Array.from({ length: streams }, (_, index) => Buffer.from(seededRandom(seed + index).bytes(bytes)));
          const back = await clock.run(echoed(client, sent));
          return back.every((payload, index) => payload.equals(sent[index]!));
        },
      ),
      { numRuns: 20 },
    );
    t.pass();
  });

  test(`${carrier}: a ping takes one round trip of the circuit`, async (t) => {
    const { clock, client } = sessionPair(carrier, { mischief: { ...NO_MISCHIEF, delayMs: 35 } });
    t.is(await clock.run(client.ping()), 70);
  });
}

test('a probe whose bytes have arrived by another packet still asks for an answer', async (t) => {
  // Drawn once by the property above: the exit's oldest packet was altered on its way, all its bytes were acknowledged with another one.
  const seed = 982_266_483;
  const mischief = { ...NO_MISCHIEF, alter: 0.046418297104537494, truncate: 0.04379350459203125, delayMs: 0, jitterMs: 1 };
  const { clock, client, exit } = sessionPair('keysend', { seed, mischief });
  const sent = [0, 1, 2].map((index) => Buffer.from(seededRandom(seed + index).bytes(7_789)));
  const back = await clock.run(echoed(client, sent));
  t.deepEqual(back, sent);
  t.is(exit.ended, undefined);
});

test('a refusal reaches the caller with the reason of the exit', async (t) => {
  const { clock, client } = sessionPair('peer-message', {
    accept: (stream, host, port) => stream.refuse(`${host}:${port} is not allowed`),
  });
  const error = await t.throwsAsync(clock.run(client.connect('bank', 443)), { instanceOf: RefusedError });
  t.is(error.message, 'bank:443 is not allowed');
});

test('each direction of a stream ends on its own', async (t) => {
  const heard: string[] = [];
  const { clock, client } = sessionPair('peer-message', {
    accept: (stream) => {
      stream.opened();
      void readAll(stream.duplex).then((bytes) => {
        heard.push(bytes.toString());
        stream.duplex.end('the answer');
      });
    },
  });
  const answer = await clock.run(
    (async () => {
      const stream = await client.connect('origin', 80);
      stream.end('the question');
      return (await readAll(stream)).toString();
    })(),
  );
  t.deepEqual(heard, ['the question']);
  t.is(answer, 'the answer');
});

test('a stream that one side destroys is reset at the other, and the session goes on', async (t) => {
  const ends: (Error | null)[] = [];
  const { clock, client, exit } = sessionPair('peer-message', {
    accept: (stream, host) => {
      stream.opened();
      if (host === 'echo') stream.duplex.pipe(stream.duplex);
      else if (host === 'dies') stream.duplex.destroy();
      else stream.duplex.on('close', () => ends.push(stream.duplex.errored)).resume();
    },
  });
  await clock.run(
    (async () => {
      const ours = await client.connect('waits', 80);
      ours.write('half a word');
      ours.destroy();
      const theirs = await client.connect('dies', 80);
      await t.throwsAsync(readAll(theirs), { instanceOf: SessionError, message: /reset/ });
      const third = await client.connect('echo', 80);
      third.end('still here');
      t.is((await readAll(third)).toString(), 'still here');
      await clock.sleep(5_000);
    })(),
  );
  t.is(ends.length, 1);
  t.true(ends[0] instanceof SessionError);
  t.is(client.streamCount + exit.streamCount, 0, 'nothing is kept of streams that are over');
});

test('a reader that stops is given no more than its window, and everything once it reads on', async (t) => {
  const { clock, client, exit } = sessionPair('onion-message', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.end(Buffer.alloc(4_000_000, 5));
    },
  });
  await clock.run(
    (async () => {
      const slow = await client.connect('origin', 80);
      await clock.sleep(30_000);
      t.true(client.stats().bytesReceived < 1_200_000, `${client.stats().bytesReceived} B came while nobody read: the window is 1 MiB`);
      t.is((await readAll(slow)).length, 4_000_000);
    })(),
  );
  t.is(exit.ended, undefined);
});

test('a session whose other end falls silent ends in an error that says so, and its streams with it', async (t) => {
  const { clock, circuits, client } = sessionPair('onion-message');
  await clock.run(
    (async () => {
      const stream = await client.connect('echo', 80);
      circuits.mischief = { ...NO_MISCHIEF, drop: 1 };
      const startMs = clock.now();
      stream.write('anybody?');
      await t.throwsAsync(readAll(stream), { instanceOf: SessionError, message: /nothing was heard/ });
      t.true(clock.now() - startMs <= SESSION_DEAD_MS + 100);
      await t.throwsAsync(client.connect('echo', 80), { instanceOf: SessionError });
      await t.throwsAsync(client.ping(), { instanceOf: SessionError });
    })(),
  );
});

test('a keysend carrier that refuses every payment ends the session too', async (t) => {
  const { clock, client } = sessionPair('keysend', { mischief: { ...NO_MISCHIEF, drop: 1 } });
  await t.throwsAsync(clock.run(client.ping()), { instanceOf: SessionError, message: /nothing was heard/ });
  t.true(client.stats().unitsSent < 100, `${client.stats().unitsSent} payments were tried: failures in a row must slow it down`);
});

test('closing lets what was written arrive first, and tells the other end', async (t) => {
  const heard: Promise<Buffer>[] = [];
  const { clock, client, exit } = sessionPair('peer-message', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.end();
      heard.push(readAll(stream.duplex));
    },
  });
  await clock.run(
    (async () => {
      const stream = await client.connect('sink', 80);
      stream.resume().end(Buffer.alloc(300_000, 9));
      await new Promise((resolve) => stream.on('close', resolve));
      await client.close();
      await clock.sleep(1_000);
    })(),
  );
  t.is((await heard[0]!).length, 300_000);
  t.true(exit.ended instanceof SessionError);
});

test('a packet that comes again changes nothing', async (t) => {
  const { clock, circuits, client, exit } = sessionPair('peer-message');
  const seen: Buffer[] = [];
  const { far } = circuits.sinks;
  circuits.sinks.far = (unit) => {
    seen.push(Buffer.from(unit));
    far(unit);
  };
  await clock.run(
    (async () => {
      await client.ping();
      await client.ping();
    })(),
  );
  const received = exit.stats().unitsReceived;
  for (const unit of seen) exit.receive(unit);
  t.is(exit.stats().unitsReceived, received);
  t.is(exit.rejected, seen.length);
});

test('ten thousand connection requests at once are served up to the limit and refused beyond, and the session lives', async (t) => {
  const { clock, client } = sessionPair('peer-message', { accept: (stream) => stream.opened() });
  const outcomes = await clock.run(Promise.allSettled(Array.from({ length: 10_000 }, (_, index) => client.connect('a', index % 65_536))));
  t.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1024);
  t.true((await clock.run(client.ping())) > 0);
});
