/** Two relays' pages joined by a pipe instead of a session, so that a test can lie, break off and count on the way. */
import { createHash } from 'node:crypto';
import { type Duplex, duplexPair, Transform } from 'node:stream';
import type { Clock, Node, RelayEnvironment, RelaySession, Shelf } from '../../nodes/node.ts';
import { type EnginePages, openPages } from '../../nodes/relay/pages/pages.ts';
import type { Session } from '../../nodes/relay/session/session.ts';
import type { Stream } from '../../nodes/relay/session/streams.ts';
import { memoryShelf } from '../../nodes/shelf.ts';
import { systemRandom, wallClock } from '../../nodes/wall.ts';

export const PUBLISHER = `02${'ab'.repeat(32)}`;
export const READER = `03${'cd'.repeat(32)}`;

/** A clock that starts where it is told, and whose retries do not keep a test waiting. */
export const testClock = (startMs = 1_700_000_000_000): Clock & { nowMs: number } => ({
  kind: 'virtual',
  nowMs: startMs,
  now() {
    return this.nowMs;
  },
  sleep: (ms, waiting = {}) => (waiting.passive ? new Promise(() => {}) : wallClock.sleep(Math.min(ms, 10), waiting)),
});

export interface Way {
  /** Sessions opened, and streams in them. */
  sessions: number;
  streams: number;
  /** Bytes that came from the publisher. */
  bytes: number;
  /** What becomes of the publisher's bytes: undefined breaks the stream. */
  down: (bytes: Buffer) => Buffer | undefined;
}

export interface Joined extends AsyncDisposable {
  readonly publisher: EnginePages;
  readonly reader: EnginePages;
  readonly readerShelf: Shelf;
  readonly publisherShelf: Shelf;
  readonly clock: ReturnType<typeof testClock>;
  readonly way: Way;
  url(path: string, name?: string): string;
}

export const joined = async ({
  readerShelf = memoryShelf(),
  publisherShelf = memoryShelf(),
  clock = testClock(),
} = {}): Promise<Joined> => {
  const way: Way = { sessions: 0, streams: 0, bytes: 0, down: (bytes) => bytes };
  const publisher = await openPages(environment(PUBLISHER, publisherShelf, clock), () => Promise.reject(new Error('not from here')));
  const reader = await openPages(environment(READER, readerShelf, clock), async () => {
    way.sessions += 1;
    return sessionTo(publisher, way);
  });
  return {
    publisher,
    reader,
    readerShelf,
    publisherShelf,
    clock,
    way,
    url: (path, name) => `leyden://${name === undefined ? '' : `${name}.`}${PUBLISHER}${path}`,
    async [Symbol.asyncDispose]() {
      await reader.close();
      await publisher.close();
    },
  };
};

const sessionTo = (publisher: EnginePages, way: Way): RelaySession => {
  const open: Duplex[] = [];
  const session = {} as Session;
  return {
    id: '00',
    identity: 'anonymous',
    hops: 1,
    async connect() {
      way.streams += 1;
      const [near, up] = duplexPair();
      const [out, down] = duplexPair();
      const passing = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          way.bytes += chunk.length;
          const passed = way.down(chunk);
          if (passed !== undefined) done(null, passed);
          else for (const stream of all) stream.destroy();
        },
      });
      const all: Duplex[] = [near, up, out, down, passing];
      for (const stream of all) {
        stream.on('error', () => {});
        stream.on('close', () => {
          if (!stream.readableEnded) for (const other of all) other.destroy();
        });
      }
      up.pipe(down);
      down.pipe(passing).pipe(up);
      open.push(...all);
      serve(publisher, out, session);
      return near;
    },
    ping: async () => 0,
    stats: () => Promise.reject(new Error('not in the fake')),
    openUdp: () => Promise.reject(new Error('not in the fake')),
    async [Symbol.asyncDispose]() {
      for (const stream of open) stream.destroy();
    },
  } as unknown as RelaySession;
};

/** Requests pass as they are; what `way.down` sees is what the publisher answers. */
const serve = (publisher: EnginePages, duplex: Duplex, session: Session): void => {
  const stream = { id: 0, duplex, opened: () => {}, refuse: () => duplex.destroy() } as unknown as Stream;
  publisher.service(stream, session, '');
};

const environment = (key: string, shelf: Shelf, clock: Clock): RelayEnvironment =>
  ({ node: fakeNode(key), clock, random: systemRandom, shelf, log: () => {} }) as unknown as RelayEnvironment;

/** Signs by hashing its key: good enough to tell whose it is. */
const fakeNode = (key: string): Node => {
  const signature = (by: string, message: Uint8Array) => createHash('sha256').update(by).update(message).digest('hex');
  return {
    name: 'n',
    publicKey: key,
    sign: async (message: Uint8Array) => signature(key, message),
    verify: async (message: Uint8Array, given: string) => [PUBLISHER, READER].find((by) => signature(by, message) === given) ?? null,
  } as unknown as Node;
};
