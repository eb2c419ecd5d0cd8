/** The service `pages`: answers what sites' readers ask, one request after the other on each stream, as fast as the stream takes it. */
import type { Clock } from '../../node.ts';
import type { Service } from '../services.ts';
import type { Session } from '../session/session.ts';
import type { Stream } from '../session/streams.ts';
import { drained, framed, messagesOf } from './framing.ts';
import type { Library } from './library.ts';
import { type Answer, decodeRequest, encodeAnswer, REQUEST_BYTES_MAX } from './messages.ts';

export const PAGES_SERVICE = 'pages';
/** Of one session. Each holds one request and one answer beside what the stream itself holds. */
const STREAMS_MAX = 64;
/** A stream on which nobody asked for so long is closed. */
const IDLE_MS = 600_000;

export interface PagesServiceOptions {
  readonly library: Library;
  readonly clock: Clock;
}

export const pagesService = ({ library, clock }: PagesServiceOptions): Service => {
  const open = new WeakMap<Session, number>();
  return (stream, session) => {
    const count = open.get(session) ?? 0;
    if (count >= STREAMS_MAX) return stream.refuse(`${STREAMS_MAX} streams to pages are open in this session: that is the limit`);
    open.set(session, count + 1);
    stream.duplex.once('close', () => open.set(session, (open.get(session) ?? 1) - 1));
    stream.opened();
    serve(stream, library, clock).catch(() => stream.duplex.destroy());
  };
};

/** What breaks off or breaks the rules is reset: the reader at the other end knows it by that. */
const serve = async ({ duplex }: Stream, library: Library, clock: Clock): Promise<void> => {
  using idle = watch(clock, () => duplex.destroy());
  for await (const message of messagesOf(duplex, REQUEST_BYTES_MAX)) {
    for await (const answer of answersTo(message, library)) {
      if (duplex.destroyed) return;
      if (!duplex.write(framed(encodeAnswer(answer)))) await drained(duplex);
    }
    idle.moved();
  }
  duplex.end();
};

async function* answersTo(message: Uint8Array, library: Library): AsyncGenerator<Answer> {
  const request = decodeRequest(message);
  if (request.kind !== 'chunks') yield await library.answer(request);
  else for (const hash of request.hashes) yield await library.blob(hash);
}

/** Passive: virtual time does not pass for the sake of a stream on which nothing happens. */
const watch = (clock: Clock, over: () => void): Disposable & { moved(): void } => {
  const done = new AbortController();
  let movedMs = clock.now();
  const look = async (): Promise<void> => {
    for (;;) {
      const leftMs = movedMs + IDLE_MS - clock.now();
      if (leftMs <= 0) return over();
      await clock.sleep(leftMs, { signal: done.signal, passive: true });
    }
  };
  look().catch(() => {}); // aborted
  return {
    moved: () => {
      movedMs = clock.now();
    },
    [Symbol.dispose]: () => done.abort(),
  };
};
