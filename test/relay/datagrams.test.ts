/** Unreliable messages inside a session: never sent again, never in the way of streams, bounded at both ends. */
import test from 'ava';
import { SessionError } from '../../nodes/errors.ts';
import { CARRIERS } from '../../nodes/plan.ts';
import { DATAGRAM_AGE_MAX_MS, DATAGRAMS_QUEUED_MAX, FLOWS_MAX } from '../../nodes/relay/session/datagrams.ts';
import type { Session } from '../../nodes/relay/session/session.ts';
import { NO_MISCHIEF } from './fake-circuits.ts';
import { readAll, sessionPair } from './session-pair.ts';

const hear = (session: Session, flow: number): string[] => {
  const heard: string[] = [];
  session.onDatagram(flow, (bytes) => heard.push(Buffer.from(bytes).toString('latin1', 0, 40)));
  return heard;
};

for (const carrier of CARRIERS) {
  test(`${carrier}: a datagram reaches whoever listens to its flow, at either end, up to the longest`, async (t) => {
    const { clock, client, exit } = sessionPair(carrier);
    const [atExit, atClient, elsewhere] = [hear(exit, 7), hear(client, 7), hear(exit, 8)];
    const longest = Buffer.alloc(client.datagramBytesMax, 'x');
    t.true(client.sendDatagram(7, Buffer.from('up')));
    t.true(client.sendDatagram(7, longest));
    t.true(exit.sendDatagram(7, Buffer.from('down')));
    await clock.run(clock.sleep(500));
    t.deepEqual(atExit, ['up', 'x'.repeat(40)]);
    t.deepEqual(atClient, ['down']);
    t.deepEqual(elsewhere, []);
    t.is(client.stats().datagramsSent, 2);
    t.is(exit.stats().datagramsReceived, 2);
    t.false(client.sendDatagram(7, Buffer.alloc(client.datagramBytesMax + 1)), 'one byte more does not fit');
  });

  test(`${carrier}: a datagram that is lost is not sent again, and the session goes on`, async (t) => {
    const { clock, circuits, client, exit } = sessionPair(carrier);
    const heard = hear(exit, 1);
    await clock.run(
      (async () => {
        circuits.mischief = { ...NO_MISCHIEF, drop: 1 };
        client.sendDatagram(1, Buffer.from('lost'));
        await clock.sleep(20_000);
        circuits.mischief = NO_MISCHIEF;
        await clock.sleep(20_000);
        client.sendDatagram(1, Buffer.from('found'));
        await clock.sleep(20_000);
        t.true((await client.ping()) > 0);
      })(),
    );
    t.deepEqual(heard, ['found']);
  });
}

test('datagrams beside a download take turns with it: both arrive, neither waits for the other', async (t) => {
  const bytes = 400_000;
  const { clock, client, exit } = sessionPair('keysend', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.end(Buffer.alloc(bytes, 5));
    },
  });
  const delays: number[] = [];
  client.onDatagram(3, (sentMs) => delays.push(clock.now() - Number(Buffer.from(sentMs).toString())));
  let flooding = true;
  const flood = async () => {
    for (; flooding; await clock.sleep(5)) exit.sendDatagram(3, Buffer.from(String(clock.now()).padEnd(900)));
  };
  const alone = sessionPair('keysend', {
    accept: (stream) => {
      stream.opened();
      stream.duplex.end(Buffer.alloc(bytes, 5));
    },
  });
  const timed = async ({ clock, client }: typeof alone) => {
    const startMs = clock.now();
    const stream = await client.connect('origin', 80);
    t.is((await readAll(stream)).length, bytes);
    return clock.now() - startMs;
  };
  const aloneMs = await alone.clock.run(timed(alone));
  const besideMs = await clock.run(
    (async () => {
      const flooded = flood();
      const ms = await timed({ clock, client } as typeof alone);
      flooding = false;
      await flooded;
      return ms;
    })(),
  );
  t.true(besideMs <= 2.5 * aloneMs, `${besideMs} ms beside datagrams, ${aloneMs} ms alone`);
  t.true(delays.length > 10);
  t.true(Math.max(...delays) < 1_000, `a datagram took ${Math.max(...delays)} ms`);
});

test('what does not fit into the queue is dropped, counted, and said at once', async (t) => {
  const { clock, client } = sessionPair('peer-message');
  const taken = Array.from({ length: 5_000 }, () => client.sendDatagram(1, Buffer.alloc(10))).filter(Boolean).length;
  t.is(taken, DATAGRAMS_QUEUED_MAX);
  t.is(client.stats().datagramsDropped, 5_000 - DATAGRAMS_QUEUED_MAX);
  await clock.run(client.ping());
  t.is(client.stats().datagramsSent, DATAGRAMS_QUEUED_MAX);
  const large = Array.from({ length: 100 }, () => client.sendDatagram(1, Buffer.alloc(60_000))).filter(Boolean).length;
  t.is(large, 8, '512 KiB of them wait at most');
});

test('a datagram that waited too long is dropped', async (t) => {
  const { clock, circuits, client, exit } = sessionPair('onion-message');
  const heard = hear(exit, 1);
  await clock.run(
    (async () => {
      circuits.mischief = { ...NO_MISCHIEF, drop: 1 };
      while (client.sendDatagram(1, Buffer.alloc(30_000, 'old')));
      await clock.sleep(10);
      while (client.sendDatagram(1, Buffer.alloc(3_000, 'old')));
      await clock.sleep(DATAGRAM_AGE_MAX_MS * 5);
      circuits.mischief = NO_MISCHIEF;
      await clock.sleep(10_000);
      client.sendDatagram(1, Buffer.from('fresh'));
      await clock.sleep(10_000);
    })(),
  );
  t.deepEqual(heard, ['fresh']);
});

test('one listener a flow, a bounded number of flows, and none after the session ended', async (t) => {
  const { clock, client, exit } = sessionPair('peer-message');
  const off = client.onDatagram(1, () => {});
  t.throws(() => client.onDatagram(1, () => {}), { instanceOf: SessionError, message: /already/ });
  off();
  for (let flow = 0; flow < FLOWS_MAX; flow++) client.onDatagram(flow, () => {});
  t.throws(() => client.onDatagram(FLOWS_MAX, () => {}), { instanceOf: SessionError, message: /limit/ });
  exit.sendDatagram(5_000, Buffer.from('nobody listens'));
  await clock.run(client.ping());
  t.is(client.stats().datagramsDropped, 1);
  await clock.run(client.close());
  t.false(client.sendDatagram(1, Buffer.of(1)));
  t.throws(() => client.onDatagram(1, () => {}), { instanceOf: SessionError });
});
