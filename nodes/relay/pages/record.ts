/**
 * What a name of a node stands for now: the root of a manifest, under the node key's own signature, with a sequence number that only
 * grows. Whoever saw a number takes none below it, nor another root under the same.
 */
import type { Node, Waiting } from '../../node.ts';
import { FrameError, type Reader, textBytes, Writer } from '../wire/bytes.ts';
import { FILES_MAX, NAME_BYTES_MAX, PAGES_MAX, SIGNATURE_BYTES_MAX, SITE_BYTES_MAX } from './limits.ts';
import { HASH_BYTES } from './tree.ts';
import { SITE_NAME } from './url.ts';

export interface SiteRoot {
  /** Empty: the node's first site. */
  readonly name: string;
  /** RFC 6962 tree hash over the manifest's pages. */
  readonly root: Buffer;
  readonly pages: number;
  readonly files: number;
  /** Of all files, before compression. */
  readonly bytes: number;
  readonly sequence: number;
}

export interface NameRecord extends SiteRoot {
  /** LND's zbase32 form, over `signedText`. */
  readonly signature: string;
}

export const signRecord = async (site: SiteRoot, node: Node, waiting?: Waiting): Promise<NameRecord> => ({
  ...site,
  signature: await node.sign(signedText(site), waiting),
});

/** Whether this node signed it, as our own node says. */
export const isSignedBy = async (record: NameRecord, key: string, node: Node, waiting?: Waiting): Promise<boolean> =>
  (await node.verify(signedText(record), record.signature, waiting)) === key;

export const encodeRecord = ({ name, root, pages, files, bytes, sequence, signature }: NameRecord): Buffer => {
  const writer = new Writer(textBytes(name) + HASH_BYTES + 4 * 8 + textBytes(signature)).text(name).bytes(root);
  return Buffer.from(writer.varint(pages).varint(files).varint(bytes).varint(sequence).text(signature).done());
};

/** @throws FrameError */
export const decodeRecord = (reader: Reader): NameRecord => {
  const name = reader.text(NAME_BYTES_MAX);
  if (name !== '' && !SITE_NAME.test(name)) throw new FrameError('a name that no site has');
  const root = Buffer.from(reader.bytes(HASH_BYTES));
  const [pages, files, bytes, sequence] = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
  if (pages < 1 || pages > PAGES_MAX || files < pages || files > FILES_MAX || bytes > SITE_BYTES_MAX)
    throw new FrameError(`a site of ${files} files, ${bytes} B and ${pages} manifest pages: more than is believed, or none`);
  return { name, root, pages, files, bytes, sequence, signature: reader.text(SIGNATURE_BYTES_MAX) };
};

/** A line each, so that no two records have one text. */
const signedText = ({ name, root, pages, files, bytes, sequence }: SiteRoot): Buffer =>
  Buffer.from(['leyden site 1', name, root.toString('hex'), pages, files, bytes, sequence].join('\n'));
