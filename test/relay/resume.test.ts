/** A session outlives its circuits: nothing is lost and nothing comes twice, whenever and however often the way is cut. */
import test from 'ava';
import fc from 'fast-check';
import { SessionError } from '../../nodes/errors.ts';
import { CARRIERS } from '../../nodes/plan.ts';
import { SESSION_DEAD_MS } from '../../nodes/relay/session/session.ts';
import { NO_MISCHIEF, seededRandom } from './fake-circuits.ts';
import { type ResumablePair, resumablePair } from './resumable-pair.ts';
import { readAll } from './session-pair.ts';

const MISCHIEF = fc.record({
  drop: fc.double({ min: 0, max: 0.15, noNaN: true }),
  double: fc.double({ min: 0, max: 0.3, noNaN: true }),
  alter: fc.double({ min: 0, max: 0.05, noNaN: true }),
  truncate: fc.double({ min: 0, max: 0.05, noNaN: true }),
  delayMs: fc.integer({ min: 0, max: 200 }),
  jitterMs: fc.integer({ min: 0, max: 300 }),
});

/** Kills the newest circuit after each of these pauses. */
const cuts = async (pair: ResumablePair, pausesMs: readonly number[]): Promise<void> => {
  for (const ms of pausesMs) {
    await pair.clock.sleep(ms);
    pair.circuits.at(-1)!.kill();
  }
};

const there = async ({ client }: ResumablePair, payload: Buffer): Promise<Buffer> => {
  const stream = await client.connect('echo', 80);
  stream.end(payload);
  return readAll(stream);
};

for (const carrier of CARRIERS)
  test(`${carrier}: bytes are exact whenever circuits die, beside all that a carrier does to units`, async (t) => {
    let moves = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e9 }),
          streams: fc.integer({ min: 1, max: 3 }),
          bytes: fc.integer({ min: 0, max: carrier === 'keysend' ? 30_000 : 1_500_000 }),
          pausesMs: fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 2, maxLength: 8 }),
          failing: fc.double({ min: 0, max: 0.7, noNaN: true }),
          mischief: MISCHIEF,
        }),
        async ({ seed, streams, bytes, pausesMs, failing, mischief }) => {
          const pair = resumablePair(carrier, { seed, mischief, failing });
          const sent = Array.from({ length: streams }, (_, index) => Buffer.from(seededRandom(seed + index).bytes(bytes)));
          const back = await pair.clock.run(
            (async () => {
              const cutting = cuts(pair, pausesMs);
              const all = await Promise.all(sent.map((payload) => there(pair, payload)));
              await cutting;
              return all;
            })(),
          );
          moves += pair.client.stats().moves;
          return back.every((payload, index) => payload.equals(sent[index]!));
        },
      ),
      { numRuns: 15 },
    );
    t.true(moves > 10, `${moves} moves in all`);
  });

test('a transfer goes on over the next circuit, and both ends know that it moved', async (t) => {
  const pair = resumablePair('peer-message');
  const payload = Buffer.from(seededRandom(3).bytes(3_000_000));
  const back = await pair.clock.run(
    (async () => {
      const cutting = cuts(pair, [60]);
      const all = await there(pair, payload);
      await cutting;
      return all;
    })(),
  );
  t.true(back.equals(payload));
  t.is(pair.client.stats().moves, 1);
  t.is(pair.exit.stats().moves, 1);
  t.is(pair.circuits.length, 2);
  t.is(pair.askedMs.length, 1, 'and the exit was asked whether it still knows the session');
});

test('the exit that only sends hears of the new circuit at once', async (t) => {
  const pair = resumablePair('peer-message', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.end(Buffer.alloc(2_000_000, 7));
    },
  });
  const startMs = pair.clock.now();
  await pair.clock.run(
    (async () => {
      const stream = await pair.client.connect('origin', 80);
      const cutting = cuts(pair, [30]);
      t.is((await readAll(stream)).length, 2_000_000);
      await cutting;
    })(),
  );
  t.true(pair.clock.now() - startMs < 2_000, `${pair.clock.now() - startMs} ms`);
});

test('an old packet on another circuit does not move the way back', async (t) => {
  const pair = resumablePair('peer-message');
  const seen: Buffer[] = [];
  const first = pair.circuits[0]!;
  const { far } = first.sinks;
  first.sinks.far = (unit) => {
    seen.push(Buffer.from(unit));
    if (seen.length !== 2) far(unit); // the second is held back
  };
  await pair.clock.run(
    (async () => {
      await pair.client.ping();
      const held = pair.client.ping();
      await pair.clock.sleep(100);
      await pair.client.ping();
      const stranger = { ...first.far, close: () => {} };
      for (const unit of seen) pair.exit.receive(unit, stranger);
      t.is(pair.exit.circuit, first.far, 'neither a replay nor a late one moves it');
      await held;
    })(),
  );
  t.is(pair.exit.stats().moves, 0);
});

test('a circuit on which nothing comes back is given up for another', async (t) => {
  for (const carrier of ['peer-message', 'onion-message'] as const) {
    const pair = resumablePair(carrier);
    await pair.clock.run(
      (async () => {
        await pair.client.ping();
        pair.circuits[0]!.mischief = { ...NO_MISCHIEF, drop: 1 };
        const startMs = pair.clock.now();
        t.true((await pair.client.ping()) > 0);
        t.true(pair.clock.now() - startMs < 12_000, `${carrier}: after ${pair.clock.now() - startMs} ms`);
      })(),
    );
    t.is(pair.circuits.length, 2);
  }
});

test('over keysend a silent exit is asked whether it knows the session, again and again', async (t) => {
  const pair = resumablePair('keysend');
  await pair.clock.run(
    (async () => {
      await pair.client.ping();
      pair.circuits[0]!.sinks.far = () => {}; // payments settle, and nobody reads them
      const pinging = pair.client.ping();
      await pair.clock.sleep(65_000);
      t.is(pair.askedMs.length, 3);
      pair.circuits[0]!.sinks.far = (unit) => pair.exit.receive(unit);
      t.true((await pinging) > 0);
    })(),
  );
});

test('when no circuit can be had the session ends after its deadline, with the reason, at both ends', async (t) => {
  const pair = resumablePair('peer-message');
  await pair.clock.run(
    (async () => {
      const stream = await pair.client.connect('echo', 80);
      pair.broken = true;
      pair.circuits[0]!.kill();
      const startMs = pair.clock.now();
      const error = await t.throwsAsync(readAll(stream), { instanceOf: SessionError, message: /no other circuit .* within 120 s/ });
      t.regex(String(error.cause), /the circuit was cut/);
      t.is(pair.clock.now() - startMs, SESSION_DEAD_MS);
      await pair.clock.sleep(100);
    })(),
  );
  t.true(pair.exit.ended instanceof SessionError);
});

test('what is closed or told while there is no circuit does not wait for one', async (t) => {
  const pair = resumablePair('peer-message');
  await pair.clock.run(
    (async () => {
      await pair.client.ping();
      pair.broken = true;
      pair.circuits[0]!.kill();
      await pair.clock.sleep(5_000);
      await pair.client.close();
      await t.throwsAsync(pair.client.ping(), { instanceOf: SessionError });
      pair.broken = false;
      await pair.clock.sleep(20_000);
    })(),
  );
  t.is(pair.circuits.length, 1, 'nothing is opened for a session that is over');
});
