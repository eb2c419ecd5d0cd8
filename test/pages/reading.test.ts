/** What a reader believes, and how it goes on when the way breaks. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import test from 'ava';
import { IntegrityError, NotFoundError, RefusedError } from '../../nodes/errors.ts';
import { memoryShelf } from '../../nodes/shelf.ts';
import { joined, testClock } from './direct.ts';
import { bytesOf, file, noise } from './line.ts';

const LARGE = noise('large', 5_000_000);

test('a file of many chunks arrives whole, through lists that are fetched as chunks are', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE), file('index.html', 'hello')] });
  const page = await pages.reader.get({ url: pages.url('/large.bin') });
  t.like(page, { size: LARGE.length, bytes: LARGE.length, sha256: createHash('sha256').update(LARGE).digest('hex') });
  t.true((await bytesOf(page)).equals(LARGE));
  t.is(pages.way.sessions, 1);
});

test('ranges bring those bytes, and only the chunks that have them', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  for (const [first, last] of [
    [0, 0],
    [65_535, 65_536],
    [1_000_000, 1_200_000],
    [4_999_999, 9_999_999],
  ] as const) {
    const before = pages.way.bytes;
    const page = await pages.reader.get({ url: pages.url('/large.bin'), range: { first, last }, from: 'cold' });
    t.true((await bytesOf(page)).equals(LARGE.subarray(first, last + 1)));
    const chunks = Math.floor(Math.min(last, LARGE.length - 1) / 65_536) - Math.floor(first / 65_536) + 1;
    t.true(pages.way.bytes - before < chunks * 65_536 + 8_000, 'a list and a manifest page beside them');
  }
  await t.throwsAsync(pages.reader.get({ url: pages.url('/large.bin'), range: { first: 5_000_000 } }), { instanceOf: RefusedError });
});

test('a session that is killed again and again is opened again, and what had arrived is not asked for twice', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  let since = 0;
  pages.way.down = (bytes) => {
    since += bytes.length;
    if (since < 900_000) return bytes;
    since = 0;
    return undefined;
  };
  t.true((await bytesOf(await pages.reader.get({ url: pages.url('/large.bin') }))).equals(LARGE));
  t.true(pages.way.streams > 4);
  // What was under way at a break is lost each time: at most 32 chunks, and no more than what was let through between two.
  t.true(pages.way.bytes < 2 * LARGE.length, `${pages.way.bytes} B carried`);
});

test('a way that stays dead ends with its own error after a bounded number of attempts', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a', 'a')] });
  pages.way.down = () => undefined;
  await t.throwsAsync(pages.reader.get({ url: pages.url('/a') }), { name: 'SessionError' });
  t.true(pages.way.streams <= 8);
});

test('a reader that breaks off resumes from the cache', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  let read = 0;
  for await (const piece of (await pages.reader.get({ url: pages.url('/large.bin') })).body) {
    read += piece.length;
    if (read > 3_000_000) break;
  }
  const before = pages.way.bytes;
  t.true((await bytesOf(await pages.reader.get({ url: pages.url('/large.bin') }))).equals(LARGE));
  t.true(pages.way.bytes - before < LARGE.length - 2_500_000, 'only what was not here');
});

test('a slow reader makes nobody send more than a bounded number of chunks ahead', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  const { body } = await pages.reader.get({ url: pages.url('/large.bin'), from: 'cold' });
  const reading = body[Symbol.asyncIterator]();
  await reading.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.true(pages.way.bytes < 34 * 65_600 + 10_000, `${pages.way.bytes} B came although one chunk was read`);
  await reading.return?.();
});

test('many readers of one file at once each get every byte', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE.subarray(0, 1_500_000))] });
  const all = await Promise.all(Array.from({ length: 12 }, async () => bytesOf(await pages.reader.get({ url: pages.url('/large.bin') }))));
  t.true(all.every((bytes) => bytes.equals(LARGE.subarray(0, 1_500_000))));
});

test('a chunk that was altered on the way is not used, whichever byte it is', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a.bin', LARGE.subarray(0, 200_000))] });
  for (const at of [400, 5_000, 70_000, 150_000]) {
    let seen = 0;
    pages.way.down = (bytes) => {
      const altered = Buffer.from(bytes);
      if (seen <= at && at < seen + bytes.length) altered[at - seen]! ^= 1;
      seen += bytes.length;
      return altered;
    };
    const get = async () => bytesOf(await pages.reader.get({ url: pages.url('/a.bin'), from: 'cold' }));
    await t.throwsAsync(get(), { instanceOf: IntegrityError }, `byte ${at}`);
  }
  pages.way.down = (bytes) => bytes;
  t.true(
    (await bytesOf(await pages.reader.get({ url: pages.url('/a.bin') }))).equals(LARGE.subarray(0, 200_000)),
    'nothing of it was kept',
  );
});

test('answers of random bytes, or cut anywhere, are named and never used', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a', 'hello')] });
  for (let round = 0; round < 40; round++) {
    const junk = noise(`junk ${round}`, 1 + round * 7);
    pages.way.down = round % 2 === 0 ? () => junk : (bytes) => (bytes.length > round ? bytes.subarray(0, round + 1) : undefined);
    const over = AbortSignal.timeout(60);
    await t.throwsAsync(pages.reader.get({ url: pages.url('/a'), from: 'cold', signal: over }));
  }
  pages.way.down = (bytes) => bytes;
  t.is((await bytesOf(await pages.reader.get({ url: pages.url('/a') }))).toString(), 'hello');
});

test('a cache that somebody altered is not believed: the chunk is fetched again', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a.bin', LARGE.subarray(0, 300_000))] });
  const get = async () => bytesOf(await pages.reader.get({ url: pages.url('/a.bin') }));
  await get();
  const kept = await pages.readerShelf.list('cache');
  t.true(kept.length >= 5);
  for (const { name } of kept) await pages.readerShelf.put(name, Buffer.from('poison'));
  t.true((await get()).equals(LARGE.subarray(0, 300_000)));
});

test('an older version of a site is refused, even after a restart and a change of relay', async (t) => {
  const [readerShelf, old] = [memoryShelf(), memoryShelf()];
  {
    await using pages = await joined({ readerShelf, publisherShelf: old });
    await pages.publisher.publish({ files: [file('a', 'one')] });
  }
  {
    await using pages = await joined({ readerShelf });
    await pages.publisher.publish({ files: [file('a', 'two')] });
    await pages.publisher.publish({ files: [file('a', 'three')] });
    t.is((await bytesOf(await pages.reader.get({ url: pages.url('/a') }))).toString(), 'three');
  }
  await using pages = await joined({ readerShelf, publisherShelf: old });
  const error = await t.throwsAsync(pages.reader.get({ url: pages.url('/a') }), { instanceOf: IntegrityError });
  t.regex(error.message, /rollback/);
});

test('two sites signed under one number are refused', async (t) => {
  const readerShelf = memoryShelf();
  for (const [text, passes] of [
    ['one', true],
    ['another', false],
  ] as const) {
    await using pages = await joined({ readerShelf, clock: testClock() });
    await pages.publisher.publish({ files: [file('a', text)] });
    const get = pages.reader.get({ url: pages.url('/a') });
    if (passes) await get;
    else await t.throwsAsync(get, { instanceOf: IntegrityError, message: /two different sites/ });
  }
});

test('a new version is seen when the name is asked for again, and its unchanged chunks are not fetched again', async (t) => {
  await using pages = await joined();
  const fixed = file('large.bin', LARGE.subarray(0, 1_000_000));
  await pages.publisher.publish({ files: [fixed, file('a', 'one')] });
  await bytesOf(await pages.reader.get({ url: pages.url('/large.bin') }));
  const first = await pages.reader.get({ url: pages.url('/a') });
  t.is((await bytesOf(first)).toString(), 'one');
  await pages.publisher.publish({ files: [fixed, file('a', 'two')] });
  t.is((await bytesOf(await pages.reader.get({ url: pages.url('/a') }))).toString(), 'one', 'the name was looked up a moment ago');
  pages.clock.nowMs += 61_000;
  const before = pages.way.bytes;
  const second = await pages.reader.get({ url: pages.url('/a') });
  t.is((await bytesOf(second)).toString(), 'two');
  t.true(second.sequence > first.sequence);
  await bytesOf(await pages.reader.get({ url: pages.url('/large.bin') }));
  t.true(pages.way.bytes - before < 2_000);
});

test('what was fetched from others is not given out, nor is what was never published', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a', 'hello')] });
  await t.throwsAsync(pages.reader.get({ url: pages.url('/b') }), { instanceOf: NotFoundError });
  await t.throwsAsync(pages.reader.get({ url: pages.url('/a', 'blog') }), { instanceOf: NotFoundError });
  const upload = await pages.publisher.begin('half');
  await upload.chunks([Buffer.from('not published yet')]);
  await t.throwsAsync(pages.reader.get({ url: pages.url('/', 'half') }), { instanceOf: NotFoundError });
});

test('a file above what was asked for is refused before a chunk of it is fetched', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  await t.throwsAsync(pages.reader.get({ url: pages.url('/large.bin'), bytesMax: 1_000_000 }), { instanceOf: RefusedError });
  t.true(pages.way.bytes < 3_000);
});

test('giving up ends a read at once, by the signal and by returning', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('large.bin', LARGE)] });
  const over = new AbortController();
  const page = await pages.reader.get({ url: pages.url('/large.bin'), signal: over.signal });
  const reading = (async () => {
    for await (const _ of page.body) over.abort(new Error('enough'));
  })();
  await t.throwsAsync(reading, { message: 'enough' });
});

test('one file of a site of five thousand costs one page of its manifest', async (t) => {
  await using pages = await joined();
  const files = Array.from({ length: 5_000 }, (_, index) => file(`folder-${index % 50}/file-${index}.txt`, `text ${index}`));
  const site = await pages.publisher.publish({ files });
  t.true(site.pages > 20, `${site.pages} pages`);
  for (const index of [0, 2_501, 4_999]) {
    const before = pages.way.bytes;
    const page = await pages.reader.get({ url: pages.url(`/folder-${index % 50}/file-${index}.txt`), from: 'cold' });
    t.is((await bytesOf(page)).toString(), `text ${index}`);
    t.true(pages.way.bytes - before < 17_500, `${pages.way.bytes - before} B`);
  }
  await t.throwsAsync(pages.reader.get({ url: pages.url('/folder-7/none') }), { instanceOf: NotFoundError });
});

test('streams to pages are bounded in a session, and a half-open one keeps nothing of it', async (t) => {
  await using pages = await joined();
  await pages.publisher.publish({ files: [file('a', 'hello')] });
  const session = {} as Parameters<typeof pages.publisher.service>[1];
  const refused: string[] = [];
  const open = () => {
    const [ours, theirs] = duplexPair();
    ours.on('error', () => {});
    pages.publisher.service(
      { id: 0, duplex: theirs, opened: () => {}, refuse: (reason: string) => refused.push(reason) } as unknown as Parameters<
        typeof pages.publisher.service
      >[0],
      session,
      '',
    );
    return ours;
  };
  const streams = Array.from({ length: 64 }, open);
  open();
  t.regex(refused[0] ?? '', /64 streams/);
  streams[0]!.write(Buffer.of(0, 0, 1)); // half a length, for ever
  const closed = once(streams[1]!, 'close');
  streams[1]!.write(Buffer.of(255, 255, 255, 255)); // a request of 4 GiB
  await closed;
  open();
  t.is(refused.length, 1, 'there is room again');
  for (const stream of streams) stream.destroy();
});
