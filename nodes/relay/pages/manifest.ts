/**
 * A site's manifest: its files in the order of their paths, cut into pages of at most 16 KiB that are the leaves of a Merkle tree. To find
 * one file a client needs one page and its audit path, however large the site; a page names the path that the next begins with, and so
 * shows what is not there as surely as what is.
 *
 *     page  := version · index · count · entry* · next? (a text, empty on the last page)
 *     entry := path · mime · size · SHA-256 of the file · encoding · ref* (up to INLINE_REFS_MAX) or the SHA-256 of each list of refs
 *     ref   := SHA-256 of the chunk as stored · its length (3 B)
 */
import { FrameError, Reader, textBytes, varintBytes, Writer } from '../wire/bytes.ts';
import { ENCODINGS, type Encoding } from './compression.ts';
import {
  CHUNK_BYTES,
  FILE_BYTES_MAX,
  INLINE_REFS_MAX,
  LIST_REFS_MAX,
  MIME_BYTES_MAX,
  PAGE_BYTES_MAX,
  PAGES_MAX,
  PATH_BYTES_MAX,
  RATIO_MAX,
} from './limits.ts';
import { isMime } from './mime.ts';
import { comparePaths, whyNotSitePath } from './site-path.ts';
import { HASH_BYTES } from './tree.ts';

export interface Ref {
  readonly hash: Buffer;
  /** As stored and carried. */
  readonly bytes: number;
}

export interface Entry {
  readonly path: string;
  readonly mime: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly encoding: Encoding;
  /** Of every chunk, where there are few; else empty. */
  readonly refs: readonly Ref[];
  /** Of the lists that name the chunks, where there are many; else empty. */
  readonly lists: readonly Buffer[];
}

export interface ManifestPage {
  readonly index: number;
  readonly entries: readonly Entry[];
  /** The first path of the page after this; null on the last. */
  readonly next: string | null;
}

export const REF_BYTES = HASH_BYTES + 3;
const VERSION = 1;
/** Version, index, count and an empty text. */
const PAGE_HEADER_BYTES = 1 + 4 + 4 + 2;

export const chunksOf = (size: number): number => Math.ceil(size / CHUNK_BYTES);
export const chunkLength = (size: number, index: number): number => Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
export const listsOf = (size: number): number => (chunksOf(size) <= INLINE_REFS_MAX ? 0 : Math.ceil(chunksOf(size) / LIST_REFS_MAX));
/** Refs in list `index`. */
export const listLength = (size: number, index: number): number => Math.min(LIST_REFS_MAX, chunksOf(size) - index * LIST_REFS_MAX);

/** Entries in the order of their paths, to encoded pages. */
export const encodePages = (entries: readonly Entry[]): Buffer[] => {
  const groups: Entry[][] = [];
  let room = 0;
  for (const entry of entries) {
    // The next page's first path stands at the end of this one.
    const bytes = entryBytes(entry);
    if (bytes > room) {
      groups.push([]);
      room = PAGE_BYTES_MAX - PAGE_HEADER_BYTES - PATH_BYTES_MAX;
    }
    groups.at(-1)?.push(entry);
    room -= bytes;
  }
  return groups.map((group, index) => encodePage({ index, entries: group, next: groups[index + 1]?.[0]?.path ?? null }));
};

export const encodePage = ({ index, entries, next }: ManifestPage): Buffer => {
  const writer = new Writer(PAGE_BYTES_MAX).uint(VERSION, 1).varint(index).varint(entries.length);
  for (const entry of entries) encodeEntry(writer, entry);
  return Buffer.from(writer.text(next ?? '').done());
};

/** @throws FrameError for whatever a publisher of ours would not write. */
export const decodePage = (bytes: Uint8Array): ManifestPage => {
  if (bytes.length > PAGE_BYTES_MAX) throw new FrameError(`a manifest page of ${bytes.length} B: at most ${PAGE_BYTES_MAX} B expected`);
  const reader = new Reader(bytes);
  if (reader.uint(1) !== VERSION) throw new FrameError('a manifest of another version');
  const [index, count] = [reader.varint(), reader.varint()];
  if (index >= PAGES_MAX) throw new FrameError(`manifest page ${index}: at most ${PAGES_MAX} are read`);
  if (count === 0 || count > reader.left) throw new FrameError(`a manifest page of ${count} entries in ${reader.left} B`);
  const entries: Entry[] = [];
  for (let at = 0; at < count; at++) {
    const entry = decodeEntry(reader);
    if (at > 0 && comparePaths((entries[at - 1] as Entry).path, entry.path) >= 0) throw new FrameError('paths that are not in order');
    entries.push(entry);
  }
  const next = reader.text(PATH_BYTES_MAX) || null;
  reader.end();
  if (next !== null && comparePaths((entries.at(-1) as Entry).path, next) >= 0) throw new FrameError('a next page before this one');
  return { index, entries, next };
};

/** The file at this path, null when the page shows that the site has none, undefined when another page would know. */
export const entryAt = ({ index, entries, next }: ManifestPage, path: string): Entry | null | undefined => {
  if (index > 0 && comparePaths(path, (entries[0] as Entry).path) < 0) return undefined;
  if (next !== null && comparePaths(path, next) >= 0) return undefined;
  return entries.find((entry) => entry.path === path) ?? null;
};

export const encodeRefs = (refs: readonly Ref[]): Buffer => {
  const writer = new Writer(refs.length * REF_BYTES);
  for (const { hash, bytes } of refs) writer.bytes(hash).uint(bytes, 3);
  return writer.done();
};

/** Refs of chunks `first` … of a file of this size and encoding. @throws FrameError for lengths that no chunk of ours has. */
export const decodeRefs = (reader: Reader, { size, encoding }: Pick<Entry, 'size' | 'encoding'>, first: number, count: number): Ref[] =>
  Array.from({ length: count }, (_, at) => {
    const [hash, bytes, length] = [Buffer.from(reader.bytes(HASH_BYTES)), reader.uint(3), chunkLength(size, first + at)];
    const inflates = bytes < length;
    if (bytes === 0 || bytes > length || (inflates && (encoding === 'identity' || bytes * RATIO_MAX < length)))
      throw new FrameError(`a chunk of ${bytes} B that would be ${length} B (${encoding})`);
    return { hash, bytes };
  });

const entryBytes = ({ path, mime, size, refs, lists }: Entry): number =>
  textBytes(path) + textBytes(mime) + varintBytes(size) + HASH_BYTES + 1 + refs.length * REF_BYTES + lists.length * HASH_BYTES;

const encodeEntry = (writer: Writer, { path, mime, size, sha256, encoding, refs, lists }: Entry): void => {
  writer.text(path).text(mime).varint(size).bytes(sha256).uint(ENCODINGS.indexOf(encoding), 1).bytes(encodeRefs(refs));
  for (const list of lists) writer.bytes(list);
};

const decodeEntry = (reader: Reader): Entry => {
  const path = reader.text(PATH_BYTES_MAX);
  const problem = whyNotSitePath(path);
  if (problem !== null) throw new FrameError(problem);
  const mime = reader.text(MIME_BYTES_MAX);
  if (!isMime(mime)) throw new FrameError('a media type that is none');
  const size = reader.varint();
  if (size > FILE_BYTES_MAX) throw new FrameError(`a file of ${size} B: at most ${FILE_BYTES_MAX} B are believed`);
  const sha256 = Buffer.from(reader.bytes(HASH_BYTES));
  const encoding = ENCODINGS[reader.uint(1)];
  if (encoding === undefined) throw new FrameError('an encoding that is none of ours');
  const lists = Array.from({ length: listsOf(size) }, () => Buffer.from(reader.bytes(HASH_BYTES)));
  const refs = lists.length > 0 ? [] : decodeRefs(reader, { size, encoding }, 0, chunksOf(size));
  return { path, mime, size, sha256, encoding, refs, lists };
};
