/** Files of other nodes' sites: a name is looked up and its signature checked, then a file found in the manifest, then its chunks read. */
import { IntegrityError, NotFoundError, RefusedError, SessionError } from '../../errors.ts';
import type { Clock, Node, PageAnswer, PageCarrier, PageRequest, RelaySession, SessionRequest, Shelf } from '../../node.ts';
import { FrameError, Reader } from '../wire/bytes.ts';
import { Cache } from './cache.ts';
import { readFile } from './file-reader.ts';
import type { Library } from './library.ts';
import { LocalAsker } from './local-asker.ts';
import type { Entry } from './manifest.ts';
import { Manifests, provenPage } from './manifests.ts';
import { decodeOpened, decodeProvenPage } from './messages.ts';
import { Names } from './names.ts';
import { Reading } from './reading.ts';
import { isSignedBy, type NameRecord } from './record.ts';
import { type PageUrl, parsePageUrl } from './url.ts';
import { Visit } from './visit.ts';

/** A name's record is asked for again after so long. */
const NAME_AGE_MS = 60_000;
const READERS_MAX = 128;
const VISITS_MAX = 32;

export interface PageClientOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly shelf: Shelf;
  readonly library: Library;
  openSession(request: SessionRequest): Promise<RelaySession>;
}

interface Found {
  readonly record: NameRecord;
  readonly entry: Entry;
}

export class PageClient {
  readonly #options: PageClientOptions;
  readonly #cache: Cache;
  readonly #names: Names;
  readonly #manifests = new Manifests();
  readonly #visits = new Map<string, Visit>();
  readonly #stopped = new AbortController();
  #readers = 0;

  private constructor(options: PageClientOptions, cache: Cache) {
    this.#options = options;
    this.#cache = cache;
    this.#names = new Names(options.shelf);
  }

  static async open(options: PageClientOptions): Promise<PageClient> {
    return new PageClient(options, await Cache.open(options.shelf));
  }

  async get(request: PageRequest & PageCarrier): Promise<PageAnswer> {
    const url = parsePageUrl(request.url);
    const cold = request.from === 'cold';
    const visit = cold ? this.#visit(url, request) : this.#visitTo(url, request);
    const { record, entry } = await this.#reading(visit, request.signal, (reading) => this.#find(url, request, reading));
    const { bytesMax = Number.POSITIVE_INFINITY } = request;
    if (entry.size > bytesMax) throw new RefusedError(`${entry.path} has ${entry.size} B: at most ${bytesMax} B were asked for`);
    const [first, count] = extent(entry, request);
    return {
      path: entry.path,
      mime: entry.mime,
      size: entry.size,
      sha256: entry.sha256.toString('hex'),
      root: record.root.toString('hex'),
      sequence: record.sequence,
      first,
      bytes: count,
      body: this.#body(entry, first, count, visit, request),
    };
  }

  async close(reason: Error): Promise<void> {
    this.#stopped.abort(reason);
    await Promise.all([...this.#visits.values()].map((visit) => visit.close()));
  }

  async *#body(entry: Entry, first: number, count: number, visit: Visit, request: PageRequest): AsyncGenerator<Uint8Array, void, void> {
    const cold = request.from === 'cold';
    if (this.#readers >= READERS_MAX) throw new RefusedError(`${READERS_MAX} files are being read at this relay: that is its limit`);
    this.#readers += 1;
    visit.enter();
    const [reading, over] = this.#open(visit, request.signal);
    try {
      const file = readFile(entry, first, count, {
        kept: async (hash) => (cold ? null : this.#cache.get(hash)),
        ask: (hashes) => (hashes.length === 0 ? [] : reading.ask({ kind: 'chunks', hashes })),
        keep: async (hash, bytes) => (cold ? undefined : this.#cache.put(hash, bytes)),
      });
      for await (const piece of file) {
        request.signal?.throwIfAborted();
        yield piece;
      }
    } finally {
      this.#readers -= 1;
      reading[Symbol.dispose]();
      over.abort(new SessionError('the reader is done'));
      visit.leave();
      if (cold) void visit.close();
    }
  }

  /** @throws NotFoundError where the site has no such file, IntegrityError. */
  async #find(url: PageUrl, request: PageRequest, reading: Reading): Promise<Found> {
    const { clock } = this.#options;
    const known = request.from === 'cold' ? undefined : this.#names.get(url);
    const fresh = known !== undefined && clock.now() - known.atMs <= (request.nameAgeMs ?? NAME_AGE_MS);
    let found = fresh ? { record: known.record, entry: this.#manifests.find(known.record.root, url.path) } : undefined;
    if (found !== undefined && found.entry === undefined) found = await this.#nextPage(url, found.record, reading);
    found ??= await this.#lookUp(url, reading);
    const { record, entry } = found;
    if (entry) return { record, entry };
    throw new NotFoundError(`the site has no ${url.path}`);
  }

  /** Another page of a manifest whose root is known; undefined where the relay has published another since. */
  async #nextPage(url: PageUrl, record: NameRecord, reading: Reading) {
    const [asked] = reading.ask({ kind: 'page', root: record.root, path: url.path });
    try {
      const page = provenPage(decodeProvenPage(new Reader(await (asked as Promise<Uint8Array>))), record.root, record.pages, url.path);
      this.#manifests.take(record.root, page);
      return { record, entry: this.#manifests.find(record.root, url.path) };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw lie(error);
    }
  }

  async #lookUp(url: PageUrl, reading: Reading) {
    const { node, clock } = this.#options;
    const [asked] = reading.ask({ kind: 'open', name: url.name, path: url.path });
    try {
      const { record, page } = decodeOpened(await (asked as Promise<Uint8Array>));
      if (record.name !== url.name) throw new IntegrityError('the relay answered for another site');
      if (!(await isSignedBy(record, url.key, node))) throw new IntegrityError("the site's record is not signed by its node");
      const proven = provenPage(page, record.root, record.pages, url.path);
      await this.#names.take(url, record, clock.now());
      this.#manifests.take(record.root, proven);
      return { record, entry: this.#manifests.find(record.root, url.path) };
    } catch (error) {
      throw lie(error);
    }
  }

  async #reading<T>(visit: Visit, signal: AbortSignal | undefined, work: (reading: Reading) => Promise<T>): Promise<T> {
    visit.enter();
    const [reading, over] = this.#open(visit, signal);
    try {
      return await work(reading);
    } finally {
      reading[Symbol.dispose]();
      over.abort(new SessionError('the reader is done'));
      visit.leave();
    }
  }

  #open(visit: Visit, signal: AbortSignal | undefined): [Reading, AbortController] {
    const over = new AbortController();
    const signals = [over.signal, this.#stopped.signal, ...(signal === undefined ? [] : [signal])];
    const reading = new Reading({
      clock: this.#options.clock,
      signal: AbortSignal.any(signals),
      stream: (waiting) => visit.stream(waiting),
      giveBack: (asker) => visit.giveBack(asker),
      heardBytes: () => visit.heardBytes,
    });
    return [reading, over];
  }

  #visitTo(url: PageUrl, request: PageCarrier): Visit {
    const id = `${url.key} ${request.carrier} ${request.onionBytesMax ?? ''} ${request.identity ?? ''}`;
    let visit = this.#visits.get(id);
    if (visit !== undefined) return visit;
    if (this.#visits.size >= VISITS_MAX) {
      const idle = [...this.#visits].find(([, { idle }]) => idle);
      if (idle === undefined) throw new RefusedError(`pages of ${VISITS_MAX} relays are being read: that is the limit`);
      this.#visits.delete(idle[0]);
      void idle[1].close();
    }
    visit = this.#visit(url, request);
    this.#visits.set(id, visit);
    return visit;
  }

  #visit({ key }: PageUrl, { carrier, onionBytesMax, identity }: PageCarrier): Visit {
    const { node, clock, library, openSession } = this.#options;
    const local = key === node.publicKey ? new LocalAsker(library) : undefined;
    const session = {
      exit: key,
      carrier,
      ...(onionBytesMax === undefined ? {} : { onionBytesMax }),
      ...(identity === undefined ? {} : { identity }),
    };
    return new Visit({ clock, local, open: (waiting) => openSession({ ...session, ...waiting }) });
  }
}

const lie = (error: unknown): unknown =>
  error instanceof FrameError ? new IntegrityError(`the relay's answer is none: ${error.message}`, { cause: error }) : error;

/** First byte and count. @throws RefusedError for a range that the file does not have. */
const extent = ({ size, path }: Entry, { range }: PageRequest): [number, number] => {
  if (range === undefined) return [0, size];
  const last = Math.min(range.last ?? size - 1, size - 1);
  if (range.first > last) throw new RefusedError(`${path} has ${size} B: no bytes from ${range.first} to ${range.last ?? 'its end'}`);
  return [range.first, last - range.first + 1];
};
