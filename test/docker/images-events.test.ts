import { PassThrough, Readable } from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import { type EngineEvent, engineEvents } from '../../nodes/docker/images/events.ts';
import { textProgress } from '../../nodes/docker/images/progress.ts';

async function collected(stream: Readable, signal?: AbortSignal): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of engineEvents(stream, { signal })) events.push(event);
  return events;
}

test('events arrive whole, however the bytes were cut', async (t) => {
  const events = [{ stream: 'Step 1/2 : FROM ü\n' }, { status: 'Downloading', id: 'a' }, { stream: '€' }];
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\r\n`).join(''));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      t.deepEqual(await collected(Readable.from(chunks.filter((chunk) => chunk.length > 0))), events);
    }),
    { numRuns: 100 },
  );
});

test('an error that the engine reports in its stream is thrown in the engine’s words', async (t) => {
  const stream = Readable.from([Buffer.from('{"stream":"Step 1"}\n{"errorDetail":{"message":"x"},"error":"no space left on device"}\n')]);
  await t.throwsAsync(collected(stream), { message: 'no space left on device' });
});

test('aborting ends the stream, and with it the build, and throws the reason', async (t) => {
  const stream = new PassThrough();
  stream.write('{"stream":"Step 1"}\n');
  const controller = new AbortController();
  const reason = new Error('enough');
  const seen: string[] = [];
  await t.throwsAsync(
    async () => {
      for await (const event of engineEvents(stream, { signal: controller.signal })) {
        seen.push(event.stream ?? '');
        controller.abort(reason);
      }
    },
    { is: reason },
  );
  t.deepEqual(seen, ['Step 1']);
  t.true(stream.destroyed);
});

test('a reader that stops early destroys the stream', async (t) => {
  const stream = new PassThrough();
  stream.write('{"stream":"Step 1"}\n');
  for await (const _ of engineEvents(stream)) break;
  t.true(stream.destroyed);
});

test('on a terminal what goes on stands in one line that is written over', (t) => {
  let text = '';
  const progress = textProgress({ write: (part) => (text += part), isTTY: true, columns: 10 }, () => 0);
  progress.now('a long\ttext\u001b that would wrap');
  progress.line('done');
  t.is(text, '\r\u001b[Ka long te\r\u001b[Kdone\n');
});

test('elsewhere what goes on becomes a line only after half a minute of silence', (t) => {
  let text = '';
  let nowMs = 0;
  const progress = textProgress({ write: (part) => (text += part) }, () => nowMs);
  progress.line('begin');
  progress.now('one');
  nowMs = 29_999;
  progress.now('two');
  nowMs = 30_000;
  progress.now('three');
  progress.now('four');
  t.is(text, 'begin\nthree\n');
});
