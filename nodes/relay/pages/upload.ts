/** Sites on their way in, each behind an id: what they may bring, and that nothing of them is seen before they are whole. */
import { RefusedError } from '../../errors.ts';
import type { Node, Random, SiteUpload } from '../../node.ts';
import { FrameError } from '../wire/bytes.ts';
import type { Library } from './library.ts';
import { CHUNK_BYTES, PAGE_BYTES_MAX, PAGES_MAX, SITE_BYTES_MAX } from './limits.ts';
import { decodePage } from './manifest.ts';
import { leafHash, sha256, treeRoot } from './tree.ts';
import { SITE_NAME } from './url.ts';

const UPLOADS_MAX = 8;
/** One that nobody brought anything for so long makes room for another. */
const UPLOAD_IDLE_MS = 600_000;
const ID_BYTES = 8;

export interface UploadsOptions {
  readonly library: Library;
  readonly node: Node;
  readonly random: Random;
  now(): number;
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #uploads = new Map<string, { readonly upload: SiteUpload; usedMs: number }>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** @throws RefusedError */
  async begin(name: string): Promise<SiteUpload> {
    if (name !== '' && !SITE_NAME.test(name))
      throw new RefusedError(`no name for a site: ${name.slice(0, 80)}`, { hint: 'lower-case letters, digits and hyphens, at most 63' });
    await this.#forgetIdle();
    if (this.#uploads.size >= UPLOADS_MAX) throw new RefusedError(`${UPLOADS_MAX} uploads are under way: that is the limit`);
    const id = Buffer.from(this.#options.random.bytes(ID_BYTES)).toString('hex');
    const upload = openUpload(id, name, this.#options, () => this.#uploads.delete(id));
    this.#uploads.set(id, { upload, usedMs: this.#options.now() });
    return upload;
  }

  /** @throws RefusedError */
  get(id: string): SiteUpload {
    const known = this.#uploads.get(id);
    if (known === undefined) throw new RefusedError(`no upload ${id.slice(0, 16)} is under way here`);
    known.usedMs = this.#options.now();
    return known.upload;
  }

  async #forgetIdle(): Promise<void> {
    const before = this.#options.now() - UPLOAD_IDLE_MS;
    for (const { upload, usedMs } of [...this.#uploads.values()]) if (usedMs < before) await upload.cancel();
  }
}

const openUpload = (id: string, name: string, { library, node, now }: UploadsOptions, over: () => void): SiteUpload => {
  const staged = new Set<string>();
  const pages: Buffer[] = [];
  let bytes = 0;
  let open = true;
  const assertOpen = (): void => {
    if (!open) throw new RefusedError('this upload is over');
  };
  const close = async (): Promise<void> => {
    if (!open) return;
    open = false;
    over();
    await library.unstage(staged);
  };
  const add = async (chunk: Uint8Array): Promise<void> => {
    if (chunk.length === 0 || chunk.length > CHUNK_BYTES) throw new RefusedError(`a chunk of ${chunk.length} B: 1 to ${CHUNK_BYTES} B`);
    const hash = sha256(chunk).toString('hex');
    if (staged.has(hash)) return;
    bytes += chunk.length;
    if (bytes > SITE_BYTES_MAX) throw new RefusedError(`a site above ${SITE_BYTES_MAX} B`);
    staged.add(hash);
    await library.stage(hash, chunk);
  };
  return {
    id,
    async missing(hashes) {
      assertOpen();
      return hashes.filter((hash) => !library.has(hash));
    },
    async chunks(chunks) {
      for (const chunk of chunks) {
        assertOpen();
        await add(chunk);
      }
    },
    async page(page) {
      assertOpen();
      if (pages.length >= PAGES_MAX) throw new RefusedError(`a manifest of more than ${PAGES_MAX} pages`);
      if (page.length > PAGE_BYTES_MAX) throw new RefusedError(`a manifest page of ${page.length} B: at most ${PAGE_BYTES_MAX} B`);
      pages.push(Buffer.from(page));
    },
    async publish(waiting = {}) {
      assertOpen();
      try {
        const site = await library.read(summary(name, pages), pages);
        const lacking = [...site.blobs].filter((hash) => !library.has(hash)).length;
        if (lacking > 0) throw new FrameError(`${lacking} chunks of the manifest are not here`);
        return await library.publish(site, node, now(), waiting);
      } catch (error) {
        throw error instanceof FrameError ? new RefusedError(`not published: ${error.message}`, { cause: error }) : error;
      } finally {
        await close();
      }
    },
    cancel: close,
  };
};

const summary = (name: string, pages: readonly Buffer[]) => {
  const entries = pages.flatMap((page) => decodePage(page).entries);
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  return { name, root: treeRoot(pages.map(leafHash)), pages: pages.length, files: entries.length, bytes };
};
