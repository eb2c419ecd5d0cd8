/** A file's bytes in order: chunks asked for ahead of the reader, never more than AHEAD of them, each checked before anything uses it. */
import { createHash } from 'node:crypto';
import { IntegrityError } from '../../errors.ts';
import { FrameError, Reader } from '../wire/bytes.ts';
import { inflate } from './compression.ts';
import { CHUNK_BYTES, LIST_REFS_MAX } from './limits.ts';
import { chunkLength, chunksOf, decodeRefs, type Entry, listLength, REF_BYTES, type Ref } from './manifest.ts';
import { sha256 } from './tree.ts';

/** Chunks under way for one reader: 2 MiB, what the fastest carrier has in flight, and all that one reader can make this relay hold. */
const AHEAD = 32;

export interface Chunks {
  /** From the cache; null where it is not there. */
  kept(hash: Buffer): Promise<Uint8Array | null>;
  /** Asked of the other relay, all at once. */
  ask(hashes: readonly Buffer[]): Promise<Uint8Array>[];
  keep(hash: Buffer, bytes: Uint8Array): Promise<void>;
}

/** `count` bytes from `first` on. @throws IntegrityError, and what asking throws. */
export async function* readFile(entry: Entry, first: number, count: number, chunks: Chunks): AsyncGenerator<Uint8Array, void, void> {
  if (count === 0) return;
  const end = first + count;
  const whole = first === 0 && end === entry.size ? createHash('sha256') : null;
  let index = Math.floor(first / CHUNK_BYTES);
  for await (const stored of inOrder(refsOf(entry, index, Math.ceil(end / CHUNK_BYTES), chunks), chunks)) {
    const at = index * CHUNK_BYTES;
    const chunk = unpacked(entry, stored, index++);
    whole?.update(chunk);
    yield chunk.subarray(Math.max(0, first - at), end - at);
  }
  if (whole !== null && !whole.digest().equals(entry.sha256))
    throw new IntegrityError(`${entry.path} as a whole is not what the site's manifest says: its publisher made a mistake`);
}

/** Bytes as stored, in the order of the refs. Asks anew when half of what was asked for is here, so that requests travel together. */
async function* inOrder(refs: AsyncIterator<Ref>, chunks: Chunks): AsyncGenerator<Uint8Array, void, void> {
  const ahead: Promise<Uint8Array>[] = [];
  let more = true;
  for (;;) {
    if (more && ahead.length <= AHEAD / 2) {
      const batch: Ref[] = [];
      while (more && ahead.length + batch.length < AHEAD) {
        const next = await refs.next();
        if (next.done === true) more = false;
        else batch.push(next.value);
      }
      ahead.push(...(await begin(batch, chunks)));
    }
    const next = ahead.shift();
    if (next === undefined) return;
    yield await next;
  }
}

/** Each from the cache, else asked for; the same chunk twice is asked for once. */
const begin = async (refs: readonly Ref[], chunks: Chunks): Promise<Promise<Uint8Array>[]> => {
  const kept = await Promise.all(refs.map(({ hash }) => chunks.kept(hash)));
  const wanted = new Map(refs.filter((_, index) => kept[index] === null).map((ref) => [ref.hash.toString('hex'), ref]));
  const asked = chunks.ask([...wanted.values()].map(({ hash }) => hash));
  const answers = new Map([...wanted].map(([hex, ref], index) => [hex, checked(asked[index] as Promise<Uint8Array>, ref, chunks)]));
  for (const answer of answers.values()) answer.catch(() => {}); // nobody may wait for it yet
  return refs.map(({ hash }, index) => {
    const bytes = kept[index];
    return bytes ? Promise.resolve(bytes) : (answers.get(hash.toString('hex')) as Promise<Uint8Array>);
  });
};

const checked = async (asked: Promise<Uint8Array>, { hash, bytes }: Ref, chunks: Chunks): Promise<Uint8Array> => {
  const chunk = await asked;
  if (chunk.length !== bytes || !sha256(chunk).equals(hash))
    throw new IntegrityError('the relay sent a chunk that is not the one asked for');
  await chunks.keep(hash, chunk);
  return chunk;
};

/** Refs of chunks `from` … `until`, through lists where the file has many; the next list is asked for while one is read. */
async function* refsOf(entry: Entry, from: number, until: number, chunks: Chunks): AsyncGenerator<Ref, void, void> {
  if (entry.lists.length === 0) return yield* entry.refs.slice(from, until);
  const [firstList, lastList] = [Math.floor(from / LIST_REFS_MAX), Math.floor((until - 1) / LIST_REFS_MAX)];
  let next: Promise<Ref[]> | undefined = listed(entry, firstList, chunks);
  for (let list = firstList; list <= lastList; list++) {
    const refs: Ref[] = await (next as Promise<Ref[]>);
    next = list < lastList ? listed(entry, list + 1, chunks) : undefined;
    next?.catch(() => {}); // awaited at the next turn, if there is one
    const start = list * LIST_REFS_MAX;
    yield* refs.slice(Math.max(0, from - start), until - start);
  }
}

const listed = async (entry: Entry, list: number, chunks: Chunks): Promise<Ref[]> => {
  const count = listLength(entry.size, list);
  const [asked] = await begin([{ hash: entry.lists[list] as Buffer, bytes: count * REF_BYTES }], chunks);
  const bytes = await (asked as Promise<Uint8Array>);
  try {
    const reader = new Reader(bytes);
    const refs = decodeRefs(reader, entry, list * LIST_REFS_MAX, count);
    reader.end();
    return refs;
  } catch (error) {
    throw broken(entry, error);
  }
};

const unpacked = (entry: Entry, stored: Uint8Array, index: number): Uint8Array => {
  if (index >= chunksOf(entry.size)) throw new IntegrityError(`${entry.path} has more chunks than its size`);
  try {
    return inflate(entry.encoding, stored, chunkLength(entry.size, index));
  } catch (error) {
    throw broken(entry, error);
  }
};

const broken = ({ path }: Entry, error: unknown): unknown =>
  error instanceof FrameError ? new IntegrityError(`${path} is not what its manifest says: ${error.message}`, { cause: error }) : error;
