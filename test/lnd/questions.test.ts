/** What becomes of a stream on which LND asks, when it is refused or LND goes, on an LND that is made here: the real one is never slow on purpose. */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { AuthenticatedLnd } from 'lightning';
import { LndError } from '../../nodes/errors.ts';
import { interceptForwards } from '../../nodes/lnd/htlcs.ts';

class Stream extends EventEmitter {
  cancelled = false;
  cancel(): void {
    this.cancelled = true;
    this.emit('error', new Error('cancelled'));
  }
}

/** @param opened what LND does with the stream of a number, from 1 on. @param answers what it says to the call of a number. */
const madeHere = (opened: (stream: Stream, number: number) => void, answers: (number: number) => Promise<Error | null>) => {
  const streams: Stream[] = [];
  let calls = 0;
  const lnd = {
    router: {
      htlcInterceptor: () => {
        const stream = new Stream();
        streams.push(stream);
        opened(stream, streams.length);
        return stream;
      },
    },
    version: {
      getVersion: (_request: object, _options: object, callback: (error: Error | null, response: object) => void) => {
        calls += 1;
        void answers(calls).then((error) => callback(error, {}));
        return { cancel: () => {} };
      },
    },
  };
  return { lnd: lnd as unknown as AuthenticatedLnd, streams };
};

const refuse = (stream: Stream) => setImmediate(() => stream.emit('error', new Error('interceptor already exists')));
const resume = () => 'resume' as const;

test('a program that is refused again and again is told so, also where an answer comes just when it asks anew', async (t) => {
  const openedAgain = Promise.withResolvers<null>();
  const { lnd, streams } = madeHere(
    (stream, number) => {
      refuse(stream);
      if (number === 2) openedAgain.resolve(null);
    },
    (number) => (number === 4 ? openedAgain.promise : Promise.resolve(null)),
  );
  const failed = await t.throwsAsync(interceptForwards(lnd, resume, new AbortController().signal), { instanceOf: LndError });
  t.regex(failed!.message, /interceptor already exists/);
  const asked = streams.length;
  await delay(600);
  t.is(streams.length, asked, 'and asks no more');
});

test('where LND goes before it serves, the failure is told and no stream is opened for it later', async (t) => {
  const { lnd, streams } = madeHere(
    () => {},
    () => Promise.resolve(new Error('connection refused')),
  );
  await t.throwsAsync(interceptForwards(lnd, resume, new AbortController().signal), { instanceOf: LndError });
  await delay(600);
  t.is(streams.length, 1);
  t.true(streams[0]!.cancelled);
});

test('a place that its last holder frees a moment later is taken', async (t) => {
  const { lnd, streams } = madeHere(
    (stream, number) => {
      if (number < 3) refuse(stream);
    },
    () => Promise.resolve(null),
  );
  const stop = new AbortController();
  await interceptForwards(lnd, resume, stop.signal);
  t.is(streams.length, 3);
  stop.abort();
  await delay(50);
  t.true(streams[2]!.cancelled);
});
