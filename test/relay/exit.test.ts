/** TCP at an exit between two sessions in virtual time: readers that are slow or gone, connections that are half open or never made. */
import { Duplex } from 'node:stream';
import test from 'ava';
import { RefusedError } from '../../nodes/errors.ts';
import type { RelayEnvironment, Waiting } from '../../nodes/node.ts';
import { allowlist } from '../../nodes/relay/exit/allow.ts';
import { openExit } from '../../nodes/relay/exit/exit.ts';
import { PROFILES } from '../../nodes/relay/session/profile.ts';
import { readAll, sessionPair } from './session-pair.ts';
import type { VirtualClock } from './virtual-clock.ts';

const CHUNK = Buffer.alloc(16_384, 5);

/** The far end of a connection, as the exit holds it. */
class Origin extends Duplex {
  given = 0;
  taken = 0;
  /** Whether it takes what it is sent. */
  reads = true;
  /** Bytes that it sends; Infinity: for ever. */
  readonly #sends: number;
  #held: (() => void) | undefined;

  constructor(sends: number) {
    super({ allowHalfOpen: true });
    this.#sends = sends;
  }

  override _read(): void {
    if (this.given >= this.#sends) this.push(null);
    else {
      this.given += CHUNK.length;
      this.push(CHUNK);
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken += chunk.length;
    if (this.reads) done();
    else this.#held = done;
  }

  readOn(): void {
    this.reads = true;
    this.#held?.();
  }
}

const pair = (dial: (address: string, port: number, waiting: Waiting) => Promise<Duplex>) => {
  const stopped = new AbortController();
  let exit: ReturnType<typeof openExit> | undefined;
  const sessions = sessionPair('peer-message', { accept: (stream, host, port) => exit?.(stream, host, port) });
  const environment = { clock: sessions.clock, resolve: async () => [], dial, log: () => {} } as unknown as RelayEnvironment;
  exit = openExit(environment, allowlist(['shop=10.0.0.9:80']), stopped.signal);
  return { ...sessions, stopped };
};

const pass = (clock: VirtualClock, ms = 30_000) => clock.run(clock.sleep(ms));
const { streamWindowBytes } = PROFILES['peer-message'];
/** Node's own buffers at both streams, and a chunk under way. */
const SLACK_BYTES = 512 * 1024;

test('an origin that sends for ever to a client that does not read fills one window and no more', async (t) => {
  const origin = new Origin(Number.POSITIVE_INFINITY);
  const { clock, client } = pair(async () => origin);
  const stream = await clock.run(client.connect('shop', 80));
  await pass(clock);
  const held = origin.given;
  t.true(held <= 2 * streamWindowBytes + SLACK_BYTES, `${held} B of at most two windows`);
  await pass(clock);
  t.is(origin.given, held, 'and stays there');
  stream.destroy();
  await pass(clock);
  t.true(origin.destroyed, 'a client that leaves takes the connection with it');
});

test('an origin that does not read holds its client to the windows, and gets everything once it reads', async (t) => {
  const origin = new Origin(0);
  origin.reads = false;
  const { clock, client } = pair(async () => origin);
  const stream = await clock.run(client.connect('shop', 80));
  const total = 8 * streamWindowBytes;
  let written = 0;
  stream.on('error', () => {});
  const write = (): void => {
    while (written < total) {
      written += CHUNK.length;
      if (!stream.write(CHUNK)) {
        stream.once('drain', write);
        return;
      }
    }
    stream.end();
  };
  write();
  await pass(clock);
  t.true(written <= 2 * streamWindowBytes + SLACK_BYTES, `${written} B were taken from the client`);
  origin.readOn();
  await pass(clock);
  t.is(origin.taken, total);
});

test('a connection that is half open carries the other half for as long as it likes', async (t) => {
  const origin = new Origin(10 * CHUNK.length);
  const { clock, client } = pair(async () => origin);
  const stream = await clock.run(client.connect('shop', 80));
  stream.end('request');
  await pass(clock, 600_000);
  t.true(origin.writableFinished || origin.taken === 7, 'our end passed');
  t.is((await clock.run(readAll(stream))).length, 10 * CHUNK.length, 'and their answer comes ten minutes later');
});

test('a dial that nobody answers ends by its deadline, refused by name', async (t) => {
  const aborted: unknown[] = [];
  const { clock, client } = pair(
    (_address, _port, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          aborted.push(signal.reason);
          reject(signal.reason);
        });
      }),
  );
  const error = await t.throwsAsync(clock.run(client.connect('shop', 80)), { instanceOf: RefusedError });
  t.regex(error.message, /took longer than 15 s/);
  t.is(aborted.length, 1, 'the socket is given up, not left behind');
});

test('a client that leaves while the exit dials leaves no connection behind', async (t) => {
  const origin = new Origin(0);
  const { clock, client } = pair(() => clock.sleep(5_000).then(() => origin));
  const leave = new AbortController();
  const connecting = client.connect('shop', 80, { signal: leave.signal });
  connecting.catch(() => {});
  await pass(clock, 1_000);
  leave.abort(new Error('left'));
  await pass(clock, 10_000);
  t.true(origin.destroyed);
});

test('connections end with the session, at both ends', async (t) => {
  const origins = [new Origin(Number.POSITIVE_INFINITY), new Origin(Number.POSITIVE_INFINITY)];
  let dialled = 0;
  const { clock, client } = pair(async () => origins[dialled++] as Origin);
  await clock.run(Promise.all([client.connect('shop', 80), client.connect('shop', 80)]));
  client.fail(new Error('over'));
  await pass(clock);
  t.true(origins.every(({ destroyed }) => destroyed));
});
