import test from 'ava';
import { fsyncsIn } from '../../nodes/docker/data-volume.ts';

test('what dd says of 64 writes becomes writes a second; what it did not say becomes nothing', (t) => {
  const gnu = '64+0 records in\n64+0 records out\n262144 bytes (262 kB, 256 KiB) copied, 0.128 s, 2.0 MB/s\n';
  t.is(fsyncsIn(gnu), 500);
  t.is(fsyncsIn('262144 bytes (256.0KB) copied, 0.064000 seconds, 3.9MB/s\n'), 1_000);
  t.is(fsyncsIn('sh: dd: not found\n'), null);
  t.is(fsyncsIn(''), null);
});
