/**
 * What stands in the leaves of a bbolt file (go.etcd.io/bbolt, page.go), without opening it: pages in use and pages given up alike.
 * Contents are views into the file, so that a value can be changed in place for one of the same length; data pages have no checksum.
 */

/** One leaf page, or a bucket so small that it stands in one. */
export type Leaf = ReadonlyMap<string, Buffer>;

const MAGIC = 0xed0cdaed;
const PAGE_HEADER_BYTES = 16;
const LEAF_PAGE = 0x02;
const ELEMENT_BYTES = 16;
const BUCKET_ELEMENT = 0x01;
const BUCKET_HEADER_BYTES = 16;
const PAGE_BYTES_MIN = 1_024;

/** Nothing where it is no bbolt file. Keys are read as Latin-1. */
export function* bboltLeaves(file: Buffer): Generator<Leaf> {
  if (file.length < PAGE_HEADER_BYTES + 12 || file.readUInt32LE(PAGE_HEADER_BYTES) !== MAGIC) return;
  const pageBytes = file.readUInt32LE(PAGE_HEADER_BYTES + 8);
  if (pageBytes < PAGE_BYTES_MIN) return;
  // A page may go on in those behind it; what is no page by itself is not told apart from one, its elements are only held to the file.
  for (let at = 0; at + PAGE_HEADER_BYTES <= file.length; at += pageBytes) yield* leavesOf(file.subarray(at), true);
}

function* leavesOf(page: Buffer, mayHoldBuckets: boolean): Generator<Leaf> {
  if (page.length < PAGE_HEADER_BYTES || page.readUInt16LE(8) !== LEAF_PAGE) return;
  const leaf = new Map<string, Buffer>();
  const count = page.readUInt16LE(10);
  for (let i = 0; i < count; i++) {
    const element = PAGE_HEADER_BYTES + i * ELEMENT_BYTES;
    if (element + ELEMENT_BYTES > page.length) break;
    const [flags, position, keyBytes, valueBytes] = [0, 4, 8, 12].map((offset) => page.readUInt32LE(element + offset)) as [
      number,
      number,
      number,
      number,
    ];
    const key = element + position;
    const value = key + keyBytes;
    if (value + valueBytes > page.length) break;
    const content = page.subarray(value, value + valueBytes);
    if (flags & BUCKET_ELEMENT) {
      if (mayHoldBuckets) yield* leavesOf(content.subarray(BUCKET_HEADER_BYTES), false);
    } else leaf.set(page.toString('latin1', key, value), content);
  }
  yield leaf;
}
