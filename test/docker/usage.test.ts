import test from 'ava';
import { held, pagesInUse } from '../../nodes/docker/usage.ts';

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

/** proc(5): 22 is the start time. */
const stat = (name: string, started: number) =>
  `1 (${name}) S 0 1 1 0 -1 4194560 21064 0 12 0 312 41 0 0 20 0 11 0 ${started} 11534336000 21043 18446744073709551615 1 1 0 0 0 0\n`;

test('what a process holds, and when it started, whatever it calls itself', (t) => {
  const said = (name: string) => `VmRSS:\t   84172 kB\n31\n${stat(name, 912_345)}`;
  for (const name of ['node', 'node) S 7', 'a b (c)']) {
    t.deepEqual(held(said(name)), { memoryBytes: 84_172 * 1_024, descriptors: 31, startedTicks: 912_345 });
  }
});

test('a process that ended while it was looked at holds nothing', (t) => {
  t.is(held(''), undefined);
  t.is(held('0\n'), undefined);
  t.is(held('VmRSS:\t   84172 kB\n31\n'), undefined);
});
