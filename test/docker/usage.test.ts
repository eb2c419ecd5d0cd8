import test from 'ava';
import { pagesInUse } from '../../nodes/docker/usage.ts';

/** bbolt's meta page as its page.go and db.go lay it out. */
const meta = (page: Buffer, highest: bigint, transaction: bigint): void => {
  page.writeUInt16LE(4, 8);
  page.writeUInt32LE(0xed0cdaed, 16);
  page.writeUInt32LE(2, 20);
  page.writeUInt32LE(4096, 24);
  page.writeBigUInt64LE(highest, 16 + 40);
  page.writeBigUInt64LE(transaction, 16 + 48);
};

test('a database has grown up to the highest page that the newer of its two meta pages knows', (t) => {
  const head = Buffer.alloc(8192);
  meta(head.subarray(0, 4096), 100n, 7n);
  meta(head.subarray(4096), 120n, 8n);
  t.is(pagesInUse(head), 120 * 4096);
  meta(head.subarray(0, 4096), 150n, 9n);
  t.is(pagesInUse(head), 150 * 4096);
});

test('a file that is no bbolt database, or none, counts as nothing', (t) => {
  t.is(pagesInUse(Buffer.alloc(0)), 0);
  t.is(pagesInUse(Buffer.alloc(8192, 0x5a)), 0);
});
