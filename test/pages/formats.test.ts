/** Every decoder of pages given what nobody should send, and what no site may have: named errors, and nothing believed before it is checked. */
import { brotliCompressSync, constants, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { ScenarioError } from '../../nodes/errors.ts';
import { fromBase32, toBase32 } from '../../nodes/relay/pages/base32.ts';
import { ENCODINGS, inflate, stored } from '../../nodes/relay/pages/compression.ts';
import { CHUNK_BYTES, PAGE_BYTES_MAX } from '../../nodes/relay/pages/limits.ts';
import { chunksOf, decodePage, type Entry, encodePage, encodePages, entryAt, listsOf } from '../../nodes/relay/pages/manifest.ts';
import {
  decodeAnswer,
  decodeOpened,
  decodeProvenPage,
  decodeRequest,
  encodeAnswer,
  encodeOpened,
  encodeProvenPage,
  encodeRequest,
} from '../../nodes/relay/pages/messages.ts';
import { comparePaths, sitePathOf, whyNotSitePath } from '../../nodes/relay/pages/site-path.ts';
import { auditPath, leafHash, rootFrom, treeRoot } from '../../nodes/relay/pages/tree.ts';
import { formatPageUrl, hostLabels, parsePageUrl } from '../../nodes/relay/pages/url.ts';
import { FrameError, Reader } from '../../nodes/relay/wire/bytes.ts';
import { noise } from './line.ts';

const HASH = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const PATH = fc.stringMatching(/^[a-z0-9äß_-]{1,12}(\/[a-z0-9 ._-]{1,12}){0,3}$/u).filter((path) => whyNotSitePath(path) === null);

const ENTRY: fc.Arbitrary<Entry> = fc
  .record({
    path: PATH,
    size: fc.oneof(fc.nat(300_000), fc.nat(200_000_000)),
    sha256: HASH,
    encoding: fc.constantFrom(...ENCODINGS),
    seed: HASH,
  })
  .map(({ seed, ...entry }) => ({
    ...entry,
    mime: 'text/html; charset=utf-8',
    lists: Array.from({ length: listsOf(entry.size) }, () => seed),
    refs:
      listsOf(entry.size) > 0
        ? []
        : Array.from({ length: chunksOf(entry.size) }, (_, index) => ({
            hash: seed,
            bytes: Math.min(CHUNK_BYTES, entry.size - index * CHUNK_BYTES),
          })),
  }));

const SITE = fc
  .uniqueArray(ENTRY, { minLength: 1, maxLength: 300, selector: ({ path }) => path })
  .map((entries) => entries.toSorted((one, other) => comparePaths(one.path, other.path)));

const RECORD = fc.record({
  name: fc.constantFrom('', 'blog', 'a-1'),
  root: HASH,
  pages: fc.integer({ min: 1, max: 4_096 }),
  files: fc.integer({ min: 4_096, max: 100_000 }),
  bytes: fc.nat(2 ** 31 - 1),
  sequence: fc.maxSafeNat(),
  signature: fc.stringMatching(/^[a-z0-9]{1,104}$/),
});

test('a manifest comes back from its pages, and each page proves what its part of the site has and what it has not', (t) => {
  fc.assert(
    fc.property(SITE, PATH, (entries, other) => {
      const pages = encodePages(entries);
      t.true(pages.every(({ length }) => length <= PAGE_BYTES_MAX));
      const decoded = pages.map(decodePage);
      t.deepEqual(
        decoded.flatMap((page) => page.entries),
        entries,
      );
      const leaves = pages.map(leafHash);
      for (const path of [entries[0]!.path, entries.at(-1)!.path, other, '', '\u{10ffff}']) {
        const knows = decoded.filter((page) => entryAt(page, path) !== undefined);
        t.is(knows.length, 1, path);
        t.is(entryAt(knows[0]!, path)?.path ?? null, entries.find((entry) => entry.path === path)?.path ?? null);
        const at = knows[0]!.index;
        t.true(rootFrom(leaves[at]!, at, leaves.length, auditPath(leaves, at)).equals(treeRoot(leaves)));
      }
    }),
    { numRuns: 40 },
  );
});

test('requests, answers and records come back as they were', (t) => {
  const request = fc.oneof(
    fc.record({ kind: fc.constant('open' as const), name: fc.constantFrom('', 'blog'), path: PATH }),
    fc.record({ kind: fc.constant('page' as const), root: HASH, path: PATH }),
    fc.record({ kind: fc.constant('chunks' as const), hashes: fc.array(HASH, { minLength: 1, maxLength: 64 }) }),
  );
  fc.assert(fc.property(request, (one) => void t.deepEqual(decodeRequest(encodeRequest(one)), one)));
  fc.assert(
    fc.property(RECORD, fc.array(HASH, { maxLength: 32 }), fc.uint8Array({ maxLength: 500 }), (record, proof, bytes) => {
      const page = Buffer.from(bytes);
      t.deepEqual(decodeOpened(encodeOpened(record, { page, proof })), { record, page: { page, proof } });
      t.deepEqual(decodeProvenPage(new Reader(encodeProvenPage({ page, proof }))), { page, proof });
      t.deepEqual(decodeAnswer(encodeAnswer({ kind: 'found', bytes: page })), { kind: 'found', bytes: page });
    }),
  );
});

const DECODERS: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  page: decodePage,
  request: decodeRequest,
  answer: decodeAnswer,
  opened: decodeOpened,
  proven: (bytes) => decodeProvenPage(new Reader(bytes)),
  inflateBr: (bytes) => inflate('br', bytes, 65_536),
  inflateZstd: (bytes) => inflate('zstd', bytes, 65_536),
};

for (const [name, decode] of Object.entries(DECODERS)) {
  test(`${name}: random, truncated and altered bytes are a FrameError or a value, and nothing else`, (t) => {
    const whole = fc.oneof(
      SITE.map((entries) => encodePages(entries)[0]!),
      RECORD.map((record) => encodeOpened(record, { page: Buffer.from('page'), proof: [] })),
      fc.constant(Buffer.from(zstdCompressSync(Buffer.alloc(65_536)))),
    );
    const altered = fc.tuple(whole, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = value;
      return copy;
    });
    const cut = fc.tuple(whole, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length));
    const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(altered, cut, random), (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
    t.pass();
  });
}

test('a page may not lie about order, place, size, encoding or length', (t) => {
  const [hash] = [Buffer.alloc(32, 1)];
  const entry: Entry = { path: 'a', mime: 'text/plain', size: 70_000, sha256: hash, encoding: 'br', refs: [], lists: [] };
  const refs = [
    { hash, bytes: 100 },
    { hash, bytes: 4_464 },
  ];
  const page = (changed: Partial<Entry>, next: string | null = null) =>
    encodePage({ index: 0, entries: [{ ...entry, refs, ...changed }], next });
  t.notThrows(() => decodePage(page({})));
  const lies: readonly Partial<Entry>[] = [
    { path: '../a' },
    { path: '.ssh/id' },
    { mime: 'text/html\r\nset-cookie: a=b' },
    { size: 2 ** 40 },
    { refs: [refs[0]!] },
    { refs: [{ hash, bytes: 0 }, refs[1]!] },
    { refs: [{ hash, bytes: 65_537 }, refs[1]!] },
    { refs: [{ hash, bytes: 63 }, refs[1]!] },
    { encoding: 'identity' },
    { lists: [hash] },
  ];
  for (const lie of lies) t.throws(() => decodePage(page(lie)), { instanceOf: FrameError }, JSON.stringify(lie));
  t.throws(() => decodePage(page({}, 'A')), { instanceOf: FrameError }, 'a next page before this one');
  const twice = encodePage({
    index: 0,
    entries: [
      { ...entry, refs },
      { ...entry, refs },
    ],
    next: null,
  });
  t.throws(() => decodePage(twice), { instanceOf: FrameError });
  t.throws(() => decodePage(Buffer.alloc(PAGE_BYTES_MAX + 1)), { instanceOf: FrameError });
});

test('bombs of brotli and zstd end at the length that was said, without taking more', (t) => {
  const zeros = Buffer.alloc(64 * 2 ** 20);
  const bombs = { br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }), zstd: zstdCompressSync(zeros) };
  for (const encoding of ['br', 'zstd'] as const) {
    t.true(bombs[encoding].length < 10_000, 'a thousandth, and less');
    const before = process.memoryUsage().arrayBuffers;
    t.throws(() => inflate(encoding, bombs[encoding], CHUNK_BYTES), { instanceOf: FrameError });
    t.true(process.memoryUsage().arrayBuffers - before < 2 ** 20);
    t.throws(() => inflate(encoding, Buffer.from('no frame'), 1_000), { instanceOf: FrameError });
  }
  // A window of 128 MiB asked for by a frame of a few bytes.
  const wide = zstdCompressSync(Buffer.alloc(200_000_000, 1), { params: { [constants.ZSTD_c_windowLog]: 27 } });
  t.throws(() => inflate('zstd', wide.subarray(0, 20), CHUNK_BYTES), { instanceOf: FrameError });
});

test('what is stored comes back, whatever it is, and is never larger', (t) => {
  const samples = [Buffer.alloc(65_536), noise('x', 65_536), Buffer.from('text '.repeat(9_000)), Buffer.from('a')];
  for (const encoding of ENCODINGS)
    for (const sample of samples) {
      const bytes = stored(encoding, sample);
      t.true(bytes.length <= sample.length);
      t.true(Buffer.from(inflate(encoding, bytes, sample.length)).equals(sample));
    }
});

test('paths that lead anywhere but into the site are none', (t) => {
  const bad = [
    '',
    '/',
    'a//b',
    'a/',
    '../a',
    'a/../b',
    './a',
    'a/.',
    '.git/config',
    'a/.b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u202eb',
    'e\u0301',
    'x'.repeat(1_025),
  ];
  for (const path of bad) t.not(whyNotSitePath(path), null, JSON.stringify(path));
  for (const path of ['a', 'a/b.html', 'ä/ß', 'a b', 'a..b', '%2e']) t.is(whyNotSitePath(path), null, path);
  const urls = [
    '/..%2fetc/passwd',
    '/%2e%2e/a',
    '/a/%2e%2e/%2e%2e/b',
    '/%00',
    '/a%5cb',
    '/..\\a',
    '//a',
    '/%',
    '/%ff',
    '/a%2Fb',
    '/.git/config',
    '/a%0d%0ab',
  ];
  for (const url of urls) t.is(sitePathOf(url), null, url);
  t.is(sitePathOf('/'), 'index.html');
  t.is(sitePathOf('/a/'), 'a/index.html');
  t.is(sitePathOf('/a%20b.png'), 'a b.png');
  t.is(sitePathOf('/%252e%252e'), '%2e%2e', 'decoded once');
});

test('addresses: hex and base32 name the same node, and a host label never exceeds 63', (t) => {
  fc.assert(
    fc.property(HASH, fc.constantFrom('02', '03'), fc.constantFrom('', 'blog', 'a-b'), PATH, (hash, sign, name, path) => {
      const key = sign + hash.toString('hex');
      const [label] = hostLabels({ key, name: '' }).split('.');
      t.is(label!.length, 53);
      t.deepEqual(parsePageUrl(formatPageUrl({ key, name, path })), { key, name, path });
      t.is(parsePageUrl(`leyden://${name === '' ? '' : `${name}.`}${label}/`).key, key);
    }),
  );
  // RFC 4648 §10.
  t.deepEqual(
    ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => toBase32(Buffer.from(text))),
    ['', 'my', 'mzxq', 'mzxw6', 'mzxw6yq', 'mzxw6ytb', 'mzxw6ytboi'],
  );
  for (const text of ['mz', 'm1', 'MY', 'mzxw7']) t.throws(() => fromBase32(text), { instanceOf: FrameError }, text);
  const key = `02${'a'.repeat(64)}`;
  for (const url of [
    '',
    'http://x/',
    'leyden://',
    'leyden://02aa/',
    `leyden://-.${key}/`,
    `leyden://a.b.${key}/`,
    `leyden://${key}/../x`,
    `leyden://${key}/a%00`,
  ])
    t.throws(() => parsePageUrl(url), { instanceOf: ScenarioError }, url);
});
