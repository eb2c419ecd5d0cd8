/**
 * The sites that this relay publishes: manifests in memory, chunks on the shelf. Only what a published site names is given out: what the
 * relay itself fetched from others stands elsewhere, and nobody can ask what that was.
 */
import type { Node, PublishedSite, Shelf, Waiting } from '../../node.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { LIST_REFS_MAX, PAGE_BYTES_MAX, PAGES_MAX } from './limits.ts';
import { decodePage, decodeRefs, type Entry, entryAt, listLength, type ManifestPage } from './manifest.ts';
import { type Answer, encodeOpened, encodeProvenPage, type ProvenPage, type Request } from './messages.ts';
import { decodeRecord, encodeRecord, type NameRecord, type SiteRoot, signRecord } from './record.ts';
import { auditPath, leafHash, sha256, treeRoot } from './tree.ts';

const SITES_MAX = 256;
/** The newest and the one before it: who has just begun to fetch goes on. */
const VERSIONS_KEPT = 2;

export interface Site {
  readonly record: NameRecord;
  readonly pages: readonly Buffer[];
  readonly decoded: readonly ManifestPage[];
  readonly leaves: readonly Buffer[];
  /** Hex hashes of all chunks and lists. */
  readonly blobs: ReadonlySet<string>;
}

export class Library {
  readonly #shelf: Shelf;
  /** By name, the newest last. */
  readonly #sites = new Map<string, Site[]>();
  /** Chunks of uploads that are not published yet, by how many want them: nobody is given them, and nobody sweeps them away. */
  readonly #staged = new Map<string, number>();

  private constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** With what the shelf has; a site that lost something there is left out, and said. */
  static async open(shelf: Shelf, log: (line: string) => void): Promise<Library> {
    const library = new Library(shelf);
    for (const { name } of await shelf.list('sites')) {
      try {
        const { record, pages } = decodeKept((await shelf.get(name)) ?? Buffer.alloc(0));
        library.#take(await library.read(record, pages));
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        log(`pages: a site on the shelf is left out: ${error.message}`);
      }
    }
    await library.#sweep();
    return library;
  }

  sites(): PublishedSite[] {
    return [...this.#sites.values()].map((versions) => published((versions.at(-1) as Site).record));
  }

  /** Everything a manifest names, when it is a whole one. @throws FrameError */
  async read<R extends Omit<SiteRoot, 'sequence'>>(record: R, pages: readonly Buffer[]): Promise<Omit<Site, 'record'> & { record: R }> {
    const decoded = pages.map(decodePage);
    const leaves = pages.map(leafHash);
    if (!treeRoot(leaves).equals(record.root)) throw new FrameError('manifest pages that are not those of the root');
    for (const [index, page] of decoded.entries())
      if (page.index !== index || page.next !== (decoded[index + 1]?.entries[0]?.path ?? null))
        throw new FrameError(`manifest page ${index} is out of place`);
    const entries = decoded.flatMap((page) => page.entries);
    const bytes = entries.reduce((sum, { size }) => sum + size, 0);
    if (entries.length !== record.files || bytes !== record.bytes) throw new FrameError('a manifest of other files than its record says');
    const blobs = new Set<string>();
    for (const entry of entries) for (const hash of await this.#blobsOf(entry)) blobs.add(hash);
    return { record, pages, decoded, leaves, blobs };
  }

  /** Signs and puts a site in the place of the one that had its name; until then nothing of it is given out. */
  async publish(site: Awaited<ReturnType<Library['read']>>, node: Node, nowMs: number, waiting: Waiting): Promise<PublishedSite> {
    const { name } = site.record;
    const last = this.#sites.get(name)?.at(-1);
    if (last === undefined && this.#sites.size >= SITES_MAX) throw new FrameError(`${SITES_MAX} sites are published: that is the limit`);
    if (last?.record.root.equals(site.record.root)) return published(last.record);
    // Seconds of the clock, so that a relay which lost its shelf does not begin below what clients saw.
    const sequence = Math.max((last?.record.sequence ?? 0) + 1, Math.floor(nowMs / 1_000));
    const record = await signRecord({ ...site.record, sequence }, node, waiting);
    await this.#shelf.put(`sites/${name === '' ? 'first' : `named-${name}`}`, encodeKept(record, site.pages));
    this.#take({ ...site, record });
    await this.#sweep();
    return published(record);
  }

  async answer(request: Exclude<Request, { kind: 'chunks' }>): Promise<Answer> {
    const site = request.kind === 'open' ? this.#sites.get(request.name)?.at(-1) : this.#withRoot(request.root);
    if (site === undefined)
      return { kind: 'missing', reason: request.kind === 'open' ? 'no site of this name' : 'no site with this root any more' };
    const page = pageFor(site, request.path);
    return { kind: 'found', bytes: request.kind === 'open' ? encodeOpened(site.record, page) : encodeProvenPage(page) };
  }

  async blob(hash: Buffer): Promise<Answer> {
    const hex = hash.toString('hex');
    if (!this.#gives(hex)) return { kind: 'missing', reason: 'no chunk of any site here' };
    const bytes = await this.#shelf.get(`site/${hex}`);
    return bytes === null ? { kind: 'missing', reason: 'a chunk that this relay lost' } : { kind: 'found', bytes };
  }

  /** Whether it lies here, published or brought by an upload. */
  has(hash: string): boolean {
    return this.#staged.has(hash) || this.#gives(hash);
  }

  async stage(hash: string, bytes: Uint8Array): Promise<void> {
    const here = this.has(hash);
    this.#staged.set(hash, (this.#staged.get(hash) ?? 0) + 1);
    if (!here) await this.#shelf.put(`site/${hash}`, bytes);
  }

  /** The upload is over, one way or the other. */
  async unstage(hashes: Iterable<string>): Promise<void> {
    for (const hash of hashes) {
      const wanted = (this.#staged.get(hash) ?? 1) - 1;
      if (wanted > 0) this.#staged.set(hash, wanted);
      else this.#staged.delete(hash);
      if (!this.has(hash)) await this.#shelf.remove(`site/${hash}`);
    }
  }

  #gives(hash: string): boolean {
    for (const versions of this.#sites.values()) if (versions.some(({ blobs }) => blobs.has(hash))) return true;
    return false;
  }

  #withRoot(root: Buffer): Site | undefined {
    for (const versions of this.#sites.values()) {
      const site = versions.find(({ record }) => record.root.equals(root));
      if (site !== undefined) return site;
    }
    return undefined;
  }

  #take(site: Site): void {
    const versions = [...(this.#sites.get(site.record.name) ?? []), site];
    this.#sites.set(site.record.name, versions.slice(-VERSIONS_KEPT));
  }

  /** Chunks and lists of one file, each of which must lie on the shelf. */
  async #blobsOf(entry: Entry): Promise<string[]> {
    const hashes = entry.refs.map(({ hash }) => hash.toString('hex'));
    for (const [index, list] of entry.lists.entries()) {
      const hex = list.toString('hex');
      const bytes = await this.#shelf.get(`site/${hex}`);
      if (bytes === null || !sha256(bytes).equals(list)) throw new FrameError(`a list of ${entry.path} is not here`);
      const reader = new Reader(bytes);
      const refs = decodeRefs(reader, entry, index * LIST_REFS_MAX, listLength(entry.size, index));
      reader.end();
      hashes.push(hex, ...refs.map(({ hash }) => hash.toString('hex')));
    }
    return hashes;
  }

  /** What no version names any more goes. */
  async #sweep(): Promise<void> {
    for (const { name } of await this.#shelf.list('site')) if (!this.has(name.slice('site/'.length))) await this.#shelf.remove(name);
  }
}

const published = ({ signature: _, root, ...record }: NameRecord): PublishedSite => ({ ...record, root: root.toString('hex') });

/** The page that shows whether there is a file at this path. */
const pageFor = ({ decoded, pages, leaves }: Site, path: string): ProvenPage => {
  const index = decoded.findIndex((page) => entryAt(page, path) !== undefined);
  return { page: pages[index] as Buffer, proof: auditPath(leaves, index) };
};

const encodeKept = (record: NameRecord, pages: readonly Buffer[]): Buffer =>
  Buffer.concat([encodeRecord(record), ...pages.flatMap((page) => [new Writer(4).uint(page.length, 4).done(), page])]);

const decodeKept = (bytes: Uint8Array): { readonly record: NameRecord; readonly pages: Buffer[] } => {
  const reader = new Reader(bytes);
  const record = decodeRecord(reader);
  const pages: Buffer[] = [];
  while (reader.left > 0) {
    const length = reader.uint(4);
    if (length > PAGE_BYTES_MAX || pages.length >= PAGES_MAX) throw new FrameError('a manifest on the shelf that is too large');
    pages.push(Buffer.from(reader.bytes(length)));
  }
  return { record, pages };
};
