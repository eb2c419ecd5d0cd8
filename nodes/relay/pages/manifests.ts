/** Manifest pages that were proven to belong to a root, the newest MANIFEST_PAGES_MAX of them in memory. */
import { IntegrityError } from '../../errors.ts';
import { FrameError } from '../wire/bytes.ts';
import { decodePage, type Entry, entryAt, type ManifestPage } from './manifest.ts';
import type { ProvenPage } from './messages.ts';
import { leafHash, rootFrom } from './tree.ts';

/** Each at most PAGE_BYTES_MAX as it was carried. */
const MANIFEST_PAGES_MAX = 1_024;

export class Manifests {
  readonly #pages = new Map<string, { readonly root: string; readonly page: ManifestPage }>();

  /** The entry, null where the site has no such file, undefined where the page that knows is not here. */
  find(root: Buffer, path: string): Entry | null | undefined {
    const hex = root.toString('hex');
    for (const { root: of, page } of this.#pages.values()) {
      const entry = of === hex ? entryAt(page, path) : undefined;
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  take(root: Buffer, page: ManifestPage): void {
    const hex = root.toString('hex');
    this.#pages.set(`${hex} ${page.index}`, { root: hex, page });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MANIFEST_PAGES_MAX && oldest !== undefined) this.#pages.delete(oldest);
  }
}

/** @throws IntegrityError when the page is not the root's, or not the one that knows the path. */
export const provenPage = ({ page, proof }: ProvenPage, root: Buffer, pages: number, path: string): ManifestPage => {
  try {
    const decoded = decodePage(page);
    if (!rootFrom(leafHash(page), decoded.index, pages, proof).equals(root)) throw new FrameError('a page that does not lead to the root');
    if (entryAt(decoded, path) === undefined) throw new FrameError('a page that does not know the path');
    return decoded;
  } catch (error) {
    throw error instanceof FrameError
      ? new IntegrityError(`the relay's manifest is not what it signed: ${error.message}`, { cause: error })
      : error;
  }
};
