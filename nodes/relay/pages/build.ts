/** A site out of files: read once, cut into chunks, each compressed where that helps, hashed and handed on; then its manifest's pages. */
import { createHash } from 'node:crypto';
import { RefusedError } from '../../errors.ts';
import type { PublishedSite, PublishRequest, SiteFile, SiteUpload } from '../../node.ts';
import { bestEncoding, type Encoding, stored } from './compression.ts';
import { CHUNK_BYTES, FILE_BYTES_MAX, FILES_MAX, INLINE_REFS_MAX, LIST_REFS_MAX, SITE_BYTES_MAX } from './limits.ts';
import { type Entry, encodePages, encodeRefs, type Ref } from './manifest.ts';
import { isMime, mimeOf } from './mime.ts';
import { comparePaths, whyNotSitePath } from './site-path.ts';
import { sha256 } from './tree.ts';

/** Chunks that are asked about together, and brought together. */
const BATCH_CHUNKS = 64;
export const BROUGHT_MAX = 8;
/** A chunk is tried when the one before it shrank, and every so many all the same: a long film is not compressed in vain. */
const TRIED_EVERY = 16;

/** Publishes through an upload; the upload is over afterwards. @throws RefusedError for files that no site can have. */
export const publishSite = async (upload: SiteUpload, { files, progress = () => {}, signal }: PublishRequest): Promise<PublishedSite> => {
  const sink = new Sink(upload, signal);
  try {
    const entries: Entry[] = [];
    let bytes = 0;
    for await (const file of files) {
      signal?.throwIfAborted();
      if (entries.length >= FILES_MAX) throw new RefusedError(`a site of more than ${FILES_MAX} files`);
      const before = bytes;
      entries.push(await addFile(file, sink, (read) => progress(before + read)));
      bytes += file.size;
      if (bytes > SITE_BYTES_MAX) throw new RefusedError(`a site above ${SITE_BYTES_MAX} B`);
    }
    if (entries.length === 0) throw new RefusedError('a site without a file');
    await sink.flush();
    for (const page of encodePages(inOrder(entries))) await upload.page(page, { signal });
    return await upload.publish({ signal });
  } catch (error) {
    await upload.cancel().catch(() => {});
    throw error;
  }
};

const addFile = async (file: SiteFile, sink: Sink, progress: (bytes: number) => void): Promise<Entry> => {
  const { path, size, mime = mimeOf(path) } = file;
  const problem = whyNotSitePath(path);
  if (problem !== null) throw new RefusedError(`${path.slice(0, 200)}: ${problem}`);
  if (size > FILE_BYTES_MAX) throw new RefusedError(`${path}: ${size} B, and a file has at most ${FILE_BYTES_MAX} B`);
  if (!isMime(mime)) throw new RefusedError(`${path}: ${mime.slice(0, 100)} is no media type`);
  const whole = createHash('sha256');
  const refs: Ref[] = [];
  let encoding: Encoding | undefined;
  let [read, shrank] = [0, true];
  for await (const chunk of inChunks(file.content())) {
    whole.update(chunk);
    read += chunk.length;
    if (read > size) break;
    encoding ??= bestEncoding(chunk);
    const bytes: Uint8Array = shrank || refs.length % TRIED_EVERY === 0 ? stored(encoding, chunk) : chunk;
    shrank = bytes.length < chunk.length;
    const hash = sha256(bytes);
    refs.push({ hash, bytes: bytes.length });
    await sink.add(hash, bytes);
    progress(read);
  }
  if (read !== size) throw new RefusedError(`${path} changed while it was read`);
  const common = { path, mime, size, sha256: whole.digest(), encoding: encoding ?? 'identity' };
  if (refs.length <= INLINE_REFS_MAX) return { ...common, refs, lists: [] };
  const lists: Buffer[] = [];
  for (let at = 0; at < refs.length; at += LIST_REFS_MAX) {
    const list = encodeRefs(refs.slice(at, at + LIST_REFS_MAX));
    lists.push(sha256(list));
    await sink.add(lists.at(-1) as Buffer, list);
  }
  return { ...common, refs: [], lists };
};

const inOrder = (entries: readonly Entry[]): Entry[] => {
  const sorted = entries.toSorted((one, other) => comparePaths(one.path, other.path));
  for (const [index, { path }] of sorted.entries()) if (path === sorted[index + 1]?.path) throw new RefusedError(`${path} is there twice`);
  return sorted;
};

/** The same bytes in pieces of CHUNK_BYTES, the last one shorter. */
async function* inChunks(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of content) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    const whole = Buffer.concat(held);
    let at = 0;
    for (; bytes - at >= CHUNK_BYTES; at += CHUNK_BYTES) yield whole.subarray(at, at + CHUNK_BYTES);
    held = at < bytes ? [whole.subarray(at)] : [];
    bytes -= at;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** Brings chunks in batches, and of each batch only what is not there. */
class Sink {
  readonly #upload: SiteUpload;
  readonly #signal: AbortSignal | undefined;
  #batch = new Map<string, Uint8Array>();

  constructor(upload: SiteUpload, signal: AbortSignal | undefined) {
    this.#upload = upload;
    this.#signal = signal;
  }

  async add(hash: Buffer, bytes: Uint8Array): Promise<void> {
    this.#signal?.throwIfAborted();
    this.#batch.set(hash.toString('hex'), bytes);
    if (this.#batch.size >= BATCH_CHUNKS) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new Map();
    if (batch.size === 0) return;
    const waiting = { signal: this.#signal };
    const wanted = (await this.#upload.missing([...batch.keys()], waiting)).map((hash) => batch.get(hash) as Uint8Array);
    for (let at = 0; at < wanted.length; at += BROUGHT_MAX) await this.#upload.chunks(wanted.slice(at, at + BROUGHT_MAX), waiting);
  }
}
